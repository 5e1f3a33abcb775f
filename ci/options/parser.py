"""What can be asked for after ``--``: parser, layers of defaults, and the frozen result."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from ..errors import Problem, UsageError
from ..source.suggest import suggest
from .layers import Layers, first, read_file, read_variables
from .permissions import Pass, Permission, choose, passes, requested, shared
from .settings import ProjectSettings

ENGINES = ("auto", "circleci", "docker", "host")
ISOLATIONS = ("auto", "namespace", "folder")
COMPILERS = ("current", "classic")
PULLS = ("never", "missing", "always")
LOG_LIMIT = 50_000_000
WIDE = 0
"""``--parallel`` without a number: as wide as the graph."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that one run was asked for. ``parallel`` is a number of jobs at once; 0 is no limit."""

    jobs: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    engine: str = "auto"
    isolation: str = "auto"
    share: tuple[str, ...] = ()
    """Folders that jobs on the host engine share with this machine, absolute."""
    parallel: int = 1
    dry_run: bool = False
    parents: bool = True
    fail_fast: bool = False
    pull: str = "missing"
    platform: str = ""
    machine: str = ""
    keep: bool = False
    log_limit: int = LOG_LIMIT
    """Bytes of one job's output that are kept on disk; 0 is no limit."""
    host_ca: bool = True
    allow_docker: bool = False
    config: str = ""
    """Another config than the project's own."""
    params: tuple[str, ...] = ()
    job_params: tuple[str, ...] = ()
    pipeline_parameters: str = ""
    compiler: str = "current"
    strict: bool = False
    branch: str | None = None
    tag: str | None = None
    approve: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    passes: tuple[Pass, ...] = ()
    """The user's variables that jobs get."""
    ssh_agent: bool = False
    tty: bool = False
    node: int | None = None
    """The one node of its jobs that runs, counted from 0; all of them where it is None."""
    json: bool = False
    verbose: bool = False
    quiet: bool = False
    user_contexts: tuple[str, ...] = ()
    """Contexts that jobs get from files outside of the project."""
    auth_variables: tuple[str, ...] = ()
    """The user's variables that the ``auth`` of images may name."""
    permissions: tuple[Permission, ...] = ()
    """What the project asks for and has not got yet: see trust/consent.py."""
    noxfile: str = ""
    """The folder of the noxfile that started the run, if one did."""
    settings: ProjectSettings = field(default_factory=ProjectSettings)


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are UsageErrors, and which suggests near names."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(Problem(message, None, f"{self.prog} --help lists the options."))

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """Like parse_args; an unknown option is an error with a suggestion."""
        namespace, unknown = self.parse_known_args(list(argv))
        if unknown:
            known = [option for action in self._actions for option in action.option_strings]
            name = unknown[0].split("=")[0]
            what = "option" if name.startswith("-") else "argument"
            self.error(f"unknown {what} {name!r}. {suggest(name, known)}".rstrip())
        return namespace


def run_parser(prog: str) -> Parser:
    """The parser of a workflow's or a job's options."""
    parser = Parser(prog=prog, allow_abbrev=False, description="Run a workflow of the CircleCI config here.")
    _selection(parser.add_argument_group("which jobs"))
    _pipeline(parser.add_argument_group("the pipeline"))
    _running(parser.add_argument_group("how they run"))
    _environment(parser.add_argument_group("their environment"))
    _output(parser.add_argument_group("what is shown"))
    parser.add_argument("--noxfile", default="", help=argparse.SUPPRESS)  # by sessions/register.py
    return parser


def _selection(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-j", "--job", action="append", default=[], metavar="NAME", help="only this job, with its parents (repeatable)"
    )
    group.add_argument(
        "-e", "--executor", action="append", default=[], metavar="NAME", help="only on this executor (repeatable)"
    )
    group.add_argument(
        "--job-param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="with -j and no workflow: a parameter of the job, which then runs alone (repeatable)",
    )
    group.add_argument("--no-parents", action="store_true", help="without the jobs that the asked-for ones require")


def pipeline_options(group: argparse._ArgumentGroup | Parser) -> None:
    """The options that decide what the config compiles to."""
    group.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a pipeline parameter (repeatable)"
    )
    group.add_argument(
        "--pipeline-parameters", default="", metavar="MAP|FILE", help="pipeline parameters as YAML, or a file of them"
    )
    group.add_argument("--config", default="", metavar="FILE", help="another config than .circleci/config.yml")
    group.add_argument("--branch", default=None, metavar="NAME", help="as for this branch (default: the current one)")
    group.add_argument("--tag", default=None, metavar="NAME", help="as for this tag, and no branch")
    group.add_argument(
        "--compiler",
        choices=COMPILERS,
        default=None,
        help="mind what CircleCI's compiler refuses since 21 September 2026 (current, the default), or not (classic)",
    )


def strict_option(group: argparse._ArgumentGroup | Parser) -> None:
    """The option that makes warnings of the config errors."""
    group.add_argument("--strict", action="store_true", help="take the config's warnings for errors")


def chosen_compiler(given: str | None, settings: ProjectSettings, environ: Mapping[str, str]) -> str:
    """Return the compiler that the command line, NOX_CIRCLECI_COMPILER or the settings name; UsageError for another.

    For commands that take no other option of a run.
    """
    if given:
        return given
    parse, names = run_parser("run").parse, ("compiler",)
    files = (read_file(parse, each, names) for each in (settings, settings.user) if each)
    return str(first("compiler", COMPILERS[0], read_variables(parse, environ, names), *files))


