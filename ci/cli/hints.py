"""Hints for what people type first: options for a session before the ``--`` that must precede them, a bare workflow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..system.command_names import nox_command, typed_command

NAMING = ("-s", "--session", "--sessions")


def forgotten_dashes(argv: Sequence[str], sessions: Sequence[str]) -> str | None:
    """Return a hint if nox's own command line seems to hold options meant for one of the sessions, else None.

    nox ends with its usage at an option that it does not know, before it reads a noxfile. What comes here are the
    options that it has too, with another meaning: ``-e`` is a session's name, ``-j`` its number of processes.
    """
    named = [word for word in argv if word in sessions]
    flags = [word for word in argv if word.startswith("-") and word not in NAMING]
    if "--" in argv or not named or not flags:
        return None
    for index, word in enumerate(argv):
        following = argv[index + 1] if index + 1 < len(argv) else ""
        if _is_meant(word, following, sessions, len(named)):
            rest = " ".join(each for each in argv[index:] if each not in named and each not in NAMING)
            return f"Hint: options for a session go after --, as in: {nox_command()} -s {named[0]} -- {rest}"
    return None


def _is_meant(word: str, following: str, sessions: Sequence[str], named: int) -> bool:
    """Return whether a word of nox's command line is an option of a session's."""
    option, separator, value = word.partition("=")
    if not word.startswith("--") and len(word) > 2:
        option, separator, value = word[:2], "=", word[2:]
    value = value if separator else following
    if option not in our_options():
        return False
    if option == "-e":
        return bool(value) and value not in sessions
    if option == "-j":
        return bool(value) and not value.isdecimal() and value != "auto"
    return option != "--parallel" or named == 1


def asked_config(argv: Sequence[str]) -> str:
    """Return the value of the last ``--config`` behind the dashes of nox's command line; empty if there is none."""
    words = argv[argv.index("--") + 1 :] if "--" in argv else ()
    found = ""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        option, separator, value = word.partition("=")
        if option == "--config":
            found = value if separator else following
    return found


def our_options() -> frozenset[str]:
    """Return every option of a run, without those that only we pass."""
    from ..options.table import table

    return frozenset(("-h", "--help", *(flag for each in table("run") if each.help for flag in each.flags)))


def meant_command(word: str, commands: Iterable[str], start: Path) -> str:
    """Return what a word that is not a command may mean: a workflow, a job's session, else the nearest command."""
    from ..source.suggest import choices

    workflow = _running(word, start)
    return f"Run it with: {typed_command(workflow)}" if workflow else choices(word, commands)


def _running(word: str, start: Path) -> str | None:
    """Return the command that runs the workflow or the job's session of that name; None if the project has neither."""
    from ..compiler.uncompiled import outline
    from ..errors import CiError
    from ..project.project import find_project, read_config

    try:
        project = find_project(start)
        found = outline(read_config(project), str(project.config))
    except CiError:
        return None
    return next((command for command, name in _commands(found) if name == word), None)


def _commands(found: Sequence[tuple[str, Sequence[str]]]) -> Iterator[tuple[str, str]]:
    for workflow, _ in found:
        yield f"run {workflow}", workflow
    for workflow, jobs in found:
        for job in jobs:
            yield f"run {workflow} -j {job}", f"{workflow}-{job}"
