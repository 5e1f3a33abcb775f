"""A container's init: a first process that hands signals on and reaps what others left, as a machine has one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .client import Client

OF_PODMAN = Path("/usr/libexec/podman/catatonit")
"""Where Podman looks for it if its settings name none; Debian does not install it with Podman."""
KNOWN = ("catatonit", "tini", "dumb-init")


def options(client: Client) -> list[str]:
    """Return the options of ``run`` that give a container an init; none if the engine has no program for it."""
    if not client.podman or sys.platform != "linux" or OF_PODMAN.exists():
        return ["--init"]
    found = next(filter(None, map(shutil.which, KNOWN)), None)
    return ["--init", "--init-path", found] if found else []


def missing_reason(client: Client) -> str | None:
    """Return a line for a job's reader if its machine has no init; None if it has one."""
    if options(client):
        return None
    return f"without an init: {client.program} has no program for it here (install catatonit)"
