"""A project's config, compiled with its values: git's, and what the options choose."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence

from ..compiler.announced import Announced
from ..compiler.compile import Mode, compile_config
from ..compiler.compiled import Compiled
from ..compiler.job_call import JobCall
from ..compiler.orb_imports import OrbSource, OrbSources
from ..compiler.pipeline_values import PipelineValues
from ..errors import Problem, UsageError
from ..git.git_values import GitValues
from ..options.table import Options
from ..orbs.sources import LocalOrbs
from ..project.project import Project, decoded, read_config, read_input
from ..source.nodes import Value
from ..system.collector import paused_collector


def pipeline_values(project: Project, options: Options) -> PipelineValues:
    """Return the values that the config is compiled with: git's, the user's parameters."""
    values = GitValues(project.git, options.branch, options.tag)
    texts = arguments(options.params, "--param")
    return PipelineValues(values=values, arguments=parameter_map(options.pipeline_parameters), texts=texts)


def arguments(given: Sequence[str], option: str) -> dict[str, str]:
    """Return the values of a repeatable option by name; UsageError for one that is not NAME=VALUE."""
    texts: dict[str, str] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise UsageError(Problem(f"{option} {pair!r} is not NAME=VALUE"))
        texts[name] = value
    return texts


def parameter_map(text: str) -> dict[str, Value]:
    """``--pipeline-parameters``: a YAML map, or the name of a file that has one."""
    if not text:
        return {}
    from ..source.load import load

    is_file = os.path.exists(text)
    content = decoded(read_input(text), text) if is_file else text
    plain = load(content, text if is_file else "--pipeline-parameters").plain
    return {key: value for key, value in plain.items() if isinstance(value, str | int | float | bool | None)}


def compile_project(project: Project, options: Options, call: JobCall | None = None, refuse: bool = False) -> Compiled:
    """Compile the project's config. Raises ConfigError with all that is wrong with it."""
    return compile_text(project, options, read_config(project), project.config_name, call, refuse)


def compile_file(
    project: Project, options: Options, content: bytes, name: str, call: JobCall | None = None, refuse: bool = False
) -> Compiled:
    """Compile another config than the project's own, with the project's values and orbs."""
    return compile_text(project, options, decoded(content, name), name, call, refuse)


def compile_text(
    project: Project, options: Options, text: str, name: str, call: JobCall | None = None, refuse: bool = False
) -> Compiled:
    """Compile a config's text, or a call of one job of it, with the values that the options choose.

    Warns of what CircleCI's current compiler refuses, or with ``refuse`` takes it for errors; the classic one does
    neither. Without ``refuse``, and without the options' ``strict``, a missing orb is not an error: ``missing`` of the
    result has it.
    """
    values, orbs = pipeline_values(project, options), LocalOrbs(project.root)
    announced: Announced = "accepted" if options.compiler == "classic" else "refused" if refuse else "warned"
    partial = not refuse and not options.strict
    with paused_collector():
        return compile_config(text, name, values, orbs, call, Mode(time.monotonic, announced, partial))


def compile_watched(project: Project, text: str) -> tuple[Compiled, Mapping[str, Value] | None]:
    """Compile the project's config without options; return the pipeline values that had a part in it too.

    The values are None if more than values had a part: an orb, or all the values at once.
    """
    values = Watched(GitValues(project.git))
    orbs = WatchedOrbs(LocalOrbs(project.root))
    given = PipelineValues(values=values)
    with paused_collector():
        compiled = compile_config(text, project.config_name, given, orbs, mode=Mode(time.monotonic, partial=True))
    return compiled, None if values.all_used or orbs.used else values.used


class Watched(Mapping[str, Value]):
    """A mapping that knows what was looked up in it; ``used`` holds None for what it has not."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values
        self.used: dict[str, Value] = {}
        self.all_used = False

    def __getitem__(self, key: str) -> Value:
        self.used[key] = self._values.get(key)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        self.all_used = True
        return iter(self._values)

    def __len__(self) -> int:
        self.all_used = True
        return len(self._values)


class WatchedOrbs:
    """A source of orbs that knows whether any was looked up."""

    def __init__(self, orbs: OrbSources) -> None:
        self._orbs = orbs
        self.used = False

    def find(self, reference: str) -> OrbSource | None:
        self.used = True
        return self._orbs.find(reference)

    def versions(self, reference: str) -> tuple[str, ...]:
        return self._orbs.versions(reference)
