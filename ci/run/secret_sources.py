"""Where the values of secrets come from that are only named: the environment, a command of the user's, an answer.

Each is looked up once in a process, however many workflows a run has.
"""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections.abc import Mapping

from ..dataclass import dataclass, field
from ..errors import Problem, UsageError
from ..escapes import visible_name
from ..options.passable import may_pass
from ..workflow.model import Pairs

COMMAND_SECONDS = 120.0
"""How long a command may take: a password manager may have to be unlocked."""
NOT_FOUND = 127
STANDARD_INPUT = "-"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..process import Captured


@dataclass(frozen=True, slots=True)
class SecretSources:
    """What ``--env NAME`` is looked up in, in this order."""

    environ: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    """Commands of the user's, or that the user has consented to, by the name of the variable that they print."""
    can_ask: bool = False
    """Whether a person is at a terminal."""

    def value(self, name: str) -> str:
        """Return the value of a variable; UsageError if there is none."""
        if not may_pass(name):
            raise UsageError(Problem(f"--env {name}: no job gets it from your environment", None, "Name another one."))
        if name in self.environ:
            return self.environ[name]
        if name in self.commands:
            return _printed(name, self.commands[name])
        if self.can_ask:
            return _answer(name)
        hint = f"Set {name}, give --env {name}=VALUE, or name a command that prints it in your settings: env-commands."
        raise UsageError(Problem(f"--env {name}: {name} is not set, and there is no terminal to ask on", None, hint))


@functools.cache
def standard_input() -> Pairs:
    """Return the variables of standard input, which can be read once."""
    from ..project.contexts import LONGEST
    from ..project.env_file import parse

    return parse(sys.stdin.read(LONGEST + 1)[:LONGEST], "standard input")


@functools.cache
def _answer(name: str) -> str:
    import getpass  # most runs ask for nothing

    try:
        return getpass.getpass(visible_name(f"{name}: "), sys.stderr)
    except EOFError:
        raise UsageError(f"--env {name}: no value was typed") from None


@functools.cache
def _printed(name: str, command: str) -> str:
    """Return what a command prints; its errors name the command alone, for its output may hold the secret."""
    from ..process import capture

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(Problem(f"env-commands.{name}: {error}", None, "Close its quotes.")) from None
    if not words:
        raise UsageError(f"env-commands.{name} is empty")
    done = capture(words, _apart(), dict(os.environ), timeout=COMMAND_SECONDS)
    value = done.stdout.removesuffix("\n").removesuffix("\r")
    if done.ok and value:
        return value
    what = "has printed nothing" if done.ok else f"has failed: {_ending(done)}"
    hint = f"Run it yourself to see why: env-commands.{name} in the settings has it."
    raise UsageError(Problem(f"--env {name}: its command {words[0]!r} {what}", None, hint))


def _apart() -> str:
    """Return the folder where a command runs: not the project's, from which ``python -m keyring`` would take code."""
    home = os.path.expanduser("~")
    return home if os.path.isdir(home) else "/"


def _ending(done: Captured) -> str:
    if done.cause != "exit":
        return f"it took more than {COMMAND_SECONDS:.0f} s"
    return "it was not found" if done.status == NOT_FOUND else f"exit status {done.status}"
