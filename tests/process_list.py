"""What every user of this machine could read in its list of processes while something went on."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def watched() -> Iterator[set[str]]:
    """A set that has, at the end, the command lines of all processes that were seen meanwhile, those of tests not."""
    seen: set[bytes] = set()
    found: set[str] = set()
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(seen, over), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        found.update(line.replace(b"\0", b" ").decode("utf-8", "replace") for line in seen if b"pytest" not in line)


def _watch(seen: set[bytes], over: threading.Event) -> None:
    while not over.is_set():
        for name in os.listdir("/proc"):
            if name.isdecimal():
                with contextlib.suppress(OSError), open(f"/proc/{name}/cmdline", "rb") as file:
                    seen.add(file.read())
