"""``plan``: what CircleCI would run for an event."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED
from ..options.given import chosen_options
from ..project.project import find_project
from .arguments import compiling_arguments
from .screen import show_text


def command(argv: Sequence[str], start: Path) -> int:
    """Print which workflows and jobs an event starts, what decides, and how to run what it leaves out."""
    given = compiling_arguments("plan", argv, start)
    from ..pipeline.planned_event import planned_event
    from ..pipeline.start_options import start_options
    from ..report.event_plan_data import event_plan_data
    from ..report.event_plan_text import event_plan_lines
    from ..report.problems import report_missing, warn_briefly
    from ..report.style import style_of
    from ..system.command_names import typed_command

    project = find_project(start, config=given.config or "")
    options = chosen_options(given, project.settings, os.environ, "plan")
    planned = planned_event(project, options)
    warn_briefly(planned.config.warnings)
    report_missing(planned.config.missing)
    words = start_options(project, options, planned)
    of_event = (planned.event, planned.branch, planned.tag, planned.starts)
    if given.json:
        print(json.dumps(event_plan_data(*of_event, words, planned.config.setup), indent=2))
        return PASSED

    def to_run(workflow: str, job: str) -> str | None:
        found = words.get((workflow, job))
        if found is None:
            return None
        return typed_command(shlex.join(["run", workflow, *(["-j", job] if job else []), *found]))

    show_text("\n".join(event_plan_lines(*of_event, to_run, style_of(sys.stdout))))
    if planned.config.setup:
        show_text("then the workflows of the config that its setup job continues with")
    return PASSED
