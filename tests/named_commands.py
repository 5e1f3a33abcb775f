"""Every command of ours that a message can name, read from the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ci.options.command_list import COMMANDS

from .projects import ROOT

NAMING = ("typed_command", "command")
"""Functions that name a command: ``command_names.typed_command``, and the ``command`` that the core is given."""
OURS = [name for name in COMMANDS if name != "config"]  # which git has too
BARE = re.compile(
    rf"`(?:{'|'.join(OURS)})(?: [^`]*)?`"
    r"|python3? -m ci\b|: run WORKFLOW|\bnox -s\b|\b(?:nox-circleci|circleci-local) [a-z]"
)
"""A command in a text that does not ask how its reader types it."""
FIXED = (
    *(
        f"options/{name}.py"
        for name in ("command_list", "commands", "engine_options", "reference", "settings", "table")
    ),
    "system/command_names.py",
    "compiler/diagnostics.py",
)
"""Files with texts that are not messages of a process: help and the reference, the names themselves."""


def named_commands() -> dict[str, str]:
    """The words of each command up to the first value in it, and where one of it is named."""
    return {words: place for place, call in _calls() for words in _commands(call)}


def help_words(words: str) -> list[str]:
    """A command's words without options and values, and the request for its help."""
    commands = [word for word in words.split() if re.fullmatch("[a-z]+", word)]
    return [*commands[: 2 if commands[0] in ("orb", "orbs", "config") else 1], "--help"]


def bare_commands() -> list[str]:
    """The texts that name a command as the reader may not have it."""
    found = []
    for file in sorted((ROOT / "ci").rglob("*.py")):
        name = file.relative_to(ROOT / "ci").as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
            if is_text and not name.startswith(FIXED) and BARE.search(node.value) and "`run` steps" not in node.value:
                found.append(f"ci/{name}:{node.lineno}: {node.value!r}")
    return found


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted((ROOT / "ci").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                function = node.func
                name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
                if name in NAMING:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def _commands(call: ast.Call) -> Iterator[str]:
    """The words of the first argument: of a text, of a text with values in it, of a list that is joined."""
    argument = call.args[0]
    if isinstance(argument, ast.Call) and argument.args and isinstance(argument.args[0], ast.List):
        argument = argument.args[0]
    words: list[str] = []
    for part in getattr(argument, "elts", None) or getattr(argument, "values", None) or [argument]:
        if not isinstance(part, ast.Constant) or not isinstance(part.value, str):
            break
        words += part.value.split()
    if words:
        yield " ".join(words)