def _pipeline(group: argparse._ArgumentGroup) -> None:
    pipeline_options(group)
    strict_option(group)
    group.add_argument(
        "--approve", action="append", default=[], metavar="NAME|all", help="approve this approval job (repeatable)"
    )


def _running(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--engine", type=_engine, choices=ENGINES, default=None, help="what runs the jobs (default: auto)"
    )
    group.add_argument(
        "--isolation",
        choices=ISOLATIONS,
        default=None,
        help="what keeps jobs apart on the host engine (default: auto, a mount namespace if possible)",
    )
    group.add_argument(
        "--share",
        type=_folder,
        action="append",
        default=[],
        metavar="FOLDER",
        help="a folder of yours that jobs on the host engine see and write to (repeatable)",
    )
    group.add_argument(
        "--parallel",
        nargs="?",
        type=_count,
        const=WIDE,
        default=None,
        metavar="N",
        help="up to N jobs at once; without N, as wide as the graph (default: one after another)",
    )
    group.add_argument("--fail-fast", action="store_true", default=None, help="end the run at the first failed job")
    group.add_argument("--dry-run", action="store_true", help="show what would run, and run nothing")
    group.add_argument("--pull", choices=PULLS, default=None, help="when to pull images (default: missing)")
    group.add_argument("--platform", default=None, metavar="OS/ARCH", help="the images' platform")
    group.add_argument("--machine", choices=("host",), default=None, help="run machine executors on this machine")
    group.add_argument(
        "--keep", action="store_true", help="keep each job's containers, or on the host engine its folder, for a look"
    )
    group.add_argument(
        "--no-host-ca", action="store_true", help="do not hand this machine's certificates to containers"
    )
    group.add_argument(
        "--allow-docker", action="store_true", default=None, help="offer this machine's Docker engine to the jobs"
    )
    group.add_argument("--ssh-agent", action="store_true", default=None, help="offer your ssh agent to add_ssh_keys")
    group.add_argument("--tty", action="store_true", default=None, help="give steps a terminal to write to")


def _environment(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable for every job, secret (repeatable)"
    )
    group.add_argument(
        "--env-file", action="append", default=[], metavar="FILE", help="a file of such variables (repeatable)"
    )
    group.add_argument(
        "--pass-env", action="append", default=[], metavar="NAME", help="pass a variable of yours to every job"
    )


def _output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--json", action="store_true", help="events as JSON, one a line, alone on standard output")
    group.add_argument(
        "-v", "--verbose", action="store_true", help="more: which jobs each difference from CircleCI is of"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="less: failed steps and the summary")
    group.add_argument(
        "--log-limit",
        type=_bytes,
        default=None,
        metavar="SIZE",
        help="keep so much of each job's output on disk, and the end of each step: 500kB, 2GB, none (default: 50MB)",
    )


def _engine(text: str) -> str:
    if text == "podman":
        raise argparse.ArgumentTypeError(
            "Podman is used by the engine docker: --engine docker (NOX_CIRCLECI_DOCKER=podman)"
        )
    return text


def _folder(text: str) -> str:
    try:
        folder = Path(text).expanduser()
    except RuntimeError:  # ~NAME of a user that does not exist
        folder = Path()
    if not folder.is_absolute() or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not an absolute folder, nor one from ~")
    return os.path.normpath(folder)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _bytes(text: str) -> int:
    if text == "none":
        return 0
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?) ?([kMG]B)", text)
    size = int(float(found[1]) * {"kB": 10**3, "MB": 10**6, "GB": 10**9}[found[2]]) if found else 0
    if not size:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500kB, 50MB or 2GB, nor 'none'")
    return size


def parse_run(
    argv: Sequence[str], settings: ProjectSettings, environ: Mapping[str, str], prog: str = "nox-circleci run"
) -> Options:
    """Return the options of one run: the command line, over NOX_CIRCLECI_* variables, over settings files.

    What the project's file may not take of the user's unasked is in ``permissions`` alone.
    Raises UsageError for what is not an option or not a value of one, wherever it was set.
    """
    parser = run_parser(prog)
    given = parser.parse(argv)
    layers = Layers(
        given,
        read_variables(parser.parse, environ),
        read_file(parser.parse, settings),
        read_file(parser.parse, settings.user or ProjectSettings()),
    )
    return Options(
        jobs=tuple(given.job),
        executors=tuple(given.executor),
        engine=choose(layers, "engine"),
        isolation=choose(layers, "isolation"),
        share=shared(layers),
        parallel=layers.first("parallel", 1),
        dry_run=given.dry_run,
        parents=not given.no_parents,
        fail_fast=layers.first("fail_fast", False),
        pull=layers.first("pull", "missing"),
        platform=layers.first("platform", ""),
        machine=choose(layers, "machine"),
        keep=given.keep,
        log_limit=layers.first("log_limit", LOG_LIMIT),
        host_ca=not given.no_host_ca,
        allow_docker=choose(layers, "allow_docker"),
        config=given.config,
        params=tuple(given.param),
        job_params=tuple(given.job_param),
        pipeline_parameters=given.pipeline_parameters,
        compiler=layers.first("compiler", COMPILERS[0]),
        strict=given.strict,
        branch=given.branch,
        tag=given.tag,
        approve=tuple(given.approve),
        env=tuple(given.env),
        env_files=tuple(given.env_file),
        passes=passes(layers, settings),
        ssh_agent=choose(layers, "ssh_agent"),
        tty=layers.first("tty", False),
        json=given.json,
        verbose=given.verbose,
        quiet=given.quiet,
        permissions=requested(layers, settings, environ),
        noxfile=given.noxfile,
        settings=settings,
    )
