"""The table of options: one declaration for each, at the field that holds its value.

To add an option, add a field. Its parser, variable, setting, ``--help`` and line in docs/reference.md follow.
"""

from __future__ import annotations

import os
import re
from functools import cache

from ..dataclass import dataclass
from ..workflow.step_reference import StepRange, StepReference, step_range, step_reference
from . import values
from .declaration import Consent, Option, declarations, option
from .engine_options import EngineOptions
from .groups import (
    COMPILERS,
    COMPILING,
    ENGINES,
    ENVIRONMENT,
    GROUPS,
    JOBS,
    OUTPUT,
    PIPELINE,
    REUSE,
    RUN,
    RUNNING,
    STEPS,
    WIDE,
)
from .permissions import Pass, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(EngineOptions):
    """Everything that the user chose for one run."""

    jobs: tuple[str, ...] = option(
        "-j", "--job", layered=True, group=JOBS, commands=RUN, metavar="NAME", default=(),
        adds=False, separators=r"[,\s]+", help="only this job, with its parents (repeatable)",
    )  # fmt: skip
    executors: tuple[str, ...] = option(
        "-e", "--executor", layered=True, group=JOBS, commands=RUN, metavar="NAME", default=(),
        adds=False, separators=r"[,\s]+", help="only on this executor, or with this value of a matrix (repeatable)",
    )  # fmt: skip
    job_params: tuple[str, ...] = option(
        "--job-param", group=JOBS, commands=RUN, metavar="NAME=VALUE", default=(),
        help="with -j and no workflow: a parameter of the job, which then runs alone (repeatable)",
    )  # fmt: skip
    parents: bool = option(
        "--no-parents", layered=True, group=JOBS, commands=RUN, default=True,
        help="do not run the jobs that the selected ones require",
    )  # fmt: skip

    params: tuple[str, ...] = option(
        "--param", layered=True, group=PIPELINE, commands=COMPILING, metavar="NAME=VALUE", default=(),
        separators=r"\n", help="a pipeline parameter (repeatable)",
    )  # fmt: skip
    pipeline_parameters: str = option(
        "--pipeline-parameters", layered=True, group=PIPELINE, commands=COMPILING, metavar="MAP|FILE", default="",
        consent=Consent("the config gets these parameters, or those of this file of yours"),
        help="pipeline parameters as YAML, or a file of them",
    )  # fmt: skip
    config: str = option(
        "--config", group=PIPELINE, commands=COMPILING, metavar="FILE", default="",
        help="another config than .circleci/config.yml",
    )  # fmt: skip
    branch: str | None = option(
        "--branch", layered=True, group=PIPELINE, commands=COMPILING, metavar="NAME",
        help="compile and run as for this branch (default: the current one)",
    )  # fmt: skip
    tag: str | None = option(
        "--tag", layered=True, group=PIPELINE, commands=COMPILING, metavar="NAME",
        help="compile and run as for this tag, and no branch",
    )  # fmt: skip
    trigger: str = option(
        "--trigger", layered=True, group=PIPELINE, commands=COMPILING, metavar="KIND", convert=values.trigger,
        default="",
        help="what triggers the pipeline: push (the default), api, schedule, custom_webhook, pull_request or "
        "pull_request:ACTION, such as pull_request:labeled",
    )  # fmt: skip
    schedule: str = option(
        "--schedule", layered=True, group=PIPELINE, commands=COMPILING, metavar="NAME", default="",
        help="as for the schedule of that name, or the `triggers` of the workflow of that name",
    )  # fmt: skip
    compiler: str = option(
        "--compiler", layered=True, group=PIPELINE, commands=(*COMPILING, "serve"), choices=COMPILERS,
        default="current",
        help="the compiler's rules: since 21 September 2026 (current, the default) or before (classic)",
    )  # fmt: skip
    strict: bool = option(
        "--strict", layered=True, group=PIPELINE, commands=("run", "validate"), default=False,
        help="treat the config's warnings as errors",
    )  # fmt: skip
    approve: tuple[str, ...] = option(
        "--approve", layered=True, group=PIPELINE, commands=RUN, metavar="NAME|all", default=(),
        separators=r"[,\s]+",
        consent=Consent("this approval job is approved without asking you"),
        help="approve this approval job (repeatable)",
    )  # fmt: skip
    yes: bool = option(
        "--yes", layered=True, group=PIPELINE, commands=RUN, default=False,
        consent=Consent("jobs that get contexts with values of yours run without asking you", harmless=False),
        help="where no workflow is named, run the jobs too that get contexts with values of yours",
    )  # fmt: skip

    engine: str = option(
        "--engine", layered=True, group=RUNNING, commands=("run", "doctor"), choices=ENGINES, convert=values.engine,
        default="auto",
        help="what runs the jobs (default: auto)",
        consent=Consent(
            "jobs no longer run on the engine that you have set",
            (
                ("host", "jobs run on this machine, not in containers"),
                ("circleci", "jobs run in CircleCI's CLI, with its settings and its server"),
                ("kubernetes", "jobs run on the cluster that your kubeconfig names, with your rights there"),
            ),
            harmless="docker",
        ),
    )  # fmt: skip
    parallel: int = option(
        "--parallel", layered=True, group=RUNNING, commands=RUN, metavar="N", convert=values.count, bare=WIDE,
        default=1, help="up to N jobs at once; without N, as wide as the graph (default: one after another)",
    )  # fmt: skip
    """How many jobs run at once; 0 means no limit."""
    fail_fast: bool = option(
        "--fail-fast", layered=True, group=RUNNING, commands=RUN, default=False,
        help="end the run at the first failed job",
    )  # fmt: skip
    watch: bool = option(
        "--watch", group=RUNNING, commands=RUN, default=False,
        help="run again what a saved file concerns, until Ctrl-C",
    )  # fmt: skip
    dry_run: bool = option(
        "--dry-run",
        layered=True,
        group=RUNNING,
        commands=RUN,
        default=False,
        help="show what would run, and run nothing",
    )

    pause: bool = option(
        "--pause", layered=True, group=STEPS, commands=RUN, default=False,
        help="when a step fails, keep the job as it is and ask, or without a terminal wait for `resume`",
    )  # fmt: skip
    pause_before: tuple[StepReference, ...] = option(
        "--pause-before", group=STEPS, commands=RUN, metavar="STEP", convert=step_reference, default=(),
        help="stop before this step: its number, name, or JOB:STEP (repeatable)",
    )  # fmt: skip
    pause_after: tuple[StepReference, ...] = option(
        "--pause-after", group=STEPS, commands=RUN, metavar="STEP", convert=step_reference, default=(),
        help="stop after this step (repeatable)",
    )  # fmt: skip
    pause_limit: float = option(
        "--pause-limit", layered=True, group=STEPS, commands=RUN, metavar="TIME", convert=values.duration,
        default=8 * 3600.0, help="give a job up that is paused for so long: 30m, 2h (default: 8h)",
    )  # fmt: skip
    from_step: StepReference | None = option(
        "--from", group=STEPS, commands=RUN, metavar="STEP", convert=step_reference,
        help="leave out the steps before this one in the jobs that are asked for",
    )  # fmt: skip
    only_steps: StepRange | None = option(
        "--only-steps", group=STEPS, commands=RUN, metavar="A-B", convert=step_range,
        help="run these steps alone in the jobs that are asked for",
    )  # fmt: skip

    reuse: str = option(
        "--reuse", layered=True, group=REUSE, commands=RUN, metavar="HOW", choices=("on", "off", "explain"),
        bare="on", default="off",
        help="take a job from its last passed run where all that it sees is unchanged; explain: say what has changed",
    )  # fmt: skip
    reuse_allow: tuple[str, ...] = option(
        "--reuse-allow", layered=True, group=REUSE, commands=RUN, metavar="JOB", default=(),
        separators=r"[,\s]+",
        help="a job that may be reused though it has a context, setup_remote_docker or no-reuse (repeatable)",
        consent=Consent("this job is reused though it has a context, uses setup_remote_docker or is in no-reuse"),
    )  # fmt: skip
    reuse_parents: bool = option(
        "--reuse-parents", layered=True, group=REUSE, commands=RUN, default=False,
        help="with -j: take the jobs that it requires from the last run in which they have passed",
    )  # fmt: skip

    env: tuple[str, ...] = option(
        "--env", layered=True, group=ENVIRONMENT, commands=RUN, metavar="NAME[=VALUE]", default=(),
        separators=r"\n",
        consent=Consent("every job gets this variable; without a value it is that of yours"),
        help="a variable for every job; its value is masked. Without VALUE it is that of your variable, or what your "
        "`env-commands` print, or you are asked (repeatable)",
    )  # fmt: skip
    env_files: tuple[str, ...] = option(
        "--env-file", layered=True, group=ENVIRONMENT, commands=RUN, metavar="FILE", default=(),
        separators=re.escape(os.pathsep),
        consent=Consent("every job gets the variables of this file"),
        help="a file of such variables; - is standard input (repeatable)",
    )  # fmt: skip
    passes: tuple[Pass, ...] = option(
        "--pass-env", layered=True, group=ENVIRONMENT, commands=RUN, metavar="NAME", separators=r"[,\s]+", default=(),
        help="pass a variable of yours to every job (repeatable)",
        consent=Consent("every job gets the value of this variable of yours"),
    )  # fmt: skip

    json: bool = option(
        "--json", layered=True, group=OUTPUT, commands=RUN, default=False,
        help="print only events to standard output, as JSON, one per line",
    )  # fmt: skip
    verbose: bool = option(
        "-v", "--verbose", layered=True, group=OUTPUT, commands=RUN, default=False,
        help="show more: the output of jobs that overlap, and the jobs behind each difference from CircleCI",
    )  # fmt: skip
    quiet: bool = option(
        "-q",
        "--quiet",
        layered=True,
        group=OUTPUT,
        commands=RUN,
        default=False,
        help="show less: only failed steps and the summary",
    )
    output: str = option(
        "--output", layered=True, group=OUTPUT, commands=RUN, choices=("auto", "plain", "live", "github", "gitlab"),
        default="auto",
        help="how the run is shown: plain lines, live (what runs is drawn below them), or lines that fold in GitHub "
        "Actions or GitLab CI/CD (default: auto, by the environment and the terminal)",
    )  # fmt: skip
    report: str = option(
        "--report", layered=True, group=OUTPUT, commands=RUN, metavar="WHEN", choices=("auto", "always", "never"),
        bare="always", default="auto",
        help="draw the run's page, report.html: auto (the default) if it failed or took more than 10 s, always, never",
    )  # fmt: skip
    log_limit: int = option(
        "--log-limit", layered=True, group=OUTPUT, commands=RUN, metavar="SIZE", convert=values.size,
        default=50_000_000,
        help="how much of each job's output to keep on disk, and always the end of each step: 500kB, 2GB, none "
        "(default: 50MB)",
    )  # fmt: skip
    """Bytes; 0 means no limit."""

    noxfile: str = option("--noxfile", commands=("run", "images", "clean", "doctor"), default="")
    """The folder of the noxfile that started the run, if one did: sessions/register.py passes it."""
    unnamed: bool = False
    """Whether the run is of all that an event starts, or of the project's choice: the user has named nothing."""
    jobs_of_project: bool = False
    """Whether the project's file alone names the jobs."""
    user_contexts: tuple[str, ...] = ()
    """Contexts that jobs get from files outside of the project."""
    env_commands: tuple[tuple[str, str], ...] = ()
    """Commands that print a variable's value, by its name: the user's own, and those of the project after consent."""
    auth_variables: tuple[str, ...] = ()
    """The user's variables that the ``auth`` of images may name."""
    permissions: tuple[Permission, ...] = ()
    """What the project asks for and has not got yet: see trust/consent.py."""


@cache
def table(command: str = "") -> tuple[Option, ...]:
    """Return all options, or those of one command, in the order of their groups."""
    found = [each for each in declarations(Options) if not command or command in each.commands]
    return tuple(sorted(found, key=lambda each: (*GROUPS, "").index(each.group)))


def by_key(key: str) -> Option:
    """Return the option that a setting sets; KeyError if there is none."""
    return {each.key: each for each in table() if each.key}[key]
