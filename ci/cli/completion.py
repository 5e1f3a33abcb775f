"""``completion``: what a shell reads so that it completes our commands."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ..errors import PASSED, Problem, UsageError
from ..options.parser import command_parser
from ..system.command_names import INSTALLED
from ..system.version import CLONE

_IN_CLONE = "import sys; sys.path.insert(0, {root!r}); from ci.__main__ import program; program()"
"""Not ``-m ci``: that would take the package of any folder ``ci`` where the shell stands."""


def command(argv: Sequence[str], start: Path) -> int:
    """Print the completion functions of a shell: completion bash|zsh|fish."""
    given = command_parser("completion").parse(argv)
    if not find_spec("argcomplete"):
        hint = f"nox brings it: {sys.executable} -m pip install argcomplete"
        raise UsageError(Problem("argcomplete is not installed in this Python", None, hint))
    from argcomplete.shell_integration import shellcode

    own = (Path(__file__).parent / "shells" / f"nox.{given.shell}").read_text(encoding="utf-8")
    script = "__nox_circleci_typed" if given.shell == "fish" else None  # argcomplete's has the name alone, not the path
    print(shellcode(INSTALLED, shell=given.shell, use_defaults=False, argcomplete_script=script))
    print(own.replace("PROGRAM_THAT_PRINTED_THIS", shlex.join(_this_program())), end="")
    return PASSED


def _this_program() -> Sequence[str]:
    """Return the words that start this program from any folder."""
    if __name__.partition(".")[0] == CLONE:
        return (sys.executable, "-I", "-c", _IN_CLONE.format(root=str(Path(__file__).parents[2])))
    return (str(Path(sys.executable).with_name(INSTALLED[0])),)
