"""Walk one job from YAML to the last line: ``python -m tests.walk``.

Prints the functions that a run passes, in the order of their first call, and how many files and calls across files
that makes. Not counted: what imports do, and records, which are made in ``ci/dataclass.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType

CI = Path(__file__).resolve().parents[1] / "ci"
CONFIG = """\
version: 2.1
jobs:
  build:
    docker: [{image: cimg/base:current}]
    steps:
      - run: echo hello
workflows:
  w:
    jobs: [build]
"""


class Walk:
    """The calls of this program's threads, as ``sys.setprofile`` reports them."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        """``ci/FILE.py NAME`` of each function, in the order of the first calls."""
        self.across: list[tuple[str, str]] = []
        """The caller's file and the function, of each call from another file."""
        self._places: dict[CodeType, tuple[str, str] | None] = {}
        self._seen: set[str] = set()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        place = self._place(frame.f_code) if event == "call" else None
        if place is None or place[1].startswith("<"):  # a comprehension is part of its function
            return
        name = " ".join(place)
        if name not in self._seen:
            self._seen.add(name)
            self.functions.append(name)
        caller = self._place(frame.f_back.f_code) if frame.f_back else None
        if caller and caller[0] != place[0]:
            self.across.append((caller[0], name))

    @property
    def files(self) -> set[str]:
        return {name.partition(" ")[0] for name in self.functions}

    def summary(self) -> str:
        called = len({name for _, name in self.across})
        return (
            f"functions of {len(self.files)} files, {called} of them called from another file, "
            f"in {len(self.across):,} such calls"
        )

    def _place(self, code: CodeType) -> tuple[str, str] | None:
        if code not in self._places:
            self._places[code] = _place(code)
        return self._places[code]


def _place(code: CodeType) -> tuple[str, str] | None:
    """Return the file and name of a function of the package; None for the body of a module or class, and others."""
    path = Path(code.co_filename)
    if not code.co_flags & CO_OPTIMIZED or not path.is_relative_to(CI) or path == CI / "dataclass.py":
        return None
    return os.fspath(path.relative_to(CI.parent)), code.co_name


def walk(project: Path) -> tuple[Walk, int]:
    """Run the one job of a new project in that folder; return the walk and the exit status."""
    (project / ".circleci").mkdir()
    (project / ".circleci/config.yml").write_text(CONFIG, encoding="utf-8")
    subprocess.run(["git", "init", "-q", os.fspath(project)], check=True)
    found, before = Walk(), Path.cwd()
    os.chdir(project)
    threading.setprofile(found)
    sys.setprofile(found)
    try:
        from ci.cli.main import main

        return found, main(["run", "w", "--engine", "host"])
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        os.chdir(before)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        taken, status = walk(Path(folder))
    print(*taken.functions, taken.summary(), sep="\n")
    sys.exit(status)
