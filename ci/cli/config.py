"""``config``: what people type to ``circleci config``, by the commands that do it here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from ..errors import BAD_INPUT, PASSED, Problem, UsageError
from ..options.command_list import COMMANDS
from ..options.parser import print_version
from ..source.suggest import choices
from .arguments import prog

PARTS = ("process", "validate", "pack")
UNUSED = {
    **dict.fromkeys(("--org", "--org-slug", "-o", "--org-id"), "orbs are found in .circleci/orbs"),
    **dict.fromkeys(("--token", "--host"), "no server is asked"),
}
"""Options of the official CLI with a value that have no effect here, and why."""
SWITCHES = ("--skip-update-check", "--debug", "--no-color", "--insecure-storage")
"""Its switches of which nobody expects an effect on the result."""


def command(argv: Sequence[str], start: Path) -> int:
    """Run the command of that name, without the options that only a server needs."""
    if argv and argv[0] == "--version":
        return print_version()
    if not argv or argv[0] in ("-h", "--help"):
        print(f"usage: {prog('config')} COMMAND [options]\n")
        print("\n".join(f"  {name:<9}{COMMANDS[name]}" for name in PARTS))
        return PASSED if argv else BAD_INPUT
    if argv[0] not in PARTS:
        raise UsageError(Problem(f"there is no command 'config {argv[0]}'", None, choices(argv[0], list(PARTS))))
    status: int = import_module(f".{argv[0]}", __package__).command(_ours(argv[1:]), start)
    return status


def _ours(argv: Sequence[str]) -> list[str]:
    """Return the words that count here; say of each other option that it does not."""
    found: list[str] = []
    words = iter(argv)
    for word in words:
        name, separator, value = word.partition("=")
        if name in UNUSED:
            if not separator:
                next(words, None)
            print(f"{name} is not used: {UNUSED[name]}", file=sys.stderr)
        elif name == "-c":
            found.append(f"--config={value if separator else next(words, '')}")
        elif word not in SWITCHES:
            found.append(word)
    return found
