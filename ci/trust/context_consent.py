"""The user's yes to jobs with secrets where no workflow was named: a push starts deployments too."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..escapes import visible_name
from ..options.table import Options
from ..project.contexts import read_context
from ..workflow.job_instances import JobInstance
from .yes_or_no import confirmed


def held_back(root: Path, home: Path, instances: Sequence[JobInstance], options: Options) -> Mapping[str, str]:
    """Return why jobs do not run whose contexts have values here, by name; ask the user if there is one to ask.

    Raises UsageError for a context's file that is wrong.
    """
    if not options.unnamed or options.yes:
        return {}
    names = dict.fromkeys(name for each in instances for name in each.contexts)
    filled = {name for name in names if read_context(name, root, home)}
    found = {each.name: [name for name in each.contexts if name in filled] for each in instances}
    found = {name: contexts for name, contexts in found.items() if contexts}
    if not found or _agreed(found, options):
        return {}
    return {name: f"it gets {_contexts(contexts)} of yours: --yes runs it" for name, contexts in found.items()}


def _agreed(found: Mapping[str, Sequence[str]], options: Options) -> bool:
    if options.json or options.dry_run or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    for name, contexts in found.items():
        print(visible_name(f"{name} gets {_contexts(contexts)} of yours"), file=sys.stderr)
    return confirmed("Run it too?" if len(found) == 1 else "Run these too?")


def _contexts(names: Sequence[str]) -> str:
    return f"the context{'s' * (len(names) > 1)} {', '.join(names)}"
