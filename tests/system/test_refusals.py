"""What a machine refuses, its limits above all: a line that says what to do, never a traceback."""

import errno
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from ci.system.refusals import refusal

from ..projects import ROOT, make_project

CONFIG = """
version: 2.1
jobs:
  build: {docker: [{image: a/b}], steps: [run: "head -c 300000 /dev/zero | tr '\\\\0' x", store_artifacts: {path: .}]}
  other: {docker: [{image: a/b}], parallelism: 4, steps: [checkout, run: echo other]}
workflows: {w: {jobs: [build, other]}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("limits"), CONFIG)


def limited(project, limit, python=sys.executable, **more):
    """A run under that ``ulimit``, its output through a pipe."""
    paths = f"{ROOT}:{sysconfig.get_path('purelib')}"
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": paths, "HOME": str(project.path)}
    line = f"ulimit {limit}; exec {python} -m ci run w --engine host --parallel"
    return subprocess.run(
        ["bash", "-c", line], cwd=project.path, env=variables, capture_output=True, text=True, timeout=120, **more
    )


@pytest.mark.parametrize("number", [8, 10, 12, 14, 16, 20, 24, 32, 48])
def test_a_limit_on_open_files_is_a_line(project, number):
    done = limited(project, f"-n {number}")
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode in (0, 1, 2)


@pytest.mark.parametrize("blocks", [1, 4, 16, 64, 256])
def test_a_limit_on_the_size_of_files_is_a_line(project, blocks):
    done = limited(project, f"-f {blocks}")
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode in (0, 1, 2)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.EMFILE, "Too many open files", "x"), "the limit on open files: .*ulimit -n"),
        (OSError(errno.EFBIG, "File too large"), "the limit on the size of files: .*ulimit -f"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "the limit on processes: .*ulimit -u"),
        (RuntimeError("can't start new thread"), "the limit on processes: .*ulimit -u"),
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), "/a/b: No space left on device. Make room on it"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/p/.nox/ci/runs"), "/p/.nox/ci/runs: .*state folder"),
    ],
)
def test_each_refusal_names_the_place_and_the_way_out(error, line):
    assert re.match(line, refusal(error))


@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError(), FileNotFoundError(errno.ENOENT, "No", "/a/b")])
def test_an_error_of_the_programs_own_is_no_refusal(error):
    assert refusal(error) is None


def system_python():
    """A Python of this one's version that another user may run too; empty if there is none."""
    found = shutil.which("python{}.{}".format(*sys.version_info), path="/usr/bin") or ""
    return found if os.access(sysconfig.get_path("purelib"), os.R_OK) else ""


@pytest.mark.skipif(os.geteuid() != 0 or not system_python(), reason="root has no such limit, and gives it to another")
@pytest.mark.parametrize("number", [1, 2, 3, 5, 8, 12])
def test_a_limit_on_processes_is_a_line(number):
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder), CONFIG)
        for path in (project.path, *project.path.rglob("*")):
            os.chown(path, 54321, 54321)
        nobody = {"user": 54321, "group": 54321, "extra_groups": []}
        done = limited(project, f"-u {number}", python=system_python(), **nobody)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert done.returncode in (0, 1, 2), done.stderr
