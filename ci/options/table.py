"""The table of options: one declaration for each, at the field that holds its value.

To add an option, add a field. Its parser, variable, setting, ``--help`` and line in docs/reference.md follow.
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import Any

from ..dataclass import dataclass
from ..workflow.step_reference import StepRange, StepReference, step_range, step_reference
from . import values
from .declaration import Consent, Option, declarations, option, table_setting
from .permissions import Pass, Permission

JOBS = "which jobs"
PIPELINE = "the pipeline"
RUNNING = "how they run"
PLACE = "where they run"
CLUSTER = "on a Kubernetes cluster"
ENVIRONMENT = "their environment"
STEPS = "stops between steps, and steps left out"
REUSE = "what is taken from earlier runs"
OUTPUT = "what is shown"
GROUPS = (JOBS, PIPELINE, RUNNING, REUSE, STEPS, PLACE, CLUSTER, ENVIRONMENT, OUTPUT)

RUN = ("run",)
REACHING = ("run", "clean", "doctor")
"""Commands that go to a cluster."""
COMPILING = ("run", "plan", "list", "validate", "process", "graph")
"""Commands whose result depends on what the config compiles to."""

ENGINES = ("auto", "circleci", "docker", "host", "kubernetes")
COMPILERS = ("current", "classic")
WIDE = 0
"""``--parallel`` without a number: as wide as the graph."""


def cluster_setting(key: str, **declared: Any) -> Any:
    """Declare a setting of ``[tool.nox-circleci.kubernetes]``."""
    return table_setting("kubernetes", key, **{"group": CLUSTER, "commands": RUN, "default": "", **declared})


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """The options that engines must know."""

    isolation: str = option(
        "--isolation", layered=True, group=PLACE, commands=RUN, choices=("auto", "namespace", "folder"), default="auto",
        help="how to isolate jobs on the host engine (default: auto, a mount namespace if possible)",
        consent=Consent("jobs on this machine are isolated less than you have set", harmless="namespace"),
    )  # fmt: skip
    share: tuple[str, ...] = option(
        "--share", layered=True, group=PLACE, commands=RUN, metavar="FOLDER", convert=values.folder, default=(),
        separators=re.escape(os.pathsep),
        help="a folder of yours that jobs on the host engine see and write to (repeatable)",
        consent=Consent("jobs on this machine read and write this folder"),
    )  # fmt: skip
    pull: str = option(
        "--pull", layered=True, group=PLACE, commands=RUN, choices=("never", "missing", "always"), default="missing",
        help="when to pull images (default: missing)",
    )  # fmt: skip
    platform: str = option(
        "--platform", layered=True, group=PLACE, commands=RUN, metavar="OS/ARCH", default="",
        help="the images' platform",
    )  # fmt: skip
    machine: str = option(
        "--machine", layered=True, group=PLACE, commands=RUN, choices=("host",), default="",
        help="run machine executors on this machine",
        consent=Consent("machine executors run on this machine, not in containers"),
    )  # fmt: skip
    keep: bool = option(
        "--keep", layered=True, group=PLACE, commands=RUN, default=False,
        help="keep each job's containers, or on the host engine its folder, for inspection",
    )  # fmt: skip
    host_ca: bool = option(
        "--no-host-ca", layered=True, group=PLACE, commands=RUN, default=True,
        help="do not pass this machine's certificates to containers",
    )  # fmt: skip
    allow_docker: bool = option(
        "--allow-docker", layered=True, group=PLACE, commands=RUN, default=False,
        help="offer this machine's Docker engine to the jobs",
        consent=Consent("jobs may use this machine's Docker engine, and with it everything here", harmless=False),
    )  # fmt: skip
    ssh_agent: bool = option(
        "--ssh-agent", layered=True, group=PLACE, commands=RUN, default=False,
        help="offer your ssh agent to add_ssh_keys",
        consent=Consent("jobs may use the keys of your ssh agent", harmless=False),
    )  # fmt: skip
    tty: bool = option(
        "--tty", layered=True, group=PLACE, commands=RUN, default=False,
        help="give steps a terminal to write to",
    )  # fmt: skip
    reuse_tools: tuple[str, ...] = option(
        "--reuse-tools", layered=True, group=REUSE, commands=RUN, metavar="NAME", default=(),
        separators=r"[,\s]+",
        help="a command whose version counts for jobs on the host engine: with it they can be reused (repeatable)",
        consent=Consent("this command of yours is run, outside of a job, to ask for its version"),
    )  # fmt: skip
    kube_context: str = option(
        "--kube-context", layered=True, group=CLUSTER, commands=REACHING, metavar="NAME", default="",
        help="the context of your kubeconfig (default: its current one)",
        consent=Consent("jobs run on that cluster, with your rights there"),
    )  # fmt: skip
    kube_namespace: str = option(
        "--namespace", layered=True, group=CLUSTER, commands=REACHING, metavar="NAME", default="",
        convert=values.dns_name,
        help="the namespace of the jobs' Pods (default: the context's)",
        consent=Consent("jobs run in that namespace of your cluster"),
    )  # fmt: skip
    kube_on_lost: str = option(
        "--on-lost", layered=True, group=CLUSTER, commands=RUN, choices=("fail", "retry"), default="fail",
        help="what a job does whose Pod is lost, as with its node: fail (the default), or run again from its first "
        "step, which may run twice what it has done",
    )  # fmt: skip
    kube_service_account: str = cluster_setting(
        "service-account", metavar="NAME", convert=values.dns_name,
        help="the service account of the Pods, whose token they do not get",
        consent=Consent("jobs run as this service account of the namespace"),
    )  # fmt: skip
    kube_node_selector: tuple[str, ...] = cluster_setting(
        "node-selector", metavar="LABEL=VALUE", convert=values.node_label, default=(),
        help="a label that the Pods' nodes must have",
        consent=Consent("jobs run on nodes with this label"),
    )  # fmt: skip
    kube_tolerations: tuple[str, ...] = cluster_setting(
        "tolerations", metavar="KEY[=VALUE][:EFFECT]", convert=values.taint, default=(),
        help="a taint of nodes on which the Pods may run all the same",
        consent=Consent("jobs run on nodes with this taint too"),
    )  # fmt: skip
    kube_image_pull_secrets: tuple[str, ...] = cluster_setting(
        "image-pull-secrets", metavar="NAME", convert=values.dns_name, default=(),
        help="a Secret of the namespace with which images are pulled",
        consent=Consent("images are pulled with this Secret of the namespace"),
    )  # fmt: skip
    kube_security: str = cluster_setting(
        "security", choices=("baseline", "restricted"), default="baseline",
        help="baseline (the default): sudo works; restricted: what a namespace of that Pod security standard demands: "
        "no user root, no capabilities, no sudo",
        consent=Consent("jobs have more rights on their node than you have set", harmless="restricted"),
    )  # fmt: skip
    kube_resources: float = cluster_setting(
        "resources", metavar="FACTOR", convert=values.factor, default=1.0,
        help="the part of its resource class that a job asks for and gets: 0.5 is half of it, 0 sets no requests and "
        "limits (default: 1)",
    )  # fmt: skip
    kube_service_resources: tuple[float, float] | None = cluster_setting(
        "service-resources", metavar="CPUS/GIB", convert=values.cpus_and_memory, default=None,
        help="what each service container asks for and gets, such as 0.5/1, in a namespace whose quota demands that "
        "(default: no requests and limits)",
    )  # fmt: skip
    kube_pending_timeout: float = cluster_setting(
        "pending-timeout", metavar="TIME", convert=values.duration, default=1800.0,
        help="give a job up that waits so long for a node, or for its quota (default: 30m)",
    )  # fmt: skip
    kube_silence_limit: float = cluster_setting(
        "silence-limit", metavar="TIME", convert=values.duration, default=300.0,
        help="a Pod ends itself if it has not heard from this machine for so long (default: 5m)",
    )  # fmt: skip
    kube_detach_timeout: float = cluster_setting(
        "detach-timeout", metavar="TIME", convert=values.duration, default=8 * 3600.0,
        help="how long the Pods of a detached run go on without this machine (default: 8h)",
    )  # fmt: skip
    kube_repository: str = cluster_setting(
        "repository", metavar="REGISTRY/PATH", default="",
        help="where the images that the project builds are pushed for the cluster (default: they are loaded into "
        "kind, k3d or minikube)",
        consent=Consent("images that the project builds are pushed there, as you"),
    )  # fmt: skip
    kube_store: str = cluster_setting(
        "store", metavar="s3://BUCKET/PREFIX", convert=values.store,
        help="an object store that the jobs' workspaces and caches go to from Pod to Pod, with your AWS credentials; "
        "needs the package s3fs (default: they go through this machine)",
        consent=Consent("workspaces and caches go to this store, by URLs that your AWS credentials sign"),
    )  # fmt: skip
    kube_cache_volume: str = cluster_setting(
        "cache-volume", metavar="CLAIM", convert=values.dns_name,
        help="a claim of a volume in the namespace, on which caches lie (default: they go where workspaces go)",
        consent=Consent("jobs read and write this volume of the namespace"),
    )  # fmt: skip
    detach: bool = option(
        "--detach", group=CLUSTER, commands=RUN, default=False,
        help="with --engine kubernetes: leave the jobs that can start to the cluster, and end; `resume` comes back to "
        "them, and has the jobs run that wait",
    )  # fmt: skip
    node: int | None = None
    """The one node of each job that runs, counted from 0; None for all of them."""
    docker_host: str = ""
    """The address of the container engine, as in DOCKER_HOST; empty if that is as the environment has it."""


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
