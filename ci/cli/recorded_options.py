"""The options and the project of a run that a command comes back to."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..dataclass import replace
from ..options.given import parse_run
from ..options.parser import run_parser
from ..options.table import Options
from ..project.project import Project
from ..record.run_record import RunRecord


def as_recorded(
    project: Project, record: RunRecord, is_own: bool, now: Options, argv: Sequence[str], command: str
) -> tuple[Project, Options]:
    """Return the project with the run's config file, and the run's options with those of ``argv``.

    ``now`` is what is set of ``argv`` today. What the run had recorded by name alone is looked up again, if it
    ``is_own``: the user's.
    """
    from ..pipeline.restored_options import looked_up_again, restored_options

    if is_own and (named_alone := looked_up_again(record, now)):
        now = parse_run([*argv, *named_alone], project.settings, os.environ)
    options = restored_options(record, is_own, now, run_parser(command).parse(argv))
    return replace(project, named=options.config or project.named), options
