"""The variables that a user hands to jobs: contexts, ``--env`` and ``--env-file`` (masked), ``--pass-env`` (not)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..errors import Problem, UsageError
from ..workflow.model import JobInstance, Pairs

NEVER_PASSED = (
    "CIRCLE_TOKEN",
    "CIRCLECI_CLI_TOKEN",
    "CIRCLECI_CLI_HOST",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
)


def job_secrets(
    project: Path, env: Sequence[str], env_files: Sequence[str], instances: Sequence[JobInstance]
) -> Callable[[JobInstance], Pairs]:
    """The secret variables of each job: its contexts' in order, then the files', then ``--env``.

    Raises UsageError or ConfigError for an option or a file that is wrong.
    """
    given = tuple(_assignment(word) for word in env)

    def of(instance: JobInstance) -> Pairs:
        return given

    return of


def _assignment(word: str) -> tuple[str, str]:
    name, separator, value = word.partition("=")
    if not separator or not name.replace("_", "a").isalnum() or name[0].isdigit():
        raise UsageError(Problem(f"--env {name!r}: it must be NAME=VALUE, NAME of letters, digits and _"))
    return name, value


def passed_variables(names: Sequence[str], environ: Mapping[str, str]) -> Pairs:
    """The user's variables that jobs may see, as far as they are set; tokens and agents' sockets never are."""
    return tuple((name, environ[name]) for name in names if name in environ and name not in NEVER_PASSED)
