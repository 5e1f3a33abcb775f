"""The variables that a user gives to jobs: contexts, ``--env`` and ``--env-file``, and those that pass by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..options.passable import may_pass
from ..options.permissions import Pass
from ..options.table import Options
from ..project.contexts import context_file, is_users, read_context, read_variables
from ..runtime.masking.secret_names import looks_secret
from ..workflow.job_instances import JobInstance
from ..workflow.model import Pairs
from .secret_sources import STANDARD_INPUT, SecretSources, standard_input

NO_SOURCES = SecretSources()


@dataclass(frozen=True, slots=True)
class JobSecrets:
    """The secret variables of every job, read before the first one runs."""

    given: Pairs
    """Of all jobs: the files' of ``--env-file``, then ``--env``."""
    contexts: Mapping[str, Pairs | None]
    """By name; None for a context that has no file here."""

    def of(self, instance: JobInstance) -> Pairs:
        """Return a job's secrets in rising strength: its contexts' in order, then what was given."""
        return (*(pair for name in instance.contexts for pair in self.contexts.get(name) or ()), *self.given)

    def all(self) -> Pairs:
        """Return those of every job, in rising strength."""
        return (*(pair for pairs in self.contexts.values() for pair in pairs or ()), *self.given)

    def absent(self, instance: JobInstance) -> tuple[str, ...]:
        """Return the job's contexts that have no file here: they are empty."""
        return tuple(name for name in instance.contexts if self.contexts.get(name) is None)


def job_secrets(
    project: Path,
    home: Path,
    options: Options,
    instances: Sequence[JobInstance],
    sources: SecretSources = NO_SOURCES,
) -> JobSecrets:
    """Read what the options and the jobs' contexts name; UsageError for an option or a file that is wrong."""
    given = (
        *(pair for file in options.env_files for pair in _variables(file, options)),
        *(pair for word in options.env for pair in _assigned(word, options, sources)),
    )
    names = dict.fromkeys(name for instance in instances for name in instance.contexts)
    return JobSecrets(given, {name: _context(name, project, home, options.user_contexts) for name in names})


def _context(name: str, project: Path, home: Path, allowed: Sequence[str]) -> Pairs | None:
    file = context_file(name, project, home)
    if file is not None and name not in allowed and is_users(file, project):
        return None
    return read_context(name, project, home)


def _variables(file: str, options: Options) -> Pairs:
    if file != STANDARD_INPUT:
        return read_variables(Path(file))
    return () if options.dry_run else standard_input()


def _assigned(word: str, options: Options, sources: SecretSources) -> Pairs:
    """Return the variable that ``--env`` gives; none if a dry run would have to look its value up."""
    name, separator, value = word.partition("=")
    if not name.replace("_", "a").isalnum() or name[0].isdigit():
        raise UsageError(Problem(f"--env {name!r}: it must be NAME=VALUE or NAME, of letters, digits and _"))
    if separator:
        return ((name, value),)
    return () if options.dry_run else ((name, sources.value(name)),)


@dataclass(frozen=True, slots=True)
class Passed:
    """The user's variables that jobs get by name, and the lines that say so before each job's first step."""

    variables: Pairs = ()
    lines: tuple[str, ...] = ()

    @property
    def masked(self) -> tuple[str, ...]:
        """Return the values of those whose names look like a secret's."""
        return tuple(value for name, value in self.variables if looks_secret(name))


def passed_variables(passes: Sequence[Pass], environ: Mapping[str, str]) -> Passed:
    """Return the user's variables that jobs get, if they are set; tokens and agents' sockets never pass.

    One that was asked for by this call or by an earlier run, and is not set, is named: a job may do else without it.
    """
    found = [each for each in passes if each.name in environ]
    allowed = [each for each in found if may_pass(each.name)]
    refused = [each for each in found if not may_pass(each.name)]
    unset = [each for each in passes if each.name not in environ and each.source.startswith(("--", "run "))]
    lines = []
    if allowed:
        lines.append(f"passed from your environment: {', '.join(map(_described, allowed))}")
    if refused:
        lines.append(f"never passed: {', '.join(each.name for each in refused)}")
    if unset:
        names = ", ".join(f"{each.name} ({each.source})" for each in unset)
        lines.append(f"not passed, as your environment does not have it: {names}")
    return Passed(tuple((each.name, environ[each.name]) for each in allowed), tuple(lines))


def _described(each: Pass) -> str:
    return f"{each.name} ({each.source}{', masked' if looks_secret(each.name) else ''})"
