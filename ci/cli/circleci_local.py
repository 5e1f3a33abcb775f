"""``circleci-local``: ``circleci local execute`` as it was, offline, and what it never had.

A 1.x CLI runs it as ``circleci local``; it also stands alone. The flags are those of the 0.1.x CLI.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..engines.circleci.probe import PROBING
from ..errors import BAD_INPUT, PASSED, CiError, Problem, UsageError
from ..escapes import visible_name
from ..options.parser import Parser, parse_run
from ..options.table import ENGINES, Options
from ..project.project import Project, find_project, read_input
from ..source.limits import LIMITS
from ..system.command_names import nox_command
from ..workflow.plan import Plan
from .main import here, main

if TYPE_CHECKING:
    from ..pipeline.single_job import Compile

COMMANDS = {
    "execute": "Run one job: execute [JOB] (default: build).",
    "run": "Run a workflow, or a job of it with its parents: run WORKFLOW [options].",
    "list": "List the config's workflows and jobs.",
    "validate": "Say what is wrong with a config: every error, with file, line and column.",
    "graph": "Print each workflow's jobs in order, with what they require.",
    "orbs": "Bring orbs to this machine: orbs fetch|add|export|import|list.",
    "orb": "Print an orb's source folder as one file: orb pack FOLDER.",
    "trust": "Consent to what the project asks for that is yours.",
    "doctor": "Check everything that a run needs.",
    "init": "Write a noxfile.py with a session for each workflow and job.",
}
NOXFILE = '''\
"""The sessions: CircleCI's workflows and jobs (`nox --list`), and your own below."""

import nox_circleci

