"""Processes of this machine, as the kernel reports them: who descends from whom, who is alive.

The supervisor imports this file by its path: it uses the standard library alone, and little of that.
"""

# contextlib would cost every job three milliseconds:
# ruff: noqa: SIM105

from __future__ import annotations

import os
import sys

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Adopt what descends from this process and loses its parent; False if the system cannot."""
    if sys.platform != "linux":
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def descendants(root: int) -> set[int]:
    """Return the processes that descend from one, from /proc; none if there is no /proc."""
    children: dict[int, list[int]] = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return set()
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found: set[int] = set()
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def signal_all(pids: set[int], groups: set[int], number: int) -> None:
    """Send a signal to processes and process groups; what is gone already is not an error."""
    for send, targets in ((os.kill, pids), (os.killpg, groups)):
        for target in targets:
            try:
                send(target, number)
            except OSError:
                pass


def group_of(pid: int) -> int:
    """Return the process group of a process; 0 if it is gone."""
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def group_alive(group: int) -> bool:
    """Whether a process group has a member."""
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def alive(pid: int) -> bool:
    """Whether there is such a process that has not ended yet."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except ProcessLookupError:
        return False
    except OSError:
        return os.path.isdir(f"/proc/{pid}") if os.path.isdir("/proc/self") else True
