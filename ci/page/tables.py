"""What the page lists: slow and flaky tests, artifacts, differences from CircleCI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..escapes import visible_name
from .artifact_files import artifact_links, file_href
from .flaky_tests import FlakyTest, TestRun, flaky_tests
from .job_sections import RunPicture
from .kept_tests import KeptTest
from .sections import ArtifactList, DifferenceLine, FlakyLine, Link, TestLine

SLOWEST = 10
FLAKY = 50
FEW = 6
"""Jobs that are named with a difference from CircleCI; more are counted."""


def slowest_tests(run: RunPicture, tests: Sequence[KeptTest]) -> tuple[TestLine, ...]:
    """Return the tests of the run that took longest, those first."""
    links = {
        (workflow.name, job.name): run.link(index, job.name)
        for index, workflow in enumerate(run.workflows)
        for job in workflow.jobs
    }
    timed = [each for each in tests if each.seconds > 0 and (each.workflow, each.job) in links]
    slow = sorted(timed, key=lambda each: -each.seconds)[:SLOWEST]
    return tuple(
        TestLine(links[each.workflow, each.job], each.name, f"{each.seconds:.2f} s", each.outcome) for each in slow
    )


def flaky_lines(history: Iterable[TestRun], several: bool) -> Iterator[FlakyLine]:
    """Yield the flaky tests of the kept runs, with their workflows if there are ``several``."""
    for test in flaky_tests(history)[:FLAKY]:
        yield _flaky(test, several)


def _flaky(test: FlakyTest, several: bool) -> FlakyLine:
    job = f"{test.workflow} {test.job}" if several else test.job
    if "mixed" in test.results:
        why = "passed and failed in one run"
    elif test.content:
        why = f"passed and failed at commit {test.content[:12]}"
    else:
        why = f"changed {test.changes} times in {len(test.results)} runs"
    return FlakyLine(visible_name(job), test.name, visible_name(why), test.results)


def artifact_lists(run: RunPicture, folder: Path) -> Iterator[ArtifactList]:
    """Yield the files of each job that has stored some; ``folder`` is the run's."""
    for index, workflow in enumerate(run.workflows):
        for job in workflow.jobs:
            if job.artifacts and job.artifacts_folder:
                files, more = artifact_links(folder, job.artifacts_folder)
                whole = Link(f"{visible_name(job.artifacts_folder)}/", file_href(job.artifacts_folder, ""))
                yield ArtifactList(run.link(index, job.name), whole, files, more)


def differences(run: RunPicture) -> Iterator[DifferenceLine]:
    """Yield each difference once, with the jobs that it is about, unless it is about all that have run."""
    ran = sum(bool(job.nodes) for workflow in run.workflows for job in workflow.jobs)
    found: dict[str, list[Link]] = {}
    for index, workflow in enumerate(run.workflows):
        for job in workflow.jobs:
            for text in job.fidelity.differences if job.fidelity else ():
                found.setdefault(visible_name(text), []).append(run.link(index, job.name))
    for text, jobs in found.items():
        everywhere = len(jobs) >= ran > 1
        yield DifferenceLine(text, () if everywhere else tuple(jobs[:FEW]), 0 if everywhere else len(jobs[FEW:]))
