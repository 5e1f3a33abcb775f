"""Whose a Pod is: the process of this program that has made it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from pathlib import Path

from ...dataclass import dataclass
from ...system.temporary import Owner, user_name

MACHINE_ID = Path("/etc/machine-id")
PID_NAMESPACE = "/proc/self/ns/pid"


@dataclass(frozen=True, slots=True)
class PodOwner:
    """A user on a machine, and one process of that user's.

    Hosts of one name are told apart by ``machine``, because everybody's Pods may be in one namespace.
    """

    user: str
    host: str
    machine: str = ""
    pid: int = 0
    start: str = ""

    @classmethod
    def current(cls) -> PodOwner:
        """Return this process."""
        process = Owner.current()
        return cls(user_name(), socket.gethostname(), _machine(), process.pid, process.start)

    @classmethod
    def read(cls, text: str) -> PodOwner | None:
        """Return the owner that an annotation names; None if it names none."""
        try:
            found = json.loads(text)
            pid = int(found["pid"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return cls(str(found.get("user", "")), str(found.get("host", "")), str(found.get("machine", "")), pid,
                   str(found.get("start", "")))  # fmt: skip

    def written(self) -> str:
        """Return the owner as an annotation has it."""
        return json.dumps({name: getattr(self, name) for name in ("user", "host", "machine", "pid", "start")})

    @property
    def identity(self) -> str:
        """What all processes of one user on one machine share."""
        return "\n".join((self.user, self.host, self.machine))

    def is_dead(self, me: PodOwner) -> bool:
        """Return whether the process has ended; False for that of another user or machine, of which nobody knows."""
        return self.identity == me.identity and not Owner(self.pid, self.start).alive()


def _machine() -> str:
    """Return what tells this machine from others of its name, and a container from its host."""
    found = []
    with contextlib.suppress(OSError):
        found.append(MACHINE_ID.read_text(encoding="ascii", errors="replace").strip())
    with contextlib.suppress(OSError):
        found.append(os.readlink(PID_NAMESPACE))
    return " ".join(found)
