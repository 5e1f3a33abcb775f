"""Images that the project builds, brought to a cluster by programs that stand for kind, k3d and minikube.

None of these can be had in continuous integration: that they take these words is from their documentation.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request

import pytest

from ci.engines.docker.images.for_cluster import ImagesForCluster
from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.cluster.kubeconfig import Target
from ci.engines.kubernetes.local_images import bring
from ci.errors import EngineError, Position, UsageError
from ci.runtime.task import Settings
from ci.workflow.model import Image
from tests.engines.docker.images.test_store import serving
from tests.projects import make_project

pytestmark = pytest.mark.docker
IMAGE = "nox-circleci/base:latest"
"""It is here, so that nothing is built."""


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path, builds=((IMAGE, tmp_path / "Dockerfile"),))


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder of stand-ins that note how they were called; they stand before all others on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("kind", "k3d", "minikube"):
        (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/called\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def brought(context, settings, image=IMAGE, **choices):
    wanted = {image: Image(image, Position("config.yml", 1, 1))}
    return bring(ImagesForCluster(""), Target(context), ClusterChoices(**choices), wanted, settings, lambda event: None)


def content_of(image):
    words = ["docker", "image", "inspect", "--format", "{{.Id}}", image]
    return subprocess.check_output(words, text=True).strip()


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ("kind-dev", f"kind load docker-image {IMAGE} --name dev"),
        ("k3d-dev", f"k3d image import {IMAGE} --cluster dev"),
        ("minikube", f"minikube --profile minikube image load {IMAGE}"),
    ],
)
def test_a_cluster_on_this_machine_loads_it(context, words, settings, programs, tmp_path):
    assert brought(context, settings) == {IMAGE: IMAGE}
    assert (tmp_path / "called").read_text() == f"{words}\n"


def test_what_the_loader_complains_of_is_told(settings, programs):
    (programs / "kind").write_text("#!/bin/sh\necho no nodes found for cluster >&2; exit 1\n")
    with pytest.raises(EngineError, match="no nodes found for cluster"):
        brought("kind-dev", settings)


def test_another_cluster_needs_a_repository(settings):
    with pytest.raises(UsageError, match="no cluster of kind, k3d or minikube") as caught:
        brought("production", settings)
    assert "repository" in caught.value.problems[0].hint


def test_a_repository_gets_it_by_a_name_of_its_own(settings, tmp_path):
    with serving(tmp_path, private=False) as place:
        name = brought("production", settings, repository=f"{place}/team/")[IMAGE]
        repository, _, tag = name.rpartition(":")
        assert repository == f"{place}/team/base"
        with urllib.request.urlopen(f"http://{place}/v2/team/base/tags/list") as answer:
            assert json.load(answer)["tags"] == [tag]
        assert content_of(IMAGE).removeprefix("sha256:").startswith(tag)  # another build has another name
    subprocess.run(["docker", "rmi", name], check=True, capture_output=True)


def test_nodes_are_taken_to_have_it_if_nothing_is_pulled(settings):
    assert brought("production", settings, pull="never") == {}


def test_an_image_that_the_project_does_not_build_is_the_clusters_to_pull(settings):
    assert brought("production", settings, image="cimg/base:stable") == {}


@pytest.mark.kubernetes
def test_a_job_runs_in_an_image_that_the_project_builds(tmp_path, programs, namespace):
    """The stand-in does what kind does: it hands what the engine saves to each node's containerd."""
    own = "nox-circleci/test-built-for-a-pod"
    nodes = namespace.cluster.folder
    give = 'docker save "$3" | ctr --address $node/containerd.sock --namespace k8s.io images import - >/dev/null'
    (programs / "kind").write_text(f"#!/bin/sh\nset -e\nfor node in {nodes}/n[0-9]; do {give}; done\n")
    project = make_project(
        tmp_path / "project",
        f"""\
        version: 2.1
        jobs: {{build: {{docker: [{{image: {own}}}], steps: [run: echo "built with $OWN"]}}}}
        workflows: {{w: {{jobs: [build]}}}}
        """,
    )
    project.write("Dockerfile", f"FROM {IMAGE}\nENV OWN=care\n")
    project.write("pyproject.toml", f'[tool.nox-circleci.images]\n"{own}" = "Dockerfile"\n')
    config = tmp_path / "kubeconfig"
    config.write_bytes(namespace.kubeconfig.read_bytes())
    variables = {**namespace.environ, "KUBECONFIG": str(config)}
    context = namespace.kubectl("config", "current-context").strip()
    namespace.cluster.kubectl("config", "rename-context", context, "kind-here", kubeconfig=config)
    try:
        done = project.ci("run", "w", "--engine", "kubernetes", **variables)
    finally:
        content = content_of(own)  # the nodes have it by this name too
        subprocess.run(["docker", "rmi", own], capture_output=True)
        for node in nodes.glob("n[0-9]"):
            words = ["ctr", "--address", node / "containerd.sock", "-n", "k8s.io", "images", "rm"]
            subprocess.run([*words, f"docker.io/{own}:latest", content], capture_output=True)
    assert done.status == 0, done.stdout + done.stderr
    assert "built with care" in done.stdout
