"""How large a simulated cluster is, as a variable of the program that stands for kubectl; and that program."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.measure import ROOT

VARIABLE = "SIMULATED_CLUSTER"
LOG = "log"
"""Where in its folder the simulation writes its own failures."""


@dataclass(frozen=True)
class Size:
    """Nodes that are alike, and how long a container takes to start on one."""

    nodes: int = 200
    processors: int = 8
    start_seconds: float = 1.0


def environment(size: Size, folder: Path) -> Mapping[str, str]:
    """Return the variables with which a run takes the simulated cluster for one; its files are in ``folder``."""
    folder.mkdir(parents=True)
    program = folder / "kubectl"
    here = f"PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)}"
    program.write_text(f'#!/bin/sh\n{here} -m tests.bench.simulated_cluster "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    told = json.dumps({**asdict(size), "folder": str(folder)})
    return {"NOX_CIRCLECI_KUBECTL": str(program), VARIABLE: told}


def read(text: str) -> tuple[Size, Path]:
    """Return what ``environment`` has written."""
    found = json.loads(text)
    folder = Path(found.pop("folder"))
    return Size(**found), folder


def pods_folder(folder: Path) -> Path:
    """Return where the containers are."""
    return folder / "pods"
