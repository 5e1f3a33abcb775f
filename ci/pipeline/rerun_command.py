"""The command that runs failed jobs again, as the reader of the run typed it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from ..options.table import Options, table
from ..record.run_record import RunRecord, WorkflowRecord
from ..system.command_names import nox_command, session_name, typed_command, typed_noxfile, with_project
from .recorded_options import typed_arguments

DROPPED = (
    *("jobs", "executors", "yes", "parallel", "fail_fast", "watch", "json", "quiet", "verbose", "output"),
    "detach",
)
"""Fields of options that choose other jobs, whether and how often they run, or how a run is shown."""
CONTINUATION = "continuation.yml"
"""What positions call the config that a setup job continues with: nobody can call its workflows by name."""
NAMED = 3
"""Jobs that one command names; of more that fail alike the first one shows the failure."""


def rerun_command(
    workflow: str, jobs: Sequence[str], options: Options, callable_by_name: bool = True, typed: Sequence[str] = ()
) -> str:
    """Return the command for jobs of a workflow; the run's own one if they cannot be chosen by name.

    ``typed`` are the words by which the run has begun, if that was not now.
    """
    argv = list(typed) or typed_arguments(options)
    words = _named(argv, workflow) if options.unnamed else argv
    return _again(words, bool(options.noxfile), workflow, jobs, callable_by_name)


def recorded_rerun(record: RunRecord, workflow: WorkflowRecord, jobs: Sequence[str]) -> str:
    """Return the command for jobs of a run that has ended."""
    by_name = workflow.position.file != CONTINUATION
    words = _named(record.command, workflow.name) if record.unnamed else list(record.command)
    return _again(words, bool(record.options.get("noxfile")), workflow.name, jobs, by_name)


def _named(argv: Sequence[str], workflow: str) -> list[str]:
    """Return the words of a run without a workflow with that one in it."""
    return ["run", workflow, *argv[1:]] if argv[:1] == ["run"] else list(argv)


def _again(argv: list[str], by_nox: bool, workflow: str, jobs: Sequence[str], callable_by_name: bool) -> str:
    chosen = [word for job in jobs[: NAMED if len(jobs) <= NAMED else 1] for word in ("-j", job)]
    if by_nox:
        own, posargs = _split(argv)
        # the words of `rerun` and of `shell` are not all that counts: the run before has options too
        if not callable_by_name or "--prepare" in posargs or session_name(["rerun"], "rerun") in own:
            return with_project(shlex.join([nox_command(), *argv]))
        session = session_name(["run", workflow], workflow)
        words = [*typed_noxfile(own), "-s", session, "--", *chosen, *kept(posargs)]
        return with_project(shlex.join([nox_command(), *words]))
    if callable_by_name and argv[:2] == ["run", workflow]:
        return typed_command(shlex.join(["run", workflow, *chosen, *kept(argv[2:])]))
    return typed_command(shlex.join(argv))


def kept(argv: Sequence[str]) -> Iterator[str]:
    """Yield the arguments of a run that still count if other jobs are chosen."""
    flags = {flag: each for each in table("run") for flag in each.flags if each.field in DROPPED}
    words = iter(argv)
    for word in words:
        name, has_value, _ = word.partition("=")
        option = flags.get(name) or (flags.get(word[:2]) if not word.startswith("--") else None)
        if option is None:
            yield word
        elif not has_value and name in flags and not option.is_switch:
            value = next(words, "")
            if option.bare is not None and value and not value.isdecimal():  # --parallel without its number
                yield from kept([value, *words])


def _split(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    at = list(argv).index("--") if "--" in argv else len(argv)
    return argv[:at], argv[at + 1 :]
