"""Workspaces and caches that go from Pod to Pod by an object store, and caches on a volume, on a real cluster."""

import json
from pathlib import Path

import pytest

from tests.projects import make_project

pytestmark = pytest.mark.kubernetes

BASE = "nox-circleci/base"
WORKSPACE = f"""
    version: 2.1
    jobs:
      one:
        docker: [{{image: {BASE}}}]
        steps:
          - run: mkdir -p w/sub && echo content >w/sub/file && ln -s sub/file w/link && chmod 750 w/sub/file
          - persist_to_workspace: {{root: w, paths: ["*"]}}
          - save_cache: {{key: k, paths: [w]}}
      two:
        docker: [{{image: {BASE}}}]
        steps:
          - attach_workspace: {{at: /tmp/here}}
          - run: cd /tmp/here && cat link && stat -c 'mode %a' sub/file
          - restore_cache: {{keys: [k]}}
          - run: cmp w/sub/file /tmp/here/sub/file && echo the same
    workflows: {{w: {{jobs: [one, two: {{requires: [one]}}]}}}}
    """
CACHE = f"""
    version: 2.1
    jobs:
      build:
        docker: [{{image: {BASE}}}]
        steps:
          - restore_cache: {{keys: [k]}}
          - run: ls w 2>/dev/null || mkdir w
          - run: echo content >w/file
          - save_cache: {{key: k, paths: [w]}}
    workflows: {{w: {{jobs: [build]}}}}
    """


def ran(project, namespace, *words, **environ):
    return project.ci("run", "w", "--engine", "kubernetes", "--json", *words, **namespace.environ, **environ)


@pytest.mark.store
def test_a_workspace_and_a_cache_go_from_pod_to_pod_by_the_store(namespace, cluster_store, tmp_path):
    project = make_project(tmp_path, WORKSPACE)
    setting = {"NOX_CIRCLECI_KUBERNETES_STORE": cluster_store.url}
    done = ran(project, namespace, **setting, **cluster_store.environ)
    assert done.status == 0, done.stdout + done.stderr
    shown = done.output("two")
    assert "content\nmode 750\n" in shown
    assert "the same" in shown
    stored = {each.name: each.stat().st_size for each in cluster_store.objects()}
    record = json.loads(next(tmp_path.glob(".nox/ci/runs/last/workspaces/one.0.*")).read_text())
    entry = json.loads(next(tmp_path.glob(".nox/ci/cache/1/*/entry.json")).read_text())["archives"][0]
    assert stored == {each["key"]: each["size"] for each in (record, entry)}
    assert sorted(record["files"]) == ["link", "sub/file"]
    here = [each.name for each in Path(tmp_path, ".nox").rglob("*.tar")]
    assert here == []  # no bytes came to this machine
    assert cluster_store.secret not in done.stdout
    assert "X-Amz-Signature" not in "".join(each.read_text() for each in tmp_path.rglob("*.log")) + done.stdout


@pytest.fixture
def claim(namespace, tmp_path_factory):
    """Make a claim with a volume on the node, which is this machine; return the folder of that."""
    folder, name = tmp_path_factory.mktemp("volume"), f"caches-{namespace.name}"
    folder.chmod(0o1777)
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany"], "storageClassName": ""}
    bound = {"claimRef": {"namespace": namespace.name, "name": "caches"}, "hostPath": {"path": str(folder)}}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {**spec, **bound}}
    wanted = {"accessModes": ["ReadWriteMany"], "storageClassName": "", "volumeName": name}
    wanted["resources"] = {"requests": {"storage": "1Gi"}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "caches"}, "spec": wanted}
    for each in (volume, claim):
        namespace.kubectl("create", "-f", "-", document=each)
    yield folder
    namespace.kubectl("delete", "pvc", "caches", "--wait=false")
    namespace.kubectl("delete", "pv", name, "--wait=false")


def test_caches_lie_on_a_volume(namespace, claim, tmp_path):
    project = make_project(tmp_path, CACHE)
    setting = {"NOX_CIRCLECI_KUBERNETES_CACHE_VOLUME": "caches"}
    first, second = (ran(project, namespace, **setting) for _ in range(2))
    assert (first.status, second.status) == (0, 0), first.stdout + second.stdout
    assert "Stored Cache to k" in first.output("build")
    assert "Found a cache at k" in second.output("build")
    assert "\nfile\n" in second.output("build")
    [folder] = claim.iterdir()
    assert len(list(folder.iterdir())) == 1
    assert list(tmp_path.glob(".nox/ci/cache/1/*/*.tar")) == []
    elsewhere = project.run("w")
    assert "which only a job in that cluster reaches" in elsewhere.output("build")


def test_a_claim_that_is_not_there_is_named(namespace, tmp_path):
    done = ran(make_project(tmp_path, CACHE), namespace, NOX_CIRCLECI_KUBERNETES_CACHE_VOLUME="absent")
    assert "there is no PersistentVolumeClaim absent in the namespace (kubernetes.cache-volume)" in done.stdout
    assert done.jobs() == {"build": "failed"}
