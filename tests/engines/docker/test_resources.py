"""Resource classes as limits. https://circleci.com/docs/reference/configuration-reference/#docker-execution-environment"""

import pytest

from ci.engines.docker.resources import GIB, Machine, limits, read_machine, shortage

LARGE = Machine(64, 256 * GIB)


@pytest.mark.parametrize(
    ("resource_class", "cpus", "gib"),
    [
        ("small", 1, 2),
        ("medium", 2, 4),
        ("medium+", 3, 6),
        ("large", 4, 8),
        ("xlarge", 8, 16),
        ("2xlarge", 16, 32),
        ("2xlarge+", 20, 40),
        ("arm.medium", 2, 4),
        ("", 2, 4),
        ("my-org/my-runner", 2, 4),
    ],
)
def test_a_class_has_the_documented_cpus_and_memory(resource_class, cpus, gib):
    assert limits(resource_class, LARGE) == ["--cpus", str(cpus), "--memory", str(gib * GIB)]
    assert shortage(resource_class, LARGE) == ""


def test_a_limit_is_never_more_than_the_machine_has():
    assert limits("xlarge", Machine(2, 4 * GIB)) == ["--cpus", "2", "--memory", str(4 * GIB)]


def test_what_the_machine_lacks_is_said():
    said = shortage("large", Machine(2, 4 * GIB))
    assert said == "the machine has only 2 of 4 CPUs and 4.0 of 8 GiB of memory for resource class large"


def test_a_machine_a_little_short_of_memory_counts_as_having_it():
    assert shortage("medium", Machine(2, int(3.9 * GIB))) == ""


@pytest.mark.parametrize(
    ("told", "limited"),
    [
        ("2 8 true true\n", True),  # docker
        ("2 8 false false\n", False),  # rootless docker without cgroup v2
        ("2 8 [cpuset cpu memory pids]\n", True),  # podman
        ("2 8 [memory pids]\n", False),  # rootless podman to which the system hands no cpu
        ("2 8 []\n", False),  # rootless podman on cgroup v1
    ],
)
def test_an_engine_that_can_set_no_limits_is_asked_for_none_and_that_is_said(told, limited):
    machine = read_machine(told)
    assert machine == Machine(2, 8, limited)
    if not limited:
        assert limits("large", machine) == []
        assert "resource_class sets no limits" in shortage("large", machine)


def test_an_engine_that_tells_nothing_counts_as_having_plenty():
    assert shortage("2xlarge+", read_machine("")) == ""
