"""What triggers a pipeline: a push, or one of the other events that CircleCI knows.

Project values and variables reference, ``pipeline.event.name`` and ``pipeline.event.action``.
"""

from __future__ import annotations

from ..dataclass import dataclass

PUSH, PULL_REQUEST, API, SCHEDULE, WEBHOOK = "push", "pull_request", "api", "schedule", "custom_webhook"
KINDS = (PUSH, PULL_REQUEST, API, SCHEDULE, WEBHOOK)
ACTIONS = ("opened", "synchronize", "reopened", "closed", "ready_for_review", "labeled")
"""Those of a pull request on GitHub; the first is the one of a bare ``pull_request``."""


@dataclass(frozen=True, slots=True)
class PipelineEvent:
    """What triggers a pipeline: by default a push."""

    kind: str = PUSH
    action: str = PUSH
    schedule: str = ""
    """The name of its schedule."""

    @classmethod
    def of(cls, trigger: str, schedule: str) -> PipelineEvent:
        """Return the event that ``--trigger`` and ``--schedule`` choose."""
        kind, _, action = (trigger or (SCHEDULE if schedule else PUSH)).partition(":")
        return cls(kind, action or (ACTIONS[0] if kind == PULL_REQUEST else kind), schedule)
