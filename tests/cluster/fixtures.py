"""Fixtures of tests marked ``kubernetes``, and the variables with which their runs are on the cluster."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.ground import RESTRICTED, Cluster, Namespace, open_namespace


def found_cluster() -> Cluster | None:
    """Return the cluster that NOX_CIRCLECI_TEST_CLUSTER names."""
    folder = os.environ.get("NOX_CIRCLECI_TEST_CLUSTER", "")
    return Cluster(Path(folder)) if folder else None


@functools.cache
def missing_kubernetes() -> str:
    """Return why there is no cluster; empty if there is one."""
    cluster = found_cluster()
    if cluster is None:
        return "NOX_CIRCLECI_TEST_CLUSTER names no cluster: .ci/cluster starts one"
    if not cluster.program.is_file() or not cluster.answers("get", "--raw", "/readyz"):
        return f"no cluster answers in {cluster.folder}: .ci/cluster starts one"
    return ""


def enter_cluster(config: pytest.Config) -> None:
    """Have runs on kubernetes be in a namespace of this worker's own from now on."""
    os.environ.update(_worker_namespace(config).environ)


def leave_cluster() -> None:
    """Have no run reach a cluster, neither that of the tests nor one of the user's."""
    for variable in Namespace.VARIABLES:
        os.environ.pop(variable, None)
    os.environ["KUBECONFIG"] = os.devnull


@functools.cache
def _worker_namespace(config: pytest.Config) -> Namespace:
    """Make a namespace that is removed after the last test."""
    opened = ExitStack()
    config.add_cleanup(opened.close)
    folder = opened.enter_context(tempfile.TemporaryDirectory())
    return opened.enter_context(open_namespace(found_cluster(), Path(folder)))


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Return the cluster of tests marked ``kubernetes``."""
    return found_cluster()


@pytest.fixture(scope="module")
def make_namespace(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Namespace]]:
    """Make namespaces of a module's own, with labels as arguments, which are removed after the module's tests."""
    folder = tmp_path_factory.mktemp("kubeconfigs")
    with ExitStack() as opened:
        yield lambda **labels: opened.enter_context(open_namespace(cluster, folder, labels))


@pytest.fixture(scope="module")
def namespace(make_namespace: Callable[..., Namespace]) -> Namespace:
    """Return a namespace of a module's own."""
    return make_namespace()


@pytest.fixture(scope="module")
def restricted_namespace(make_namespace: Callable[..., Namespace]) -> Namespace:
    """Return a namespace of a module's own that enforces the restricted policy."""
    return make_namespace(**RESTRICTED)
