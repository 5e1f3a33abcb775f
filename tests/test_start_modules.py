"""A job's first step begins before anything is loaded that only something else needs: the end of a run, a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .projects import ROOT, make_project
from .start_profile import CONFIG

LATER = {
    "a config that has changed": ("yaml", "ci.compiler.compile", "ci.workflow.load_jobs"),
    "a repository, a checkout": ("ci.runtime.checkout.checkout", "ci.git.user_submodules"),
    "a workspace, a cache": ("tarfile", "ci.runtime.files.archive", "ci.runtime.storage.cache_store"),
    "a secret": ("html", "ci.runtime.masking.forms", "ci.runtime.masking.secret_search"),
    "consent": ("secrets", "ci.trust.consent_store"),
    "another engine": ("ci.engines.docker.client", "ci.engines.circleci"),
    "several nodes": ("concurrent.futures", "logging"),
    "a failure": ("traceback", "difflib", "ci.report.failure", "ci.report.failure_blocks"),
    "the end": ("_hashlib", "hmac", "ci.report.summary", "ci.report.junit_xml", "ci.page"),
    "a live view": ("rich", "ci.report.live_view", "ci.report.key_echo"),
    "nothing here": ("dataclasses", "inspect", "uuid", "platform"),
}
"""What is not loaded before the first step, by what it is for."""
STARTED = """
import sys
from ci.runtime import job
perform = job.perform
def first(*given):
    sys.stderr.write(" ".join(sys.modules))
    return perform(*given)
job.perform = first
before = set(sys.modules)
from ci.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> set[str]:
    """The modules that are there when the first step begins, in a folder without a repository."""
    folder = tmp_path_factory.mktemp("started")
    project = make_project(folder / "project", CONFIG, repository=False).path
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache")}
    words = [sys.executable, "-c", STARTED, "run", "w", "--engine", "host", "-q"]
    for _ in range(2):
        done = run(words, project, environ)
    return set(done.stderr.split())


def run(words: list[str], folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=True, timeout=120)


@pytest.mark.parametrize("purpose", LATER)
def test_what_is_for_something_else_is_not_loaded_before_the_first_step(loaded, purpose):
    assert "ci.engines.host.engine" in loaded
    assert loaded.isdisjoint(LATER[purpose])


def test_every_name_that_is_not_to_be_loaded_is_one_that_can_be():
    ours = [name for names in LATER.values() for name in names if name.startswith("ci.")]
    assert [name for name in ours if not is_module(ROOT / name.replace(".", "/"))] == []


def is_module(place: Path) -> bool:
    return place.with_suffix(".py").is_file() or place.is_dir()
