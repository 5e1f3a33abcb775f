"""Which jobs a cluster cannot run, and in what others differ there."""

import pytest

from ci.engines.kubernetes.choices import ClusterChoices
from ci.engines.kubernetes.skipping import job_skip_reason, pod_differences
from ci.runtime.fidelity import TABLE
from ci.runtime.task import Settings
from ci.workflow.model import Image

from ...tasks import HERE, job, run


def image(**keys):
    return Image(keys.pop("image", "cimg/base:current"), HERE, **keys)


def reason(tmp_path, made, **settings):
    return job_skip_reason(made, Settings(tmp_path, **settings))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"executor": "macos"}, "macOS"),
        ({"executor": "machine", "machine_image": "ubuntu-2204:current"}, "machine executor"),
        ({"executor": "machine", "machine_image": "windows-server-2022-gui:current"}, "Windows"),
        ({"executor": "machine", "resource_class": "windows.medium"}, "Windows"),
        ({"images": (image(user="postgres"),)}, "'postgres'"),
        ({"images": (image(), image(user="1000:staff"))}, "'1000:staff'"),
        ({"images": (image(), image(name="my_db"))}, "'my_db'"),
    ],
)
def test_what_no_pod_can_be_is_skipped_with_the_reason(tmp_path, keys, words):
    assert words in reason(tmp_path, job(**keys))


@pytest.mark.parametrize("user", ["", "root", "0", "1000", "1000:1000"])
def test_a_job_in_containers_runs(tmp_path, user):
    assert reason(tmp_path, job(images=(image(user=user), image(name="db")))) is None


def test_root_is_forbidden_where_the_user_wants_restricted_pods(tmp_path):
    made = job(images=(image(user="root"),))
    assert "root" in reason(tmp_path, made, kube_security="restricted")
    assert reason(tmp_path, job(images=(image(user="1000"),)), kube_security="restricted") is None


def differences(*steps, choices=None, arm=False, **keys):
    made = job(*steps, images=keys.pop("images", (image(),)), **keys)
    found = list(pod_differences(made, choices or ClusterChoices(), arm))
    assert all(key in TABLE for key, _ in found)
    return found


def test_a_job_in_a_pod_differs_in_nothing():
    assert differences(run("sudo true"), resource_class="large") == []
    assert differences(images=(image(entrypoint=("e",), command=("c",)), image(command=("c",)))) == []


def test_a_class_that_is_not_given_whole_is_reported():
    assert differences(choices=ClusterChoices(resources=0.5), resource_class="large") == [
        ("resource_class", "the job has 0.5 of resource class large (kubernetes.resources)")
    ]
    assert differences(choices=ClusterChoices(resources=0)) == [
        ("resource_class", "resource_class sets no limits: kubernetes.resources is 0")
    ]


def test_a_node_of_another_architecture_is_reported():
    ((key, text),) = differences(arm=True)
    assert key == "resource_class"
    assert "Arm" in text
    assert differences(arm=True, resource_class="arm.large") == []


def test_the_images_own_entrypoint_is_not_known():
    assert differences(images=(image(command=("c",)),)) == [("own entrypoint", "")]


@pytest.mark.parametrize("keys", [{"auth": ("user", "$PASSWORD")}, {"cloud_auth": "aws_auth"}])
def test_the_cluster_pulls_with_its_own_secrets(keys):
    assert differences(images=(image(), image(**keys))) == [("auth", "")]


def test_sudo_does_not_work_in_a_restricted_pod():
    restricted = ClusterChoices(security="restricted")
    ((key, text),) = differences(run("sudo apt-get update"), choices=restricted)
    assert key == "sudo"
    assert "restricted" in text
    assert differences(run("make"), choices=restricted) == []
