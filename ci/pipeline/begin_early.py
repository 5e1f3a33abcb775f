"""What a run begins before most of it is loaded: other programs answer meanwhile."""

from __future__ import annotations

from ..engines import early
from ..options.table import Options
from ..project.project import Project


def begin_early(project: Project, options: Options) -> None:
    """Ask git, and start what the engine needs, if the user has named one."""
    if not options.dry_run:
        early.begin(options.engine)
    project.git.begin()