nox_circleci.register(__file__)
'''
UNUSED = {
    "revision": "your work tree is what is checked out",
    "repo-url": "your work tree is what is checked out",
    "skip-checkout": "your work tree is what is checked out",
    "checkout-key": "nothing is fetched",
    "volume": "a job sees no other folders of yours",
    "temp-dir": "temporary files are in TMPDIR, and removed",
    "org-slug": "orbs are found in .circleci/orbs",
    "org-id": "orbs are found in .circleci/orbs",
    "build-agent-version": "there is no build agent",
    "host": "no server is asked",
    "token": "no server is asked",
    "skip-update-check": "no server is asked",
    "debug": "-v shows more of a run: circleci-local run",
}
"""The flags that people have in their scripts and that make no sense any more, and why."""
SWITCHES = ("skip-checkout", "skip-update-check", "debug")


def program() -> None:
    """The installed program ``circleci-local``."""
    from ..doctor.crash_log import guarded

    sys.exit(guarded(lambda: local(sys.argv[1:]), sys.argv[1:], Path()))


def local(argv: Sequence[str], start: Path | None = None) -> int:
    """Run one of COMMANDS; returns the exit status: 0 passed, 1 the job failed, 2 bad input, 130 interrupted."""
    if os.environ.get(PROBING):  # asked by our own probe, through a 1.x CLI
        return BAD_INPUT
    if not argv or argv[0] in ("-h", "--help", "help"):
        print("usage: circleci-local COMMAND [options]\n")
        print("\n".join(f"  {name:<8}  {text}" for name, text in COMMANDS.items()))
        return PASSED if argv else BAD_INPUT
    try:
        start = start or here()
        if argv[0] == "init":
            return init(start)
        if argv[0] == "execute":
            return main(["local_execute", *argv[1:]], start)
        if argv[0] in COMMANDS:
            return main(argv, start)
        from .hints import meant_command

        raise UsageError(Problem(f"there is no command {argv[0]!r}", None, meant_command(argv[0], COMMANDS, start)))
    except CiError as error:
        print(error, file=sys.stderr)
        return error.exit_status


def init(folder: Path) -> int:
    """Write the noxfile; UsageError where there is one."""
    place = folder / "noxfile.py"
    try:
        with open(place, "x", encoding="utf-8") as file:
            file.write(NOXFILE)
    except FileExistsError:
        hint = "Add two lines to it: import nox_circleci, and nox_circleci.register(__file__)."
        raise UsageError(Problem(f"{place} is there already", None, hint)) from None
    print(f"{visible_name(str(place))} written: `{nox_command()} --list` shows the sessions.")
    return PASSED


def execute_parser() -> Parser:
    """The flags of ``circleci local execute``, and ``--engine``."""
    parser = Parser(prog="circleci-local execute", allow_abbrev=False, description="Run one job on this machine.")
    parser.add_argument("name", nargs="?", default="", metavar="JOB", help="the job (default: build)")
    parser.add_argument("--job", default="", metavar="JOB", help="the job, by a flag")
    parser.add_argument("-c", "--config", default="", metavar="FILE", help="the config (default: .circleci/config.yml)")
    parser.add_argument("-e", "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable, secret")
    parser.add_argument(
        "--job-param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the job (repeatable)"
    )
    parser.add_argument("--branch", default=None, metavar="NAME", help="as for this branch")
    parser.add_argument("--index", type=_number, default=0, metavar="N", help="the node to run, from 0 (default: 0)")
    parser.add_argument("--node-total", type=_nodes, default=1, metavar="N", help="of how many (default: 1)")
    parser.add_argument("--docker-socket-path", default="", metavar="FILE", help="the engine's socket")
    parser.add_argument("--engine", choices=ENGINES, default=None, help="what runs the job (default: auto)")
    parser.add_argument("--dry-run", action="store_true", help="show what would run, and run nothing")
    for name, why in UNUSED.items():
        words = [*{"volume": ["-v"], "org-slug": ["-o"]}.get(name, []), f"--{name}"]
        if name in SWITCHES:
            parser.add_argument(*words, nargs="?", const="true", action="append", help=f"accepted, not used: {why}")
        else:
            parser.add_argument(*words, action="append", metavar="X", help=f"accepted, not used: {why}")
    return parser


def execute(argv: Sequence[str], start: Path) -> int:
    """Run one job, without its parents; returns the exit status."""
    given = execute_parser().parse(_switches(argv))
    for name, why in UNUSED.items():
        if getattr(given, name.replace("-", "_")) is not None:
            print(f"--{name} is not used: {why}", file=sys.stderr)
    if given.index >= given.node_total:
        raise UsageError(
            Problem(f"--index {given.index} is none of --node-total {given.node_total}: they count from 0")
        )
    if given.docker_socket_path:
        os.environ["DOCKER_HOST"] = f"unix://{given.docker_socket_path}"
    project = find_project(start)
    job = given.job or given.name or "build"
    words = [f"--engine={given.engine}"] if given.engine else []
    options = replace(
        parse_run(words, project.settings, os.environ, "circleci-local execute"),
        jobs=(job,),
        parents=False,
        branch=given.branch,
        env=tuple(given.env),
        job_params=tuple(given.job_param),
        node=given.index,
    )
    return _run(project, job, replace(options, dry_run=given.dry_run), given)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 up")
    return int(text)


def _nodes(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= LIMITS.parallelism:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {LIMITS.parallelism}")
    return int(text)


def of_nodes(plan: Plan, total: int) -> Plan:
    """The plan with every job on that many nodes, whatever its ``parallelism`` says."""
    jobs = (replace(each, job=each.job and replace(each.job, parallelism=total)) for each in plan.instances)
    return replace(plan, instances=tuple(jobs))


def _switches(argv: Sequence[str]) -> list[str]:
    # a switch takes a value only behind =, so the job's name after it stays the job's name
    return [f"{word}=true" if word.removeprefix("--") in SWITCHES else word for word in argv]


def _run(project: Project, job: str, options: Options, given: argparse.Namespace) -> int:
    from ..pipeline.prepare import prepare
    from ..pipeline.reported_run import run_reported, show_plan
    from ..pipeline.single_job import workflows_with
    from ..report.problems import report_missing, warn_briefly
    from ..trust.host_consent import ask_for_host, names_host, without_host
    from ..workflow.plan import Selection, make_plan

    compiled, found = workflows_with(project, job, options, _compiler(project, options, given.config))
    warn_briefly(compiled.warnings)
    report_missing(compiled.missing)
    plan = of_nodes(make_plan(found[0], Selection((job,), (), False)), given.node_total)
    context = prepare(project, plan, options)
    if options.dry_run:
        show_plan(context)
        return PASSED
    asked = names_host(given.engine, os.environ, options, project.settings)
    ask_for_host(context, asked)
    return run_reported(project, compiled, context if asked else without_host(context), options)


def _compiler(project: Project, options: Options, config: str) -> Compile:
    """Return what compiles the file (``-`` is standard input), or without one the project's config."""
    from ..pipeline.compile_project import compile_file, compile_project

    if not config:
        return lambda call: compile_project(project, options, call)
    content = read_input(config)
    return lambda call: compile_file(project, options, content, config, call)
