"""A Pod's access that is this machine, with only some programs on its PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from ci import process
from ci.system.cancellation import unchecked

USUAL = ("sh", "find", "xargs", "sort", "sha256sum", "tar", "wc", "sed", "grep", "rm", "cat", "mkdir", "mv", "head")
MORE = ("tail", "tr", "chmod", "touch", "env", "sleep", "dd")


class LocalAccess:
    """Runs lines of shell as a Pod would, with those programs; ``called`` has what the clients got as arguments."""

    def __init__(
        self, folder: Path, clients: Iterable[str], without: Iterable[str] = (), busybox: Iterable[str] = ()
    ) -> None:
        self.check = unchecked
        self.bin, self._called = folder / "bin", folder / "called"
        self.bin.mkdir(parents=True)
        for name in set(USUAL + MORE) - set(without):
            (self.bin / name).symlink_to(shutil.which("busybox" if name in busybox else name))
        for name in clients:
            script = f'#!/bin/sh\necho "$@" >>{self._called}\nexec {shutil.which(name)} "$@"\n'
            (self.bin / name).write_text(script)
            (self.bin / name).chmod(0o755)

    @property
    def called(self) -> str:
        return self._called.read_text() if self._called.exists() else ""

    def copy(self, line: str, source: IO[bytes] | int, target: IO[bytes] | int) -> tuple[int, str]:
        environ = {**os.environ, "PATH": str(self.bin)}
        done = subprocess.run(
            ["/bin/sh", "-c", 'cat | /bin/sh -c "$0"', line],  # the input is a pipe there
            stdin=subprocess.DEVNULL if source == process.NOWHERE else source,
            stdout=subprocess.DEVNULL if target == process.NOWHERE else target,
            stderr=subprocess.PIPE,
            env=environ,
        )
        return done.returncode, done.stderr.decode()

    def call(self, *args: str, input: bytes | None = None, timeout: float | None = None) -> process.Captured:
        done = subprocess.run(args, input=input, capture_output=True, text=True)
        return process.Captured(done.returncode, done.stdout, done.stderr)
