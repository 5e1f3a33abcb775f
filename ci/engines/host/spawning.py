"""How a supervisor starts the programs of a job: a step's shell, or a shell for a person.

The supervisor imports this file by its path: it uses the standard library alone.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal

DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)
NOT_FOUND = "not found"
"""What is reported of a program that is in no folder of the step's PATH."""


def start_step(output: int, words: list[str], environment: dict[str, str], directory: str) -> int:
    """Start a step's shell in a process group of its own; return its pid.

    Raise LookupError if there is no such program, OSError or ValueError if it cannot be started.
    """
    os.chdir(directory)
    return os.posix_spawn(
        program(words[0], environment.get("PATH", "")),
        words,
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ],
        setpgroup=0,
        setsigmask=(),
        setsigdef=DEFAULTS,
    )


def start_shell(
    streams: list[int], terminal: str, words: list[str], environment: dict[str, str], directory: str
) -> int:
    """Start a shell for a person at these streams, in a session of its own; return its pid.

    ``terminal`` is the streams' name if they are one, which then controls the session: a process without a terminal
    that leads a session gets the first one that it opens. Raises as ``start_step`` does.
    """
    by_number = f"/proc/self/fd/{streams[0]}"  # its name may be another one's in the job's view
    opened = by_number if os.path.exists(by_number) else terminal
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]]
    if terminal:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, opened, os.O_RDWR, 0),
            *((os.POSIX_SPAWN_DUP2, 0, each) for each in (1, 2)),
        ]
    else:
        actions = [(os.POSIX_SPAWN_DUP2, each, number) for number, each in enumerate(streams)]
    os.chdir(directory)
    return os.posix_spawn(
        program(words[0], environment.get("PATH", "")),
        words,
        environment,
        file_actions=actions,
        setsid=True,
        setsigmask=(),
        setsigdef=DEFAULTS,
    )


def write_all(descriptor: int, data: bytes) -> None:
    """Write a few bytes to whom may have gone."""
    try:
        os.write(descriptor, data)
    except OSError:
        return


def program(word: str, path: str) -> str:
    """Return the file of a shell's first word. Raise LookupError if no folder of PATH has it."""
    if "/" in word:
        return word
    for folder in path.split(":"):
        file = f"{folder}/{word}"
        if folder and os.access(file, os.X_OK) and not os.path.isdir(file):
            return file
    raise LookupError(word)
