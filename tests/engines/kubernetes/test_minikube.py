"""Which cluster is one of minikube, whatever its context is called. A program stands for minikube."""

from __future__ import annotations

import pytest

from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.cluster.kubeconfig import Target
from ci.engines.kubernetes.local_images import bring
from ci.errors import Position, UsageError
from ci.runtime.task import Settings
from ci.workflow.model import Image

IMAGE = "own:1"
MINIKUBE = f"minikube --profile dev image load {IMAGE}"
PROFILES = """\
#!/bin/sh
if [ "$*" = "profile list -o json" ]; then
  echo '{"invalid":[],"valid":[{"Name":"minikube","Status":"OK"},{"Name":"dev","Status":"OK"}]}'
else
  echo minikube "$@" >>CALLED
fi
"""


class Built:
    """Stands for what builds images here: each is here."""

    def have(self, image, settings, emit):
        pass


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder before all others on PATH, with a minikube that notes how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    write(folder / "minikube", f'#!/bin/sh\necho minikube "$@" >>{tmp_path}/called\n')
    return folder


def write(program, text):
    program.write_text(text)
    program.chmod(0o755)


def brought(context, minikube=""):
    wanted, settings = {IMAGE: Image(IMAGE, Position("config.yml", 1, 1))}, Settings(None, builds=((IMAGE, None),))
    target = Target(context, "default", minikube)
    return bring(Built(), target, ClusterChoices(), wanted, settings, lambda event: None)


def test_a_cluster_that_the_kubeconfig_calls_minikubes_is_its_profile_whatever_the_context(programs, tmp_path):
    assert brought("renamed", minikube="dev") == {IMAGE: IMAGE}
    assert (tmp_path / "called").read_text() == f"{MINIKUBE}\n"


def test_a_profile_that_minikube_lists_is_its_cluster(programs, tmp_path):
    write(programs / "minikube", PROFILES.replace("CALLED", f"{tmp_path}/called"))
    assert brought("dev") == {IMAGE: IMAGE}
    assert (tmp_path / "called").read_text() == f"{MINIKUBE}\n"
    with pytest.raises(UsageError, match="no cluster of kind, k3d or minikube"):
        brought("production")


@pytest.mark.parametrize("answer", ["", '{"error":{"Op":"open","Err":2}}', '{"valid":null}', "[]"])
def test_a_minikube_without_profiles_has_no_cluster(programs, answer):
    write(programs / "minikube", f"#!/bin/sh\necho '{answer}'\nexit 1\n")
    with pytest.raises(UsageError, match="no cluster of kind, k3d or minikube"):
        brought("dev")
