"""A project's config, compiled with its values: git's, and what the options choose."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from ..compiler.announced import Announced
from ..compiler.compile import Mode, compile_config
from ..compiler.compiled import Compiled
from ..compiler.job_call import JobCall
from ..compiler.orb_imports import OrbSource, OrbSources
from ..compiler.pipeline_values import PipelineValues
from ..git.event_values import EventValues
from ..options.table import Options
from ..orbs.sources import LocalOrbs
from ..project.project import Project, decoded, read_config
from ..source.nodes import Value
from ..system.collector import paused_collector
from ..system.command_names import typed_command
from .chosen_event import chosen_event
from .kept_config import Asked, ConfigChoice, orb_answer
from .named_values import arguments, parameter_map


def pipeline_values(project: Project, options: Options) -> PipelineValues:
    """Return the values that the config is compiled with: the event's, git's, the user's parameters."""
    values = EventValues(project.git, chosen_event(options), options.branch, options.tag)
    texts = arguments(options.params, "--param")
    return PipelineValues(values=values, arguments=parameter_map(options.pipeline_parameters), texts=texts)


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
        return compile_config(text, name, values, orbs, call, Mode(time.monotonic, announced, partial, typed_command))


def compile_asked(project: Project, choice: ConfigChoice, text: str) -> tuple[Compiled, Asked | None]:
    """Compile the project's config without parameters; return what the compiler asked, too.

    That is None if it asked for all the pipeline values at once.
    """
    values = AskedValues(EventValues(project.git, choice.event, choice.branch, choice.tag))
    orbs = AskedOrbs(LocalOrbs(project.root))
    announced: Announced = "accepted" if choice.classic else "warned"
    mode = Mode(time.monotonic, announced, not choice.strict, typed_command)
    with paused_collector():
        compiled = compile_config(text, project.config_name, PipelineValues(values=values), orbs, mode=mode)
    return compiled, None if values.all_used else Asked(values.used, tuple(orbs.used))


class AskedValues(Mapping[str, Value]):
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


class AskedOrbs:
    """A source of orbs that knows what was looked up in it."""

    def __init__(self, orbs: OrbSources) -> None:
        self._orbs = orbs
        self.used: list[tuple[str, str, object]] = []

    def find(self, reference: str) -> OrbSource | None:
        found = self._orbs.find(reference)
        self.used.append(("find", reference, orb_answer(found)))
        return found

    def versions(self, reference: str) -> tuple[str, ...]:
        found = self._orbs.versions(reference)
        self.used.append(("versions", reference, orb_answer(found)))
        return found
