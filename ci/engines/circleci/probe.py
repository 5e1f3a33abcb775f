"""Which CircleCI CLI is on PATH, and whether it has ``local execute``."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from ...process import capture

PROBING = "NOX_CIRCLECI_PROBING"
"""Set while the CLI is asked: our own ``circleci-local``, which a 1.x CLI would start, then only says no."""
SECONDS = 20.0
_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")


@dataclass(frozen=True, slots=True)
class Cli:
    """The program ``circleci`` on PATH; ``path`` is empty where there is none."""

    path: str = ""
    version: str = ""
    local_execute: bool = False
    job_option: bool = False
    """Whether ``local execute`` wants ``--job NAME`` instead of the name alone."""

    @property
    def trouble(self) -> str:
        """Why it cannot run jobs; empty where it can."""
        if not self.path:
            return "there is no CircleCI CLI on PATH"
        if not self.local_execute:
            return f"the CircleCI CLI {self.version} has no `local execute`: CircleCI took it out of the 1.x line"
        return ""


def probe(environ: Mapping[str, str]) -> Cli:
    """Ask the CLI on PATH what it is and what it can do."""
    path = shutil.which("circleci", path=environ.get("PATH", ""))
    if not path:
        return Cli()
    quiet = {**environ, PROBING: "1", "CIRCLECI_CLI_SKIP_UPDATE_CHECK": "true", "CIRCLECI_CLI_TELEMETRY_OPTOUT": "1"}
    told = capture([path, "version"], env=quiet, timeout=SECONDS)
    found = _VERSION.search(told.stdout)
    version = found.group() if found else "of an unknown version"
    if version.partition(".")[0] not in ("0", "of an unknown version"):
        return Cli(os.path.abspath(path), version)
    told = capture([path, "local", "execute", "--help"], env=quiet, timeout=SECONDS)
    help_text = told.stdout + told.stderr  # the real one helps on standard error
    # --build-agent-version is the real one's alone: what stands in for it under 1.x has no agent.
    real = "--build-agent-version" in help_text
    return Cli(os.path.abspath(path), version, real, real and re.search(r"--job\b", help_text) is not None)
