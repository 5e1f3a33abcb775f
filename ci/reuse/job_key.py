"""What a job can see, as a key: named parts, each a table of names with digests of their values.

Two runs of a job with the same key have seen the same; where they differ, the names say in what. No value is in a key,
only what the caller's ``hide`` makes of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..dataclass import dataclass, field
from ..errors import cut
from ..record.json_writer import as_plain
from ..workflow.job_instances import JobInstance
from ..workflow.model import Checkout, Image, Job, Pairs, RestoreCache, SaveCache, SetupRemoteDocker, Step

Facts = Mapping[str, str]
"""Names with values, or with digests of them."""
Key = Mapping[str, Facts]
"""The parts of a key, in the order of PARTS; a part without anything in it is not there."""

PARTS = (
    "package", "platform", "options", "steps", "executor", "environment", "images and machine", "CircleCI's variables",
    "pipeline parameters", "variables given", "variables passed", "repository", "files", "workspace", "caches",
)  # fmt: skip
RUN_IDS = (
    "CIRCLE_BUILD_NUM", "CIRCLE_BUILD_URL", "CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID", "CIRCLE_WORKFLOW_JOB_ID",
    "CIRCLE_WORKFLOW_WORKSPACE_ID",
)  # fmt: skip
"""Variables that differ in each run: they count only for a job whose text names them."""
TIME = "epoch"
_IN_CACHE_KEYS = {".BuildNum": "CIRCLE_BUILD_NUM", TIME: TIME}
"""What names such a value in the key of a cache."""
_SHOWN, _WIDTH = 3, 80
"""Of the names in which two keys differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one job can see when it starts; what it sees only on its way, such as caches, is added to its key later."""

    job: Job
    variables: Pairs
    """Those that CircleCI defines, the ids of the run among them."""
    place: Facts = field(default_factory=dict)
    """The engine, the images by digest, what it sees of this machine."""
    repository: Facts | None = None
    """Of a job with a ``checkout`` step: where the repository stands, its references and settings."""
    files: Facts | None = None
    """Of such a job: its files, as far as the revision does not say what is in them."""
    parameters: Facts = field(default_factory=dict)
    given: Pairs = ()
    """Variables of contexts, ``--env`` and ``--env-file``."""
    passed: Pairs = ()
    """The user's variables that jobs get by name."""
    options: Facts = field(default_factory=dict)
    platform: Facts = field(default_factory=dict)
    package: str = ""
    """The version of this program."""
    moment: str = ""
    """The time, which counts only for a job whose text asks for it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A part in which two keys differ, and the names that do."""

    part: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        shown, more = [cut(each, _WIDTH) for each in self.names[:_SHOWN]], len(self.names) - _SHOWN
        return f"{self.part}: {', '.join(shown)}{f' and {more} more' if more > 0 else ''}"


def reads_files(job: Job) -> bool:
    """Return whether a job gets the files of the user's work tree: a job without a ``checkout`` step does not."""
    return any(isinstance(step, Checkout) for step in job.steps)


def job_key(sight: Sight, hide: Callable[[str], str]) -> Key:
    """Return the key of what a job can see; ``hide`` makes a digest of a value."""
    job = sight.job
    parts: dict[str, Facts] = {
        "package": {"version": sight.package},
        "platform": sight.platform,
        "options": sight.options,
        "steps": {f"{number} {step.name!r}": _text(step) for number, step in enumerate(job.steps, 1)},
        "executor": _executor(job),
        "environment": dict(job.environment),
        "images and machine": sight.place,
        "CircleCI's variables": dict(_defined(sight)),
        "pipeline parameters": sight.parameters,
        "variables given": dict(sight.given),
        "variables passed": dict(sight.passed),
        "repository": sight.repository or {},
        "files": sight.files or {},
    }
    return {part: {name: hide(value) for name, value in facts.items()} for part, facts in parts.items() if facts}


def with_parts(key: Key, **parts: Facts) -> Key:
    """Return a key with more parts, whose values are digests already."""
    return {**key, **{name: facts for name, facts in parts.items() if facts}}


def differences(old: Key, new: Key) -> tuple[Difference, ...]:
    """Return in which parts two keys differ, in the order of PARTS."""
    order = (*PARTS, *sorted({*old, *new}.difference(PARTS)))
    found = ((part, old.get(part, {}), new.get(part, {})) for part in order)
    return tuple(Difference(part, _changed(before, after)) for part, before, after in found if before != after)


def _changed(old: Facts, new: Facts) -> tuple[str, ...]:
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def never_reused(instance: JobInstance, listed: Iterable[str], allowed: Iterable[str]) -> str:
    """Return why a job always runs, whatever it can see; empty if it need not.

    ``listed`` are the jobs that the settings exclude, ``allowed`` those that may be reused all the same.
    """
    names = set(instance.names)
    if not names.isdisjoint(allowed):
        return ""
    if not names.isdisjoint(listed):
        return "the settings list it in no-reuse"
    if instance.contexts:
        return f"it has the context {', '.join(instance.contexts)}"
    if instance.job and any(isinstance(step, SetupRemoteDocker) for step in instance.job.steps):
        return "it uses setup_remote_docker"
    return ""


def named_ids(job: Job) -> frozenset[str]:
    """Return the ids and times of a run that a job's text names: of those variables, or ``epoch``."""
    texts = list(_texts(as_plain(_without_positions(job))))
    keys = [key for step in job.steps for key in _cache_keys(step)]
    found = {name for name in RUN_IDS if any(name in text for text in texts)}
    return frozenset(found | {name for word, name in _IN_CACHE_KEYS.items() if any(word in key for key in keys)})


def _cache_keys(step: Step) -> tuple[str, ...]:
    if isinstance(step, SaveCache):
        return (step.key,)
    return step.keys if isinstance(step, RestoreCache) else ()


def _defined(sight: Sight) -> Iterator[tuple[str, str]]:
    named = named_ids(sight.job)
    yield from ((name, value) for name, value in sight.variables if name not in RUN_IDS or name in named)
    if TIME in named:
        yield TIME, sight.moment


def _executor(job: Job) -> Facts:
    plain = _without_positions(job)
    found = {name: _text(value) for name, value in plain.items() if name not in ("steps", "environment", "images")}
    return found | {f"image {number}": _text(image) for number, image in enumerate(job.images, 1)}


def _text(value: object) -> str:
    """Return a value as a text that is the same for the same value, wherever it stands in the config."""
    return json.dumps(_without_positions(value), sort_keys=True)


def _without_positions(value: object) -> dict[str, object]:
    plain = _stripped(as_plain(value))
    kind = {"type": type(value).__name__} if isinstance(value, Step | Image) else {}
    return {**plain, **kind} if isinstance(plain, dict) else {"": plain}


def _stripped(value: object) -> object:
    if isinstance(value, dict):
        return {name: _stripped(each) for name, each in value.items() if name != "position"}
    return [_stripped(each) for each in value] if isinstance(value, list) else value


def _texts(value: object) -> Iterator[str]:
    """Yield all texts in plain data, names of variables too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
