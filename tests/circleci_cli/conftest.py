"""The official CLI, built by Go from the pinned module beside this file, once per machine."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
MODULE = "github.com/CircleCI-Public/circleci-cli"


@pytest.fixture(scope="session")
def real_cli() -> Path:
    """The program ``circleci`` 0.1.47860; kept in the user's cache by what pins it."""
    pins = hashlib.sha256((HERE / "go.mod").read_bytes() + (HERE / "go.sum").read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nox-circleci-tests" / pins
    cache.mkdir(parents=True, exist_ok=True)
    program = cache / "circleci"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            words = ["go", "build", "-o", str(cache / "new"), MODULE]
            subprocess.run(words, cwd=HERE, check=True, capture_output=True, timeout=540)
            (cache / "new").rename(program)
    return program
