"""The pipeline values of the event that triggers a pipeline, over git's.

Project values and variables reference, "Trigger and event information"; "GitHub trigger event options", "Schedule
triggers with multiple workflows". ``pipeline.trigger_source`` is deprecated, and still what the guides' examples use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..source.nodes import Value
from ..workflow.pipeline_event import API, PULL_REQUEST, SCHEDULE, WEBHOOK, PipelineEvent
from .git_values import GitValues
from .reading import GitReading

_SOURCES = {API: "api", SCHEDULE: "scheduled_pipeline"}
_TYPES = {API: "api", SCHEDULE: "schedule", WEBHOOK: "webhook"}
_TYPES_OF_HOSTS = {"github": "github_app", "bitbucket": "bitbucket_cloud", "gitlab": ""}
_SCHEDULE_ID = "00000000-0000-0000-0000-000000000001"


class EventValues(Mapping[str, Value]):
    """The pipeline values of an event, and behind them those that git has, by name without ``pipeline.``."""

    def __init__(
        self, reading: GitReading, event: PipelineEvent, branch: str | None = None, tag: str | None = None
    ) -> None:
        self._git, self._reading, self._event = GitValues(reading, branch, tag), reading, event
        self._fixed: dict[str, Value] = {
            "event.name": event.kind,
            "event.action": event.action,
            "trigger_source": _SOURCES.get(event.kind, "webhook"),
            "schedule.name": event.schedule,
            "schedule.id": _SCHEDULE_ID if event.kind == SCHEDULE else "",
        }

    def __getitem__(self, name: str) -> Value:
        if name in self._fixed:
            return self._fixed[name]
        if name == "trigger.type":
            return self._trigger_type()
        if self._event.kind == PULL_REQUEST and name.startswith("event.github.pull_request."):
            return self._of_pull_request(name)
        return self._git[name]

    def _trigger_type(self) -> str:
        """Return the documented type; of the two that GitHub has, that of its app."""
        host = str(self._git.get("project.type", "github"))
        return _TYPES.get(self._event.kind, _TYPES_OF_HOSTS.get(host, ""))

    def _of_pull_request(self, name: str) -> Value:
        """Return a value of a pull request from the branch that is asked for to the default one."""
        part = name.removeprefix("event.github.pull_request.")
        if part == "head.ref":
            return self._git["git.branch"]
        if part == "base.ref":
            return self._reading.default_branch or "main"
        return self._git[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._fixed, "trigger.type", *self._git)))

    def __len__(self) -> int:
        return len(tuple(iter(self)))
