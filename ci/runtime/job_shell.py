"""A shell in a job that is held: the step's own, with all that the step has, for a person or a script."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Callable, Sequence

from ..dataclass import dataclass
from ..workflow.model import Run, Step
from .box import RunningShell, StepCommand, Streams
from .failures import StepError
from .script import SHELLS
from .steps import JobState, shell_words


@dataclass(frozen=True, slots=True)
class ShellRequest:
    """What a person wants: a shell with the environment of a step, by its number."""

    step: int
    terminal: str = ""
    """The terminal's type (TERM); empty if the shell reads its commands from its input instead."""


@dataclass(frozen=True, slots=True)
class OpenedShell:
    """A shell that runs, and the lines that say where."""

    running: RunningShell
    lines: tuple[str, ...]


OpenShell = Callable[[ShellRequest, Streams], OpenedShell]
"""Raises StepError or JobError if there can be none."""
INTERACTIVE = """\
if [ -n "${{BASH_VERSION:-}}" ]; then
  {{ declare -f; printf '%s\n' {settings}; }} >{file} || :
  exec "$BASH" --rcfile {file} -i
fi
exec {program} -i
"""
"""Become interactive, once the shell has started as for the step: with its login files, and what $BASH_ENV says.

Functions are no variables, so they come by a file. No file of the job's is read (~/.bashrc), for no step reads it.
"""
SETTINGS = "PS1={prompt}; unset HISTFILE; rm -f {file}"
"""The end of that file: nothing of ours is left in the job's home."""


def open_shell(job: JobState, request: ShellRequest, streams: Streams) -> OpenedShell:
    """Open a shell as a step has it. Raise StepError for a step that there is not, JobError if the job is lost."""
    steps = job.task.job.steps
    if not 1 <= request.step <= len(steps):
        count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
        raise StepError(f"{job.task.label} has {count}: there is no step {request.step}")
    step = steps[request.step - 1]
    own = _own_shell(job, step)
    unusual = bool(request.terminal) and not _programs(own)
    command = shell_command(job, step, job.box.default_shell if unusual else own, request.terminal)
    running = job.box.open_shell(command, streams, bool(request.terminal))
    where = f"{request.step} of {len(steps)} {_first_line(job.masker.text(step.name))!r}"
    lines = [f"a shell in {job.task.label} as in step {where}, in {command.directory}"]
    if unusual:
        lines.append(f"the step's own shell, {shlex.join(own)}, is not one to type in: this is {command.shell[0]}")
    if secrets := dict.fromkeys(name for name, _ in job.task.secrets):
        lines.append(f"it has the job's secrets, and what it prints is not masked: {', '.join(secrets)}")
    return OpenedShell(running, tuple(lines))


def _first_line(name: str) -> str:
    """Return the first line of a step's name, which may be all of its text."""
    first, *more = [line for line in name.splitlines() if line.strip()] or [""]
    return f"{first}..." if more else first


def shell_command(job: JobState, step: Step, shell: Sequence[str], terminal: str) -> StepCommand:
    """Return the command of a shell that has what a step has; ``terminal`` is as in ``ShellRequest``."""
    extra = step.environment if isinstance(step, Run) else ()
    kind = (("TERM", terminal),) if terminal else ()
    return StepCommand(
        script=_interactive(job, shell) if terminal else "",
        shell=tuple(shell),
        environment=(*job.environment, *extra, *kind),
        directory=job.box.path((isinstance(step, Run) and step.working_directory) or "."),
        no_output_timeout=math.inf,
    )


def _own_shell(job: JobState, step: Step) -> tuple[str, ...]:
    written = step.shell if isinstance(step, Run) else ""
    return shell_words(written or job.task.job.shell) or job.box.default_shell


def _programs(shell: Sequence[str]) -> list[str]:
    """Return the words that name a shell to type in, such as the second one of ``env bash -e``."""
    return [each for each in shell if os.path.basename(each) in SHELLS]


def _interactive(job: JobState, shell: Sequence[str]) -> str:
    file = shlex.quote(f"{job.box.task_data}/interactive") + ".$$"
    shown = re.sub(r"[^\w./@+ -]", "?", job.task.label)  # a prompt is expanded
    settings = SETTINGS.format(prompt=shlex.quote(f"({shown}) \\w\\$ "), file=file)
    return INTERACTIVE.format(settings=shlex.quote(settings), file=file, program=shlex.quote(_programs(shell)[0]))
