"""Outages that take minutes, done to a cluster while a job runs on it: ``python -m tests.outages node``.

``node``: the job's node loses its network and never comes back. That must be told while it lasts, and fail the job
with that reason once the silence limit and the cluster's own patience are over.

The cluster is one that starts for it and ends with it, or that of ``--cluster FOLDER``, which nobody else may use.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.cluster import faults
from tests.cluster.ground import Cluster, Namespace, open_namespace
from tests.engines.kubernetes.long_runs import IMAGE, LongRuns

SECONDS = 300.0
"""How long a cluster may take to give a node up: 40 s until it counts as gone, its own rounds, the silence limit."""
LONG = f"""\
    version: 2.1
    jobs:
      build:
        docker: [{{image: {IMAGE}}}]
        steps: [run: echo begun; sleep 600]
    workflows: {{w: {{jobs: [build]}}}}
    """
LOST = ("its node is lost, or has a taint that drives Pods away", "no word has come from its Pod for too long")
"""By the cluster; or by this program, because a cluster whose nodes are all gone takes no Pod from any of them."""


def node(cluster: Cluster, namespace: Namespace, runs: LongRuns) -> Iterator[str]:
    """Yield what is wrong with a job whose node is gone for good."""
    run = runs.start({**namespace.environ, "NOX_CIRCLECI_KUBERNETES_SILENCE_LIMIT": "10s"}, LONG)
    [pod] = namespace.pods()
    began = time.monotonic()
    with faults.cut_off(cluster, pod["spec"]["nodeName"]):
        ended = run.end(SECONDS)
    print(f"the job has ended {time.monotonic() - began:.0f} s after its node: {ended['status']}, {ended['reason']}")
    told = [each for each in run.events() if each["event"] == "progress" and each["job"] == "build"]
    for each in told:
        print(f"told: {each['task']}: {'no more' if each['ended'] else each['detail'] or 'for 20 s'}")
    if ended["status"] != "failed" or not any(text in ended["reason"] for text in LOST):
        yield f"it does not say {' or '.join(LOST)}"
    if not any("no word from the Pod of build" in each["task"] for each in told):
        yield "nothing was told while the node did not answer"


OUTAGES: dict[str, Callable[[Cluster, Namespace, LongRuns], Iterator[str]]] = {"node": node}


@contextmanager
def _cluster(folder: str) -> Iterator[Cluster]:
    if folder:
        yield Cluster(Path(folder).resolve())
    else:
        with faults.own_cluster() as cluster:
            yield cluster


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.outages", description="Have parts of a cluster fail.")
    parser.add_argument("outage", choices=OUTAGES)
    parser.add_argument("--cluster", default="", metavar="FOLDER", help="as .ci/cluster has started it; else a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outages-") as name, _cluster(given.cluster) as cluster:
        os.environ["KUBECONFIG"] = os.devnull
        folder = Path(name)
        with open_namespace(cluster, folder) as namespace, closing(LongRuns(folder / "runs")) as runs:
            found = list(OUTAGES[given.outage](cluster, namespace, runs))
    for fault in found:
        print(f"FAULT: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
