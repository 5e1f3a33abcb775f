"""The options by which a job or a workflow would run that an event leaves out.

They are found by trying: what conditions and filters name is put in their place, and the config compiled with it. What
is returned is therefore true; nothing is returned for what no such change starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, islice

from ..dataclass import dataclass, field, replace
from ..errors import CiError
from ..options.table import Options
from ..project.project import Project, read_config
from ..source.load import load
from ..source.nodes import ListNode, MapNode, Node
from ..workflow.event_plan import WorkflowStart, event_plan
from ..workflow.pipeline_event import PUSH
from .chosen_event import chosen_event, option_words
from .compile_project import compile_text
from .condition_names import Named, named_in
from .planned_event import BRANCH, PlannedEvent

TRIES = 40
"""Compiles of the config, at most."""
Wanted = tuple[str, str]
"""A workflow and its job; "" is the workflow."""


@dataclass(frozen=True, slots=True)
class EventChange:
    """What is asked for instead."""

    branch: str = ""
    tag: str = ""
    trigger: str = ""
    schedule: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def applied(self, options: Options) -> Options:
        """Return the options with the change."""
        if self.branch or self.tag:
            options = replace(options, branch=self.branch or None, tag=self.tag or None)
        if self.trigger or self.schedule:
            options = replace(options, trigger=self.trigger, schedule=self.schedule)
        kept = [each for each in options.params if each.partition("=")[0] not in self.params]
        return replace(options, params=(*kept, *(f"{name}={value}" for name, value in self.params.items())))

    def with_(self, other: EventChange) -> EventChange | None:
        """Return both changes in one; None if they exclude each other."""
        if (self.branch or self.tag) and (other.branch or other.tag):
            return None
        if (self.trigger or self.schedule) and (other.trigger or other.schedule):
            return None
        if self.params.keys() & other.params.keys():
            return None
        return EventChange(
            self.branch or other.branch,
            self.tag or other.tag,
            self.trigger or other.trigger,
            self.schedule or other.schedule,
            {**self.params, **other.params},
        )


def start_options(project: Project, typed: Options, planned: PlannedEvent) -> dict[Wanted, tuple[str, ...]]:
    """Return the options of ``run`` by which what the event leaves out would run; ``typed`` are those of the plan."""
    wanted = set(_left_out(planned.starts))
    if not wanted:
        return {}
    text = read_config(project)
    root = load(text, project.config_name)
    found: dict[Wanted, tuple[str, ...]] = {}
    names = [each.workflow.name for each in planned.starts]
    changes = _changes(root, names, planned, lambda name: any(key[0] == name for key in wanted - found.keys()))
    for change in islice(changes, TRIES):
        started = _started(project, change.applied(planned.options), text) & wanted - found.keys()
        found.update(dict.fromkeys(started, option_words(change.applied(typed))))
    return found


def _left_out(starts: Sequence[WorkflowStart]) -> Iterator[Wanted]:
    for each in starts:
        if not each.starts:
            yield each.workflow.name, ""
        else:
            yield from ((each.workflow.name, job.instance.name) for job in each.jobs if not job.runs)


def _started(project: Project, options: Options, text: str) -> set[Wanted]:
    """Return all that runs with those options; nothing if the config is wrong then."""
    try:
        compiled = compile_text(project, options, text, project.config_name)
        plan = event_plan(compiled.workflows, chosen_event(options))
    except CiError:
        return set()
    jobs = {(each.workflow.name, job.instance.name) for each in plan if each.starts for job in each.jobs if job.runs}
    return jobs | {(each.workflow.name, "") for each in plan if each.starts}


def _changes(
    root: MapNode, names: Sequence[str], planned: PlannedEvent, is_open: Callable[[str], bool]
) -> Iterator[EventChange]:
    """Yield single changes for each workflow of which something is still wanted, then pairs of them, each once."""
    workflows, seen = root.get("workflows"), list[EventChange]()
    bodies = {name: workflows.get(name) for name in names} if isinstance(workflows, MapNode) else {}
    singles = {name: list(_singles(named_in(body), root, name, planned)) for name, body in bodies.items() if body}
    for is_pair in (False, True):
        for name, found in singles.items():
            pairs = (one.with_(other) for one, other in combinations(found, 2))
            for change in pairs if is_pair else found:
                if not is_open(name):
                    break
                if change is not None and change not in seen:
                    seen.append(change)
                    yield change


def _singles(named: Named, root: MapNode, workflow: str, planned: PlannedEvent) -> Iterator[EventChange]:
    if planned.tag:
        yield EventChange(branch=BRANCH)
    if named.has_triggers:
        yield EventChange(schedule=workflow)
    elif planned.event.kind != PUSH:
        yield EventChange(trigger=PUSH)
    for name in named.parameters:
        yield from (EventChange(params={name: value}) for value in _values(root, name, named.literals))
    yield from (EventChange(schedule=each) for each in named.schedules)
    yield from (EventChange(trigger=each) for each in named.triggers)
    yield from (EventChange(branch=each) for each in named.branches if each != planned.branch)
    yield from (EventChange(tag=each) for each in named.tags if each != planned.tag)


def _values(root: MapNode, name: str, literals: Sequence[str]) -> Sequence[str]:
    """Return values to try for a pipeline parameter."""
    parameters = root.get("parameters")
    declared: Node | None = parameters.get(name) if isinstance(parameters, MapNode) else None
    if not isinstance(declared, MapNode):
        return literals
    kind, members = declared.get("type"), declared.get("enum")
    if kind is not None and kind.text == "boolean":
        return ("true", "false")
    return [str(each.plain) for each in members.items] if isinstance(members, ListNode) else literals
