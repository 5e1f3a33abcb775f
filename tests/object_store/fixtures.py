"""Fixtures of tests marked ``store``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.cluster.ground import Cluster
from tests.object_store.gateway import Store, serving


def missing_store() -> str:
    """Return why there can be no object store; empty if there can."""
    if not find_spec("s3fs"):
        return "there is no s3fs"
    return "" if shutil.which("go") else "there is no go, which builds an S3 server"


@pytest.fixture(scope="session")
def started_object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with serving(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def object_store(started_object_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return an object store on this machine, which this process is set up to reach."""
    for name, value in started_object_store.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return started_object_store


@pytest.fixture(scope="module")
def cluster_store(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Return an object store in the network of the tests' cluster, which Pods reach and this machine does not."""
    network = (cluster.folder / "name").read_text(encoding="utf-8").strip()
    enter = ("nsenter", f"--net=/run/netns/{network}", "--")
    with serving(tmp_path_factory.mktemp("store"), "10.77.0.1", enter) as store:
        yield store
