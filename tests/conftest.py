"""What every test may use: where the repository is, and which tests this machine cannot run.

A test that needs more than Python, git and bash carries a marker; where its need is missing it is skipped with a
reason. ``--marked FILE`` names a file of ``MARKER NUMBER`` lines and fails the run where fewer marked tests passed:
continuous integration keeps such a file, so that nothing is skipped there unseen. Runs of a test that is marked
``kubernetes`` are in a namespace of its worker's own; no other test reaches a cluster.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.cluster.fixtures import (  # noqa: F401
    cluster,
    enter_cluster,
    leave_cluster,
    make_namespace,
    missing_kubernetes,
    namespace,
    restricted_namespace,
)
from tests.object_store.fixtures import cluster_store, missing_store, object_store, started_object_store  # noqa: F401

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell that starts the tests in the background has them ignore both, and so would every program under test.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# What runs the tests may be a CI system, for which a run is shown in another form.
for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_CI", "CIRCLECI", "CI"):
    os.environ.pop(variable, None)

leave_cluster()

# As in an activated virtualenv: what runs the tests is "python", in what messages tell the reader to type too.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@functools.cache
def missing_pypi() -> str:
    with tempfile.TemporaryDirectory() as folder:
        words = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--retries",
            "1",
            "-d",
            folder,
            "iniconfig",
        ]
        status = subprocess.run(words, capture_output=True).returncode
    return "packages cannot be downloaded" if status else ""


@functools.cache
def missing_docker() -> str:
    program = os.environ.get("NOX_CIRCLECI_DOCKER", "docker")
    if not shutil.which(program):
        return f"there is no {program}"
    if subprocess.run([program, "info"], capture_output=True).returncode:
        return f"no engine answers {program}"
    there = subprocess.run([program, "image", "inspect", "nox-circleci/base"], capture_output=True).returncode == 0
    return "" if there else "the image nox-circleci/base is not here: .ci/docker makes it"


@functools.cache
def missing_python36() -> str:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = shutil.which("python3.6") or next(pyenv.glob("versions/3.6*/bin/python3.6"), None)
    return "" if found else "there is no Python 3.6"


def missing_program(name: str) -> str:
    return "" if shutil.which(name) else f"there is no {name}"


@functools.cache
def missing_browser() -> str:
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return "there is no Chromium"
    return "" if find_spec("playwright") else "there is no Playwright"


NEEDS = {
    "pypi": missing_pypi,
    "python36": missing_python36,
    "java": lambda: missing_program("java"),
    "node": lambda: missing_program("node"),
    "docker": missing_docker,
    "kubernetes": missing_kubernetes,
    "browser": missing_browser,
    "shells": lambda: missing_program("zsh") or missing_program("fish"),
    "circleci": lambda: missing_program("go"),
    "store": missing_store,
    "shared": lambda: "" if SHARED.is_dir() else "the specification is not beside the project",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--marked", default="", metavar="FILE", help="fail where fewer marked tests passed than FILE says")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in dict.fromkeys(marker.name for marker in item.iter_markers() if marker.name in NEEDS):
        item.user_properties.append(("needs", marker))
        missing = NEEDS[marker]()
        if missing:
            pytest.skip(missing)
    if item.get_closest_marker("kubernetes"):
        enter_cluster(item.config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    try:
        yield  # what the test's fixtures still do, those of its module too
    finally:
        leave_cluster()


def pytest_terminal_summary(terminalreporter: object, exitstatus: int, config: pytest.Config) -> None:
    counts = _counts(terminalreporter)
    if counts:
        counted = ", ".join(f"{counts[marker]} {marker}" for marker in NEEDS if counts[marker])
        terminalreporter.write_line(f"marked tests that passed: {counted}")
    for marker, wanted in _wanted(config):
        if counts[marker] < wanted:
            terminalreporter.write_line(f"ERROR: {counts[marker]} tests marked {marker} passed, {wanted} must")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    counts = _counts(reporter)
    if any(counts[marker] < wanted for marker, wanted in _wanted(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _counts(reporter: object) -> Counter:
    """How many tests of each marker have passed."""
    passed = reporter.stats.get("passed", [])
    return Counter(value for report in passed for name, value in report.user_properties if name == "needs")


def _wanted(config: pytest.Config) -> list[tuple[str, int]]:
    if not config.getoption("--marked") or hasattr(config, "workerinput"):
        return []
    lines = Path(config.getoption("--marked")).read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [(marker, int(number)) for marker, number in pairs]
