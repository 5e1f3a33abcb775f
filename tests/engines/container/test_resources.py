"""Resource classes as limits. https://circleci.com/docs/guides/execution-managed/resource-class-overview/"""

import pytest

from ci.engines.container.resources import GIB, Machine, differences, limits, read_machine
from ci.errors import Position
from ci.workflow.model import Job

LARGE = Machine(64, 256 * GIB)


def job(resource_class, executor="docker"):
    return Job("build", Position("config.yml", 1, 1), (), executor, resource_class=resource_class)


def reported(resource_class, machine=LARGE, executor="docker", platform=""):
    return list(differences(job(resource_class, executor), machine, platform))


@pytest.mark.parametrize(
    ("resource_class", "executor", "cpus", "gib"),
    [
        ("small", "docker", 1, 2),
        ("medium", "docker", 2, 4),
        ("medium+", "docker", 3, 6),
        ("large", "docker", 4, 8),
        ("xlarge", "docker", 8, 16),
        ("2xlarge", "docker", 16, 32),
        ("2xlarge+", "docker", 20, 40),
        ("large.gen2", "docker", 4, 8),
        ("", "docker", 2, 4),
        ("", "machine", 2, 4),  # the default "can change": it is what TorchServe's checklist asks for
        ("medium", "machine", 2, 7.5),
        ("large", "machine", 4, 15),
        ("2xlarge+", "machine", 32, 64),
        ("medium.gen2", "machine", 2, 8),
        ("2xlarge+.gen3", "machine", 32, 128),
    ],
)
def test_a_class_has_the_documented_cpus_and_memory(resource_class, executor, cpus, gib):
    asked = job(resource_class, executor)
    assert limits(asked, LARGE) == ["--cpus", str(cpus), "--memory", str(int(gib * GIB))]
    assert reported(resource_class, executor=executor) == []


def test_an_arm_class_is_exact_on_an_arm_machine_and_reported_elsewhere():
    assert limits(job("arm.large"), LARGE) == ["--cpus", "4", "--memory", str(16 * GIB)]
    assert reported("arm.large") == [
        "resource class arm.large is Arm, and containers here are x86 (--platform linux/arm64)"
    ]
    assert reported("arm.large", Machine(64, 256 * GIB, arm=True)) == []
    assert reported("arm.large", platform="linux/arm64") == []


def test_on_an_arm_machine_the_other_classes_are_not_what_they_are_on_circleci():
    arm = Machine(64, 256 * GIB, arm=True)
    assert reported("", arm) == ["resource class medium is x86, and containers here are Arm (--platform linux/amd64)"]
    assert reported("large", arm, platform="linux/amd64") == []


def test_a_gpu_is_not_here():
    assert limits(job("gpu.nvidia.medium"), LARGE) == ["--cpus", "8", "--memory", str(30 * GIB)]
    assert reported("gpu.nvidia.medium") == ["resource class gpu.nvidia.medium has a GPU, and containers have none"]


@pytest.mark.parametrize("name", ["my-org/my-runner", "enormous"])
def test_a_class_of_which_nothing_is_known_gets_the_defaults_limits_and_that_is_reported(name):
    assert limits(job(name), LARGE) == ["--cpus", "2", "--memory", str(4 * GIB)]
    assert reported(name) == [f"nothing is known of resource class {name}: the job has 2 CPUs and 4 GiB of memory"]


def test_a_limit_is_never_more_than_the_machine_has():
    assert limits(job("xlarge"), Machine(2, 4 * GIB)) == ["--cpus", "2", "--memory", str(4 * GIB)]


def test_what_the_machine_lacks_is_reported():
    assert reported("large", Machine(2, 4 * GIB)) == [
        "the machine has only 2 of 4 CPUs and 4.0 of 8 GiB of memory for resource class large"
    ]


def test_a_machine_a_little_short_of_memory_counts_as_having_it():
    assert reported("medium", Machine(2, int(3.9 * GIB))) == []


@pytest.mark.parametrize(
    ("answer", "machine"),
    [
        ("2 8 x86_64 true true\n", Machine(2, 8)),  # docker
        ("2 8 aarch64 true true\n", Machine(2, 8, arm=True)),
        ("2 8 x86_64 false false\n", Machine(2, 8, limited=False)),  # rootless docker without cgroup v2
        ("2 8 amd64 [cpuset cpu memory pids]\n", Machine(2, 8)),  # podman
        ("2 8 arm64 [cpuset cpu memory pids]\n", Machine(2, 8, arm=True)),
        ("2 8 amd64 [memory pids]\n", Machine(2, 8, limited=False)),  # rootless: the system hands it no cpu
        ("2 8 amd64 []\n", Machine(2, 8, limited=False)),  # rootless podman on cgroup v1
    ],
)
def test_what_an_engine_reports_of_its_machine(answer, machine):
    assert read_machine(answer) == machine


def test_an_engine_that_can_set_no_limits_is_asked_for_none_and_that_is_reported():
    machine = Machine(2, 8, limited=False)
    assert limits(job("large"), machine) == []
    assert any("resource_class sets no limits" in line for line in reported("large", machine))


def test_an_engine_that_reports_nothing_counts_as_having_plenty():
    assert reported("2xlarge+", read_machine("")) == []
