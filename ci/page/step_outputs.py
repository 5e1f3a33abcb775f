"""What the steps of a run printed, from its ``events.jsonl``: whatever its length, in bounded memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from ..dataclass import dataclass, field
from ..events import SCHEMA
from .step_excerpt import StepExcerpt

MOST_NOTES = 50


class EventsError(ValueError):
    """Events that this program cannot read; the message says which they are."""


@dataclass(slots=True)
class RunOutput:
    """By the label of a job or node of one workflow: what each step printed, and the lines reported about it."""

    steps: defaultdict[tuple[str, int], StepExcerpt] = field(default_factory=lambda: defaultdict(StepExcerpt))
    notes: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_outputs(lines: Iterable[bytes]) -> list[RunOutput]:
    """Return the output in a file of events, workflow by workflow; what is no event is passed over.

    The last line of a run that was killed may be no event. Raise EventsError for events of another version.
    """
    found: list[RunOutput] = []
    for line in lines:
        event = _event(line)
        if event.get("event") == "run.start":
            if (schema := event.get("schema", SCHEMA)) != SCHEMA:
                raise EventsError(f"the events are of schema {schema!r}, and this program reads schema {SCHEMA}")
            found.append(RunOutput())
        elif found:
            _take(found[-1], event)
    for excerpt in (excerpt for each in found for excerpt in each.steps.values()):
        excerpt.close()
    return found


def _take(output: RunOutput, event: dict[str, object]) -> None:
    kind, job, step, text = (event.get(name) for name in ("event", "job", "step", "text"))
    if not isinstance(job, str):
        return
    if kind == "output" and isinstance(text, str) and isinstance(step, int):
        output.steps[job, step].add(text)
    elif kind == "step.finish" and isinstance(step, int) and (job, step) in output.steps:
        output.steps[job, step].close()
    elif kind == "notice" and isinstance(text, str):
        _note(output, job, [text])
    elif kind == "job.start" and event.get("again") is not True:
        _begin(output, job, event.get("details"))


def _event(line: bytes) -> dict[str, object]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _begin(output: RunOutput, job: str, details: object) -> None:
    """Begin a job, or begin it again: of an earlier attempt nothing stays."""
    for key in [key for key in output.steps if key[0] == job]:
        del output.steps[key]
    output.notes.pop(job, None)
    if isinstance(details, list):
        _note(output, job, [each for each in details if isinstance(each, str)])


def _note(output: RunOutput, job: str, lines: list[str]) -> None:
    output.notes[job] += lines[: MOST_NOTES - len(output.notes[job])]
