"""``execute``: one job without its parents, offline, with the flags of ``circleci local execute`` (CLI 0.1.x).

The flags have a parser of their own, for they are another program's: their names, defaults and meanings follow it, no
setting or variable has them, and most have no effect here. The options table is what this program's own options come
from; those that ``execute`` shares with it, such as the engine, go through it in ``command``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclass import replace
from ..errors import PASSED, UsageError
from ..options.command_list import COMMANDS
from ..options.given import parse_run
from ..options.groups import ENGINES
from ..options.parser import Parser
from ..options.table import Options
from ..project.project import Project, find_project, read_input
from ..source.limits import LIMITS
from ..system.command_names import usage_name
from ..workflow.plan import Plan

if TYPE_CHECKING:
    from ..pipeline.single_job import Load

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
    "debug": "the command run has -v, which shows more",
}
"""Flags that people have in their scripts and that have no effect here, and why."""
SWITCHES = ("skip-checkout", "skip-update-check", "debug")


def execute_parser() -> Parser:
    """Return the parser of the flags of ``circleci local execute``, and ``--engine``."""
    parser = Parser(prog=usage_name("execute"), allow_abbrev=False, description=COMMANDS["execute"])
    parser.add_argument("name", nargs="?", default="", metavar="JOB", help="the job (default: build)")
    parser.add_argument("--job", default="", metavar="JOB", help="the job (the same as JOB)")
    parser.add_argument("-c", "--config", default="", metavar="FILE", help="the config (default: .circleci/config.yml)")
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable for the job; its value is masked",
    )
    parser.add_argument(
        "--job-param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the job (repeatable)"
    )
    parser.add_argument("--branch", default=None, metavar="NAME", help="compile and run as for this branch")
    parser.add_argument("--index", type=_number, default=0, metavar="N", help="the node to run, from 0 (default: 0)")
    parser.add_argument(
        "--node-total", type=_nodes, default=1, metavar="N", help="how many nodes the job has (default: 1)"
    )
    parser.add_argument("--docker-socket-path", default="", metavar="FILE", help="the container engine's socket")
    parser.add_argument("--engine", choices=ENGINES, default=None, help="what runs the job (default: auto)")
    parser.add_argument("--dry-run", action="store_true", help="show what would run, and run nothing")
    for name, why in UNUSED.items():
        words = [*{"volume": ["-v"], "org-slug": ["-o"]}.get(name, []), f"--{name}"]
        if name in SWITCHES:
            parser.add_argument(*words, nargs="?", const="true", action="append", help=f"accepted, not used: {why}")
        else:
            parser.add_argument(*words, action="append", metavar="X", help=f"accepted, not used: {why}")
    return parser


def command(argv: Sequence[str], start: Path) -> int:
    """Run one job, without its parents; return the exit status."""
    given = execute_parser().parse(_switches(argv))
    for name, why in UNUSED.items():
        if getattr(given, name.replace("-", "_")) is not None:
            print(f"--{name} is not used: {why}", file=sys.stderr)
    if given.index >= given.node_total:
        raise UsageError(_no_such_node(given.node_total))
    project = find_project(start)
    job = given.job or given.name or "build"
    words = [f"--engine={given.engine}"] if given.engine else []
    options = replace(
        parse_run(words, project.settings, os.environ, usage_name("execute")),
        jobs=(job,),
        parents=False,
        branch=given.branch,
        env=tuple(given.env),
        job_params=tuple(given.job_param),
        node=given.index,
        docker_host=f"unix://{given.docker_socket_path}" if given.docker_socket_path else "",
    )
    return _run(project, job, replace(options, dry_run=given.dry_run), given)


def _no_such_node(total: int) -> str:
    allowed = f"between 0 and {total - 1}" if total > 1 else "0"
    return f"--index must be {allowed} (--node-total is {total})"


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _nodes(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= LIMITS.parallelism:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {LIMITS.parallelism}")
    return int(text)


def of_nodes(plan: Plan, total: int) -> Plan:
    """Return the plan with every job on that many nodes, whatever its ``parallelism`` says."""
    jobs = (replace(each, job=each.job and replace(each.job, parallelism=total)) for each in plan.instances)
    return replace(plan, instances=tuple(jobs))


def _switches(argv: Sequence[str]) -> list[str]:
    # a switch takes a value only behind =, so the job's name after it stays the job's name
    return [f"{word}=true" if word.removeprefix("--") in SWITCHES else word for word in argv]


def _run(project: Project, job: str, options: Options, given: argparse.Namespace) -> int:
    from ..pipeline.prepare import prepare
    from ..pipeline.reported_run import run_alone, show_plan
    from ..pipeline.run_mode import RunMode
    from ..pipeline.single_job import workflows_with
    from ..report.problems import report_missing, warn_briefly
    from ..trust.host_consent import ask_for_host, names_host, without_host
    from ..workflow.plan import Selection, make_plan

    config, found = workflows_with(job, options, _loader(project, options, given.config))
    warn_briefly(config.warnings)
    report_missing(config.missing)
    plan = of_nodes(make_plan(found[0], Selection((job,), (), False)), given.node_total)
    context = prepare(project, plan, options, RunMode())
    if options.dry_run:
        show_plan(context)
        return PASSED
    asked = names_host(given.engine, os.environ, options, project.settings)
    ask_for_host(context, asked)
    return run_alone(project, config, context if asked else without_host(context), options, RunMode())


def _loader(project: Project, options: Options, config: str) -> Load:
    """Return what loads the file (``-`` is standard input), or without one the project's config."""
    from ..pipeline.load_project import load_project

    if not config:
        return lambda call: load_project(project, options, call)
    from ..pipeline.compile_project import compile_file
    from ..pipeline.loaded_config import loaded

    content, python_from = read_input(config), project.settings.python_from
    return lambda call: loaded(compile_file(project, options, content, config, call), python_from)
