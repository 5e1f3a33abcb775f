"""``kubectl proxy`` on a private socket, for as long as a run lasts.

https://kubernetes.io/docs/reference/kubectl/generated/kubectl_proxy/
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections import deque
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from .... import process
from ....system.temporary import temporary_place

VARIABLE = "NOX_CIRCLECI_KUBECTL"
INSTALL = "https://kubernetes.io/docs/tasks/tools/"
SOCKET = "kubectl.sock"
SHORT = Path("/tmp")
LONGEST_PLACE = 36
"""Bytes of a path below which a socket in a folder of ours can be: macOS takes 103 in all, Linux 107."""
PAUSES = (0.1, 0.5, 1.0, 2.0)
"""Seconds until it is started again; the last goes on."""
LINES = 20
END_SECONDS = 1.0
WITH_US = """
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
(read -r _ <&3; kill 0) >/dev/null 2>&1 &
exec 3<&-
wait "$program"
"""
"""Runs a command, and ends its process group as soon as the input ends: when this process does, however that ends."""


def kubectl() -> str:
    """Return the program that reaches clusters: NOX_CIRCLECI_KUBECTL, or kubectl."""
    return os.environ.get(VARIABLE) or "kubectl"


def missing_tool() -> str | None:
    """Return why no cluster can be reached from here; None if what that takes is installed."""
    if not shutil.which(kubectl()):
        named = f"there is no program {kubectl()}, which {VARIABLE} names"
        return named if os.environ.get(VARIABLE) else f"there is no kubectl on PATH: install it ({INSTALL})"
    if not find_spec("websockets"):
        import sys

        return f"it needs the package websockets: {sys.executable} -m pip install websockets"
    return None


def socket_place() -> Path | None:
    """Return where the folder of a socket is to be made; None for the usual place of temporary folders."""
    return SHORT if len(os.fsencode(temporary_place())) > LONGEST_PLACE else None


class KubectlProxy:
    """A way to the cluster of a context, "" being the current one; it is started again if it ends by itself.

    What reaches its socket may do all that the user may: the ``folder`` must be closed to others.
    """

    def __init__(self, folder: str, context: str) -> None:
        self.path = os.path.join(folder, SOCKET)
        self.context = context
        self._said: deque[str] = deque(maxlen=LINES)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._running = self._start()
        self._keeping = threading.Thread(target=self._keep, name="kubectl proxy", daemon=True)
        self._keeping.start()

    def _start(self) -> process.Popen:
        # its own filters keep exec out, and what reaches the socket is this user's alone
        open_all = ("--reject-paths=^$", "--reject-methods=^$", "--accept-hosts=.*")
        which = ("--context", self.context) if self.context else ()
        words = ("sh", "-c", WITH_US, "kubectl", kubectl(), *which, "proxy", f"--unix-socket={self.path}", *open_all)
        return process.start(words, stdin=process.PIPE, stdout=process.NOWHERE, stderr=process.PIPE)

    def _keep(self) -> None:
        """Read what it complains of, which would stop it some day, until it ends; then start it again."""
        attempts = 0
        while True:
            stderr = self._running.stderr
            assert stderr is not None
            self._listen(stderr)
            if self._over.wait(PAUSES[min(attempts, len(PAUSES) - 1)]):
                return
            attempts += 1
            with self._lock:
                if self._over.is_set():
                    return
                _end(self._running)
                self._running = self._start()

    def _listen(self, stderr: IO[bytes]) -> None:
        with stderr, contextlib.suppress(OSError):
            for line in stderr:
                self._said.append(line.decode("utf-8", "replace").strip())

    def has_ended(self) -> bool:
        """Return whether it does not run now."""
        return process.wait(self._running, 0) is not None

    def last_words(self) -> str:
        """Return the last that it has complained of."""
        return next((each for each in reversed(self._said) if each), "")

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._over.set()
            _end(self._running)
        self._keeping.join(END_SECONDS)


def _end(running: process.Popen) -> None:
    if running.stdin:
        running.stdin.close()
    process.wait(running, END_SECONDS)
    process.end_group(running)
