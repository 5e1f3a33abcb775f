"""The names that a project has for the shell's completion: of its config, and of its kept runs."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import CiError
from ..pipeline.kept_config import ConfigChoice
from ..pipeline.load_project import load_chosen
from ..pipeline.session_list import Session, broken_sessions, utility_sessions
from ..project.project import Project, find_project, read_config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pipeline.loaded_config import LoadedConfig
    from ..record.run_record import RunRecord
    from ..workflow.job_instances import JobInstance

Found = Mapping[str, str] | Iterable[str]
"""Names, with a description of each if there is one."""
RUNS = 20


def variables(prefix: str, **context: Any) -> Iterable[str]:
    """Return the names of the user's variables."""
    return os.environ.keys()


def _quiet(method: Callable[[Names], Found]) -> Callable[..., Found]:
    """Return a completer that offers nothing if anything is wrong: the command itself reports that."""

    @functools.wraps(method)
    def completer(names: Names, prefix: str = "", **context: Any) -> Found:
        try:
            return method(names)
        except (CiError, OSError, ValueError, RecursionError):
            return ()

    return completer


def _executors_of(instance: JobInstance) -> str:
    return f"on {instance.executors[0]}" if instance.executors else ""


class Names:
    """The names that fit behind the words of a command line, the program's first."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    @_quiet
    def workflows(self) -> Found:
        """Return the workflows."""
        return {each.arguments[1]: each.description for each in self._sessions if each.arguments[2:] == ()}

    @_quiet
    def sessions(self) -> Found:
        """Return the sessions of nox."""
        return {each.name: each.description for each in self._all_sessions()}

    def arguments(self) -> Mapping[str, tuple[str, ...]]:
        """Return what each session of nox stands for."""
        return {each.name: each.arguments for each in self._all_sessions()}

    @_quiet
    def jobs(self) -> Found:
        """Return the jobs, as ``-j`` takes them."""
        instances = list(self._instances())
        if not instances:
            return [each.arguments[3] for each in self._of_workflow() if each.arguments[3:]]
        executed = [each for each in instances if each.kind not in ("approval", "no-op")]
        return {name: _executors_of(each) for each in executed for name in (each.session, each.name)}

    @_quiet
    def executors(self) -> Found:
        """Return the executors and matrix values of the jobs."""
        return [name for each in self._instances() for name in each.variants]

    @_quiet
    def approvals(self) -> Found:
        """Return the jobs that wait for an approval."""
        return [*(each.name for each in self._instances() if each.kind == "approval"), "all"]

    @_quiet
    def parameters(self) -> Found:
        """Return the pipeline's parameters, to be followed by their values."""
        from ..source.load import load
        from ..source.nodes import MapNode

        declared = load(read_config(self._project), str(self._project.config)).get("parameters")
        return [f"{name}=" for name in declared.entries] if isinstance(declared, MapNode) else ()

    @_quiet
    def runs(self) -> Found:
        """Return the newest runs, by their short names and their ids."""
        from ..run.folder import runs
        from ..run.kept_runs import run_names

        ids = [path.name for path in runs(self._project.state)][:RUNS]
        return {**dict(zip(run_names(len(ids)), ids, strict=True)), **dict.fromkeys(ids, "")}

    @_quiet
    def jobs_of_run(self) -> Found:
        """Return the jobs of the run that is named, else of the last one."""
        record = self._record()
        return [job.name for workflow in record.workflows for job in workflow.jobs if job.nodes] if record else ()

    def _record(self) -> RunRecord | None:
        from ..run.folder import LAST
        from ..run.kept_runs import find_run, names_run

        state, word = self._project.state, next((each for each in self._words[2:] if not each.startswith("--")), LAST)
        return find_run(state, word if names_run(state, word) else LAST).record

    @functools.cached_property
    def _project(self) -> Project:
        named = [after for word, after in zip(self._words, self._words[1:], strict=False) if word == "--config"]
        return find_project(Path.cwd(), config=named[-1] if named else "")

    @functools.cached_property
    def _config(self) -> LoadedConfig | None:
        """The project's config: the one that is kept, or compiled; None if it does not compile."""
        try:
            return load_chosen(self._project, ConfigChoice())
        except CiError:
            return None

    @functools.cached_property
    def _sessions(self) -> Sequence[Session]:
        if self._config:
            return self._config.sessions
        from ..compiler.uncompiled import outline

        return broken_sessions(outline(read_config(self._project), str(self._project.config)))

    def _all_sessions(self) -> Sequence[Session]:
        try:
            of_config = self._sessions
        except CiError:
            of_config = ()
        return (*of_config, *utility_sessions(each.name for each in of_config))

    @property
    def _workflow(self) -> str:
        """The workflow that the words name; empty if they name none."""
        named = self._words[2] if len(self._words) > 2 and self._words[1] == "run" else ""
        return "" if named.startswith("-") else named

    def _of_workflow(self) -> Iterator[Session]:
        return (each for each in self._sessions if self._workflow in ("", each.arguments[1]))

    def _instances(self) -> Iterator[JobInstance]:
        workflows = self._config.workflows() if self._config else ()
        return (one for each in workflows if self._workflow in ("", each.name) for one in each.instances)
