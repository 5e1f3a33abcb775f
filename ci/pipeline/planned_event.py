"""What an event starts of a project's config."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from ..dataclass import dataclass, replace
from ..errors import Problem, UsageError
from ..options.table import Options
from ..project.contexts import has_values
from ..project.project import Project
from ..workflow.event_plan import WorkflowStart, event_plan
from ..workflow.job_instances import Workflow
from ..workflow.pipeline_event import PipelineEvent
from .chosen_event import chosen_event
from .load_project import load_project
from .loaded_config import LoadedConfig

BRANCH = "main"
"""The branch of a folder that is no repository, as CircleCI's own command line has it."""


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """An event, and what it starts."""

    event: PipelineEvent
    options: Options
    """With the branch or tag of the event."""
    config: LoadedConfig
    starts: tuple[WorkflowStart, ...]

    @property
    def branch(self) -> str:
        """Return the event's branch; empty if it has a tag."""
        return "" if self.options.tag else BRANCH if self.options.branch is None else self.options.branch

    @property
    def tag(self) -> str:
        return self.options.tag or ""


def planned_event(project: Project, options: Options) -> PlannedEvent:
    """Return what the event starts that the options choose: by default a push of the current branch.

    Raises ConfigError for a wrong config, UsageError if no branch is checked out and none is chosen.
    """
    event, options = chosen_event(options), of_current_branch(project, options)
    config = load_project(project, options)
    workflows = config.workflows()
    here = () if options.yes else _contexts_here(project, workflows)
    return PlannedEvent(event, options, config, event_plan(workflows, event, here))


def _contexts_here(project: Project, workflows: Sequence[Workflow]) -> Collection[str]:
    """Return the contexts of any job that have values on this machine."""
    names = {name for workflow in workflows for each in workflow.instances for name in each.contexts}
    return {name for name in names if has_values(name, project.root, Path.home())}


def of_current_branch(project: Project, options: Options) -> Options:
    """Return the options with the branch or the tag that is checked out, unless they choose one."""
    commit = project.git.commit
    if options.branch is not None or options.tag is not None or commit is None:
        return options
    if commit.head.branch:
        return replace(options, branch=commit.head.branch)
    if commit.tags:
        return replace(options, tag=commit.tags[0])
    raise UsageError(Problem("no branch is checked out", None, "Choose one: --branch NAME, or --tag NAME."))
