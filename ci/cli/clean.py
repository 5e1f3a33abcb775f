"""``clean``: remove what runs left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import PASSED, EngineError, Problem
from ..options.given import chosen_options
from ..options.parser import command_parser
from ..options.table import Options
from ..project.project import find_project
from .detached import end_detached
from .screen import show


def command(argv: Sequence[str], start: Path) -> int:
    """Remove caches, old runs, what killed runs left, the containers and Pods of --keep; report the space freed."""
    given = command_parser("clean").parse(argv)
    from ..run.cleaning import clean
    from ..run.state_folder import check_state
    from ..trust.consent import known_consent

    chosen = set(given.what if isinstance(given.what, list) else [given.what])
    project = find_project(start)
    check_state(project.root, project.state)
    if chosen & {"runs", "all"}:
        _paused(project.state)
    if chosen & {"runs", "pods", "all"}:
        for line in end_detached(project):
            show(line)
    for line in clean(project.state, chosen):
        show(line)
    if chosen & {"runs", "all"}:
        from ..engines.host.folder_places import sweep

        sweep()  # what --keep has kept with --isolation folder
    if chosen & {"containers", "all"}:
        _containers(project.root, must="containers" in chosen)
    if chosen & {"pods", "all"}:
        asked = chosen_options(given, project.settings, os.environ, "clean")
        options, _ = known_consent(project.root, asked, os.environ)
        _pods(project.root, options, must="pods" in chosen)
    return PASSED


def _paused(state: Path) -> None:
    """End the runs that wait with paused jobs."""
    from ..pause.paused_runs import paused_runs
    from ..run.folder import runs

    for run in paused_runs(runs(state)):
        ended = run.end()
        names = ", ".join(str(each["job"]) for each in run.jobs)
        show(f"{'ended' if ended else 'could not end'} run {run.id}, in which {names} {_were(run.jobs)} paused")


def _were(jobs: Sequence[object]) -> str:
    return "was" if len(jobs) == 1 else "were"


def _containers(root: Path, must: bool) -> None:
    from ..engines.docker import containers
    from ..engines.docker.client import NoEngine, find

    client = find()
    if isinstance(client, NoEngine):
        if must:
            raise EngineError(Problem(f"containers need an engine: {client.reason}", None, "Start Docker or Podman."))
        return
    for name in containers.clean(client, root):
        show(f"removed container {name}")


def _pods(root: Path, options: Options, must: bool) -> None:
    if not must and not options.kube_context:  # nobody wants a cluster asked that no setting names
        return
    from ..engines.kubernetes.cluster.connection import connect
    from ..engines.kubernetes.cluster.kubeconfig import Target
    from ..engines.kubernetes.cluster.kubectl_proxy import missing_tool
    from ..engines.kubernetes.sweep import clean_left

    try:
        if reason := missing_tool():
            raise EngineError(f"Pods cannot be removed: {reason}")
        with connect(Target(options.kube_context, options.kube_namespace)) as cluster:
            for line in clean_left(cluster, root):
                show(line)
    except EngineError as error:
        if must:
            raise
        show(f"left Pods, if there are any: {error.problems[0].message}")
