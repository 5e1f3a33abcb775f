"""Which jobs of a workflow are defined otherwise in another compiled config."""

from __future__ import annotations

from typing import Any


def changed_jobs(before: str, after: str, workflow: str) -> frozenset[str] | None:
    """Return the jobs of a workflow, by final name, whose steps, executor or call differ between two compiled configs.

    None if a config cannot be read or has no such workflow. Jobs that only one of the two has are not among them.
    """
    if before == after:
        return frozenset()
    old, new = _jobs(before, workflow), _jobs(after, workflow)
    if old is None or new is None:
        return None
    return frozenset(name for name in old.keys() & new.keys() if old[name] != new[name])


def _jobs(text: str, workflow: str) -> dict[str, object] | None:
    """Return what defines each job of a workflow: how it is called and what it does."""
    import yaml

    try:
        config = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        calls, jobs = config["workflows"][workflow]["jobs"], config.get("jobs") or {}
        entries = [_entry(call) for call in calls]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError):
        return None
    return {name: (call, jobs.get(name)) for name, call in entries}


def _entry(call: Any) -> tuple[str, object]:
    if isinstance(call, str):
        return call, None
    ((name, arguments),) = call.items()
    return name, arguments
