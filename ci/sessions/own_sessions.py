"""The noxfile's own sessions beside those of the config: whose name a session gets that both have."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TextIO

from ..dataclass import replace
from ..escapes import visible_name
from ..pipeline.session_list import Session

LISTING = ("-l", "--list", "--list-sessions")
_TAKEN = re.compile(r"The session '(.+)' has already been registered")
"""What nox warns of when a session is defined that has the name of an earlier one."""


def beside(sessions: Sequence[Session], own: Collection[str]) -> tuple[Session, ...]:
    """Return the sessions; one whose name the noxfile has given to a session of its own is called ``ci-NAME``."""
    taken = {*own, *(session.name for session in sessions)}
    found = []
    for session in sessions:
        name = session.name
        if name in own:
            while name in taken:
                name = f"ci-{name}"
            taken.add(name)
            session = replace(session, name=name)
        found.append(session)
    return tuple(found)


def renamed_lines(renamed: Mapping[str, str], argv: Sequence[str]) -> Iterator[str]:
    """Yield a line for each renamed session that a command line of nox's is about: by its name, or as it lists all."""
    for name, ours in renamed.items():
        if any(word in (*LISTING, name, ours) for word in argv):
            yield f"'{name}' is your noxfile's own session; that of the CircleCI config is '{ours}'"


def explain_overriding(ours: Collection[str]) -> None:
    """Add a line to nox's warning of a session that is defined after one of ours and takes its place."""
    usual = warnings.showwarning

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: TextIO | None = None, line: str | None = None,
    ) -> None:  # fmt: skip
        usual(message, category, filename, lineno, file, line)
        found = _TAKEN.match(str(message)) if issubclass(category, FutureWarning) else None
        if found and found[1] in ours:
            name = visible_name(found[1])
            print(
                f"    '{name}' is a session of the CircleCI config, too: move register() to the end of the noxfile,"
                f" and yours stays '{name}' while the config's becomes 'ci-{name}'.",
                file=sys.stderr,
            )

    warnings.showwarning = show
