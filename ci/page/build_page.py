"""The page of a run from its record, its output and the tests of the kept runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..dataclass import dataclass
from ..escapes import visible_name
from ..record.run_record import RunRecord
from .failure_sections import Again, failure_sections
from .flaky_tests import TestRun
from .head_facts import environment, facts, headline, title
from .job_sections import job_sections, picture
from .kept_tests import KeptTest
from .run_drawings import critical_jobs, graphs, timeline
from .sections import RunPage
from .step_outputs import RunOutput
from .tables import artifact_lists, differences, flaky_lines, slowest_tests


@dataclass(frozen=True, slots=True)
class PageSources:
    """What a page is made from."""

    record: RunRecord
    run: Path
    outputs: Sequence[RunOutput]
    tests: Sequence[KeptTest]
    history: Sequence[TestRun]
    """The tests of the kept runs, oldest first, this one included."""
    command: str
    """What starts the run again."""
    again: Again


def build_page(sources: PageSources) -> RunPage:
    """Return the page of a run."""
    record = sources.record
    run = picture(record.workflows, sources.outputs)
    critical, seconds = critical_jobs(record.workflows)
    return RunPage(
        title=title(record),
        status=record.result,
        headline=headline(record),
        facts=tuple(facts(record)),
        command=visible_name(sources.command),
        failures=tuple(failure_sections(run, sources.tests, sources.again)),
        graphs=tuple(graphs(run, critical)),
        timeline=timeline(run, record, critical, seconds),
        jobs=tuple(job_sections(run, critical)),
        slowest=slowest_tests(run, sources.tests),
        flaky=tuple(flaky_lines(sources.history, len(record.workflows) > 1)),
        artifacts=tuple(artifact_lists(run, sources.run)),
        differences=tuple(differences(run)),
        environment=tuple(environment(record)),
        generator=visible_name(f"nox-circleci {record.package}"),
    )
