"""A job node that is left while its steps go on, and come back to: the step loop as data and back.

A step that moves no files through this machine can run without it. Those that follow each other are sent ahead of their
turn to a place that runs them by itself (runtime/box.py, ``LeavableBox``); who comes back later asks for them in their
turn, as for any other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

from ..events import TestCounts
from ..record.detached_run import LeftBackground, LeftFeature, LeftLayer, LeftNode, LeftResults, LeftTiming
from ..workflow.model import AddSshKeys, Run, SetupRemoteDocker, Step, Unsupported
from .box import AheadStep, LeavableBox
from .job import Background, RunningJob, due
from .step_output import StepOutput
from .steps import step_command
from .task import Layer

MOVE_NOTHING = (AddSshKeys, SetupRemoteDocker, Unsupported)
"""Kinds of steps that do nothing in a place which can be left; they are done by whoever comes back."""
KINDS: Mapping[str, type] = {each.__name__: each for each in get_args(Step)}


class HandedOver(Exception):
    """A job node goes on without this program."""

    def __init__(self, node: LeftNode) -> None:
        super().__init__(node.job)
        self.node = node


class StepsAhead:
    """Leaves a job of a task that ``hands_over``; comes back to that of one that was ``left``. See ``Leaver``."""

    def begin(self, job: RunningJob) -> int:
        return come_back(job, job.task.left) if job.task.left else job.begin()

    def leave(self, job: RunningJob, number: int) -> None:
        is_ahead = job.task.left is not None and number <= job.task.left.last
        numbers = ahead(job, number) if job.task.hands_over and not is_ahead else []
        if numbers:
            node = hand_over(job, numbers)
            job.left = True
            raise HandedOver(node)


def ahead(job: RunningJob, number: int) -> list[int]:
    """Return the steps that can be sent ahead, by number, if the one of ``number`` runs next and is such a step."""
    steps, found = job.task.job.steps, list[int]()
    for each in range(number, len(steps) + 1):
        step = steps[each - 1]
        if each in job.task.left_out or isinstance(step, MOVE_NOTHING):
            continue
        if not _can_go_ahead(step):
            break
        found.append(each)
    runs = found[:1] == [number] and due(steps[number - 1].when, failing=bool(job.failed))
    return found if runs else []


def _can_go_ahead(step: Step) -> bool:
    return isinstance(step, Run) and not step.background and "\0" not in step.command


def hand_over(job: RunningJob, numbers: Sequence[int]) -> LeftNode:
    """Have a job's place run those steps by itself; return what is needed to go on with the job later."""
    box = cast(LeavableBox, job.box)
    commands = [_ahead_step(job, cast(Run, job.task.job.steps[each - 1])) for each in numbers]
    place = box.hand_over(commands, bool(job.failed), lambda number: job.background[number].output.unread)
    state, now = job.state, time.monotonic()
    return LeftNode(
        job=job.task.instance.name,
        node=job.task.node,
        next=numbers[0],
        last=numbers[-1],
        place=place,
        began=job.began,
        seconds_left=state.until - now,
        failed=tuple(sorted(job.failed)),
        results=left_results(state.layers, state.tests, state.artifacts, state.timings),
        features=tuple(
            LeftFeature(kind if isinstance(kind, str) else kind.__name__, text) for kind, text in state.features
        ),
        background=tuple(LeftBackground(each.number, time.time() - (now - each.began)) for each in job.background),
    )


def _ahead_step(job: RunningJob, step: Run) -> AheadStep:
    return AheadStep(step_command(job.state, step), step.when, step.max_auto_reruns, step.auto_rerun_delay)


def left_results(
    layers: Sequence[Layer], tests: TestCounts | None, artifacts: int, timings: Sequence[tuple[str, float]]
) -> LeftResults:
    """Return what a node has left as data."""
    found = tuple(LeftLayer(str(each.archive), each.members) for each in layers)
    return LeftResults(found, tests, artifacts, tuple(LeftTiming(*each) for each in timings))


def layers_of(results: LeftResults, job: str, node: int) -> tuple[Layer, ...]:
    """Return the layers of a node."""
    return tuple(Layer(job, node, Path(each.archive), each.members) for each in results.layers)


def come_back(job: RunningJob, node: LeftNode) -> int:
    """Have a job be as it was when it was left; return the number of the step that comes next."""
    job.prepare_again()
    job.began, job.earlier = node.began, max(0.0, time.time() - node.began)
    state, results = job.state, node.results
    state.until = time.monotonic() + node.seconds_left
    state.layers += layers_of(results, node.job, node.node)
    state.tests, state.artifacts = results.tests, results.artifacts
    state.timings += ((each.name, each.seconds) for each in results.timings)
    state.features += ((KINDS.get(each.kind, each.kind), each.text) for each in node.features)
    state.seen = state.seen.without("it was detached")
    job.failed = set(node.failed)
    job.status = "failed" if job.failed else "success"
    for number, each in enumerate(node.background):
        _follow(job, number, each)
    return node.next


def _follow(job: RunningJob, number: int, left: LeftBackground) -> None:
    step = job.task.job.steps[left.step - 1]
    assert isinstance(step, Run)
    output = StepOutput(job.task.label, left.step, job.emit, job.state.masker.stream())
    cast(LeavableBox, job.box).follow_background(number, output.write)
    began = time.monotonic() - (time.time() - left.began)
    job.background.append(Background(left.step, step, began, output))
