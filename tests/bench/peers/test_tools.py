"""What each tool is asked for."""

from __future__ import annotations

import pytest

from .model import Job, Workload
from .sample import HANDED
from .tools import TOOLS, NotComparable

PROGRAMS = {"act": "act", "node": "node", "gitlab-ci-local": "gcl", "wrkflw": "wrkflw"}
ONE = (Job("j", ("true",)),)


def words(name, workload):
    tool = next(tool for tool in TOOLS if tool.name == name)
    return " ".join(tool.words(workload, PROGRAMS))


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("nox-circleci", "--parallel 8"),
        ("act", "--concurrent-jobs 8"),
        ("gitlab-ci-local", "--concurrency 8"),
        ("nox by hand", "-j 8"),
    ],
)
def test_as_many_jobs_at_once_as_the_workload_says(name, option):
    assert option in words(name, Workload("W", "", ONE, at_once=8))


def test_containers_run_on_the_engine_that_has_them():
    workload = Workload("W", "", ONE, image="a/b")
    assert "--engine docker" in words("nox-circleci", workload)
    assert "--runtime docker" in words("wrkflw", workload)
    assert "--shell-isolation" not in words("gitlab-ci-local", workload)


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if tool.name != "bash"])
def test_listing_runs_nothing(name):
    assert "list" in words(name, Workload("W", "", ONE, listed=True))


def test_wrkflw_is_not_timed_at_output_that_it_does_not_print():
    with pytest.raises(NotComparable, match="prints no output"):
        words("wrkflw", Workload("W", "", ONE, printing=True))


def test_act_has_no_workspaces():
    with pytest.raises(NotComparable, match="no workspaces"):
        words("act", HANDED)
