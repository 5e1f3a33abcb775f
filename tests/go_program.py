"""A program that Go builds from a module which is pinned beside the test, once per machine."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path


def go_program(pinned: Path, module: str, name: str, *flags: str) -> Path:
    """Return the program of a module that the ``go.mod`` of a folder pins; kept in the user's cache by what pins it."""
    pins = hashlib.sha256((pinned / "go.mod").read_bytes() + (pinned / "go.sum").read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nox-circleci-tests" / pins
    cache.mkdir(parents=True, exist_ok=True)
    program = cache / name
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            words = ["go", "build", *flags, "-o", str(cache / "new"), module]
            subprocess.run(words, cwd=pinned, check=True, capture_output=True, timeout=540)
            (cache / "new").rename(program)
    return program
