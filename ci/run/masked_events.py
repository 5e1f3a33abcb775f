"""Events without the secrets of the run, whoever has written their texts."""

from __future__ import annotations

from ..dataclass import replace
from ..events import (
    ApprovalAnswered,
    ApprovalAsked,
    Emit,
    Event,
    JobFinished,
    JobPaused,
    JobResumed,
    JobStarted,
    Notice,
    Output,
    Progress,
    RunDetached,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    changed,
)
from ..runtime.masking.stream import Masker


def masked(emit: Emit, masker: Masker) -> Emit:
    """Return an ``emit`` that masks what a reader sees of an event but its names of jobs.

    Output of steps is masked where it comes in, as a stream.
    """
    text = masker.text

    def clean(event: Event) -> Event:
        if masker.search() is None:  # there is no secret
            return event
        match event:
            case RunStarted():
                return replace(event, reason=text(event.reason))
            case JobStarted():
                return replace(event, details=tuple(map(text, event.details)), kept=tuple(map(text, event.kept)))
            case StepStarted():
                return changed(event, name=text(event.name))
            case StepFinished():
                return changed(event, name=text(event.name), message=text(event.message))
            case JobPaused():
                return replace(event, name=text(event.name), reason=text(event.reason))
            case Notice():
                return replace(event, text=text(event.text))
            case Progress():
                return changed(event, task=text(event.task), detail=text(event.detail))
            case JobFinished():
                differences = tuple(map(text, event.fidelity.differences))
                fidelity = replace(event.fidelity, differences=differences)
                return replace(event, reason=text(event.reason), fidelity=fidelity)
            case RunDetached():
                return replace(event, place=text(event.place))
            case Output() | RunFinished() | ApprovalAsked() | ApprovalAnswered() | JobResumed():
                return event

    return lambda event: emit(clean(event))
