"""An exit status in words: what the shell or the system means by it, and what to look at."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable

_NOT_FOUND = (
    re.compile(r": line \d+: (?P<name>.+?): (?:command not found|not found|No such file or directory)$"),
    re.compile(r"(?:^|: )(?:\d+: )?(?P<name>[^\s:]+): (?:command )?not found$"),
    re.compile(r"^env: [‘'\"]?(?P<name>.+?)[’'\"]?: No such file or directory$"),
)
_WORDS = {
    124: "a `timeout` in the step ended it (124 is what `timeout` returns)",
    125: "the program that was to start another one failed itself (docker, timeout, env)",
    126: "a command was found but cannot be executed: no execute permission, a folder, or made for another machine",
    130: "interrupted (SIGINT, as by Ctrl-C)",
    134: "aborted (SIGABRT): a failed assertion or a fatal error in a program",
    137: "killed (SIGKILL): out of memory, or something killed it",
    139: "crashed (SIGSEGV): a program used memory that is not its own",
    141: "its reader closed the pipe (SIGPIPE)",
    143: "terminated (SIGTERM): something asked it to end",
}
ON_HOST = "on the host engine steps find this machine's programs, not an image's"
IN_IMAGE = "the job's image does not have it on its PATH"


def in_words(status: int, lines: Iterable[str] = (), on_host: bool = False) -> str | None:
    """Return what an exit status means, or None if it means only that the step failed; ``lines`` end its output."""
    if status == 127:
        return f"{_missing(lines)} ({ON_HOST if on_host else IN_IMAGE})"
    return _WORDS.get(status) or _signal(status)


def _missing(lines: Iterable[str]) -> str:
    for line in reversed(tuple(lines)):
        for pattern in _NOT_FOUND:
            if found := pattern.search(line):
                return f"command not found: {found['name']}"
    return "a command was not found"


def _signal(status: int) -> str | None:
    try:
        return f"ended by the signal {signal.Signals(status - 128).name}" if status > 128 else None
    except ValueError:
        return None
