"""What is measured, and with which words each is asked to run a workload."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .configs import WORKFLOW
from .install import ACT, GITLAB_CI_LOCAL, WRKFLW, Peer
from .model import Workload

Words = list[str]


class NotComparable(Exception):
    """Why a tool does not do a workload."""


@dataclass(frozen=True)
class Tool:
    """One column: the name, the mode in which it runs, and its words for a workload."""

    name: str
    mode: str
    words: Callable[[Workload, Mapping[str, str]], Words]
    peer: Peer | None = None
    isolates: bool = True
    """Whether a job has a place of its own."""
    mark: bytes | None = None
    """How it shows the end of a step, for one that does not show a step's output."""


def ours(workload: Workload, programs: Mapping[str, str]) -> Words:
    program = [sys.executable, "-m", "ci"]
    if workload.listed:
        return [*program, "list"]
    return [*program, "run", WORKFLOW, *_options(workload)]


def ours_in_nox(workload: Workload, programs: Mapping[str, str]) -> Words:
    if workload.listed:
        return [sys.executable, "-m", "nox", "--list"]
    if len(workload.jobs) > 1:
        raise NotComparable("measured with one job: the rest is the same")
    return [sys.executable, "-m", "nox", "-s", WORKFLOW, "--", *_options(workload)]


def _options(workload: Workload) -> Words:
    """With ``-v`` jobs at once show their steps' output, as the others' do."""
    at_once = ["--parallel", str(workload.at_once), "-v"] if workload.at_once > 1 else []
    return ["--engine", "docker" if workload.image else "host", *at_once, *(["-q"] if workload.quiet else [])]


def by_hand(workload: Workload, programs: Mapping[str, str]) -> Words:
    program = [sys.executable, "-m", "nox", "-f", "by_hand.py"]
    if workload.image:
        raise NotComparable("runs no containers")
    if workload.listed:
        return [*program, "--list"]
    return [*program, *(["-j", str(workload.at_once)] if workload.at_once > 1 else [])]


def bash(workload: Workload, programs: Mapping[str, str]) -> Words:
    if workload.listed:
        raise NotComparable("lists nothing")
    return ["bash", "floor.sh"]


def act(workload: Workload, programs: Mapping[str, str]) -> Words:
    if workload.listed:
        return [programs["act"], "--list"]
    if any(job.leaves for job in workload.jobs):
        raise NotComparable("no workspaces: files are handed over by actions that it downloads from GitHub")
    words = [programs["act"], "push", "-P", "ubuntu-latest=-self-hosted", "--pull=false"]
    return [*words, "--concurrent-jobs", str(workload.at_once), *(["-q"] if workload.quiet else [])]


def gitlab(*mode: str) -> Callable[[Workload, Mapping[str, str]], Words]:
    def words(workload: Workload, programs: Mapping[str, str]) -> Words:
        program = [programs["node"], programs["gitlab-ci-local"]]
        if workload.listed:
            return [*program, "--list"]
        if workload.image and not mode:
            raise NotComparable("the mode is for jobs without containers")
        quiet = ["--quiet"] if workload.quiet else []
        return [*program, "--concurrency", str(workload.at_once), *_in_container(workload, mode), *quiet]

    return words


def _in_container(workload: Workload, mode: tuple[str, ...]) -> tuple[str, ...]:
    """The mode without containers, or what keeps it from asking for images that are here, and for one of its own."""
    return ("--pull-policy", "if-not-present", "--helper-image", workload.image) if workload.image else mode


def wrkflw(runtime: str) -> Callable[[Workload, Mapping[str, str]], Words]:
    def words(workload: Workload, programs: Mapping[str, str]) -> Words:
        if workload.listed:
            return [programs["wrkflw"], "list", "--jobs"]
        if workload.printing:
            raise NotComparable("prints no output of steps that pass")
        if workload.image and runtime == "emulation":
            raise NotComparable("the mode is for jobs without containers")
        kind = "docker" if workload.image else runtime
        return [programs["wrkflw"], "run", "--runtime", kind, ".github/workflows/w.yml"]

    return words


ISOLATED = ("--shell-isolation", "--no-artifacts-to-source")
ENDED = "✔ Step ".encode()
TOOLS = (
    Tool("nox-circleci", "a view of the machine for each job", ours),
    Tool("nox-circleci in nox", "the same as a nox session", ours_in_nox),
    Tool("act", "host mode", act, ACT),
    Tool(
        "gitlab-ci-local",
        "a folder for each job",
        gitlab(*ISOLATED),
        GITLAB_CI_LOCAL,
    ),
    Tool("gitlab-ci-local shared", "one folder for all jobs", gitlab(), GITLAB_CI_LOCAL, isolates=False),
    Tool("wrkflw", "secure-emulation", wrkflw("secure-emulation"), WRKFLW, mark=ENDED),
    Tool("wrkflw unsafe", "emulation", wrkflw("emulation"), WRKFLW, mark=ENDED),
    Tool("nox by hand", "one folder for all sessions", by_hand, isolates=False),
    Tool("bash", "the floor", bash),
)
