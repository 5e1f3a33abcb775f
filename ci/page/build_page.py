"""The page of a run from its record, its output and the tests of the kept runs."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ..dataclass import dataclass
from ..escapes import visible_name
from ..options.table import table
from ..record.run_record import JobRecord, RunRecord, WorkflowRecord
from ..report.style import duration, plural
from .artifact_files import artifact_links, file_href
from .critical_path import critical_path
from .drawn_graph import GraphJob, drawn_graph, needs_words
from .drawn_timeline import Period, drawn_timeline
from .failure_sections import Again, failure_sections
from .flaky_tests import FlakyTest, TestRun, flaky_tests
from .job_sections import RunPicture, job_sections, picture
from .kept_tests import KeptTest
from .sections import ArtifactList, DifferenceLine, FlakyLine, GraphDrawing, Link, RunPage, TestLine, Timeline
from .step_outputs import RunOutput

SLOWEST = 10
FLAKY = 50
RESULTS = {"success": "passed", "on_hold": "on hold", "running": "did not end"}
"""How a result is said, if not as it is called."""


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
    critical, critical_seconds = _critical(record.workflows)
    flaky = flaky_tests(sources.history)
    return RunPage(
        title=f"{_workflows(record)} {_said(record.result)}",
        status=record.result,
        headline=_headline(record),
        facts=tuple(_facts(record)),
        command=visible_name(sources.command),
        failures=tuple(failure_sections(run, sources.tests, sources.again)),
        graphs=tuple(_graphs(run, critical)),
        timeline=_timeline(run, record, critical, critical_seconds),
        jobs=tuple(job_sections(run, critical)),
        slowest=_slowest(run, sources.tests),
        flaky=tuple(_flaky(each, len(record.workflows) > 1) for each in flaky[:FLAKY]),
        artifacts=tuple(_artifacts(run, sources.run)),
        differences=_differences(run),
        environment=tuple(_environment(record)),
        generator=f"nox-circleci {record.package}",
    )


def _said(result: str) -> str:
    return RESULTS.get(result, result.replace("_", " "))


def _workflows(record: RunRecord) -> str:
    return visible_name(", ".join(each.name for each in record.workflows)) or "run"


def _headline(record: RunRecord) -> str:
    """Return the numbers of jobs by how they ended: ``2 failed, 3 passed``."""
    found = [job.status for each in record.workflows for job in each.jobs]
    order = ("failed", "timedout", "canceled", "not_run", "skipped", "on_hold", "running", "waiting", "success")
    words = {"timedout": "timed out", "success": "passed", "not_run": "did not run", "on_hold": "on hold"}
    return ", ".join(f"{found.count(each)} {words.get(each, each)}" for each in order if each in found)


def _facts(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "run", record.id
    if record.tag:
        yield "tag", visible_name(record.tag)
    elif record.branch:
        yield "branch", visible_name(record.branch)
    if record.commit:
        dirty = f" and {plural(record.dirty, 'uncommitted file')}" if record.dirty else ""
        yield "commit", f"{visible_name(record.commit[:12])}{dirty}"
    yield "started", time.strftime("%a %d %b %Y, %H:%M:%S", time.localtime(record.started))
    if record.seconds is not None:
        yield "took", duration(record.seconds)
    engines = dict.fromkeys(node.engine for each in record.workflows for job in each.jobs for node in job.nodes)
    names = [name for name in engines if name] or list(dict.fromkeys(each.engine for each in record.workflows))
    yield "engine", visible_name(", ".join(names))


def _critical(workflows: Sequence[WorkflowRecord]) -> tuple[list[tuple[int, str]], float]:
    """Return the jobs of the critical paths, workflow by workflow, which run one after another."""
    found: list[tuple[int, str]] = []
    total = 0.0
    for index, workflow in enumerate(workflows):
        parents = {job.name: [need.name for need in job.needs] for job in workflow.jobs}
        names, seconds = critical_path(parents, {job.name: job.seconds or 0.0 for job in workflow.jobs})
        found += [(index, name) for name in names]
        total += seconds
    return found, total


def _graphs(run: RunPicture, critical: Sequence[tuple[int, str]]) -> Iterator[GraphDrawing]:
    for index, workflow in enumerate(run.workflows):
        names = {name for number, name in critical if number == index}
        jobs = [_graph_job(run, index, job) for job in workflow.jobs]
        if jobs:
            marked = {visible_name(name) for name in names} if len(jobs) > len(names) else ()
            yield drawn_graph(visible_name(workflow.name), jobs, marked)


def _graph_job(run: RunPicture, index: int, job: JobRecord) -> GraphJob:
    note = duration(job.seconds) if job.seconds is not None and job.nodes else job.status.replace("_", " ")
    needs = [(visible_name(each.name), needs_words(each.statuses)) for each in job.needs]
    return GraphJob(visible_name(job.name), job.status, note, f"#{run.anchors[index, job.name]}", needs)


def _timeline(
    run: RunPicture, record: RunRecord, critical: Collection[tuple[int, str]], seconds: float
) -> Timeline | None:
    rows = [
        _period(run, index, job, number, (index, job.name) in critical)
        for index, workflow in enumerate(run.workflows)
        for job in workflow.jobs
        for number in range(len(job.nodes))
    ]
    if not rows:
        return None
    links = tuple(run.link(index, name) for index, name in critical)
    return drawn_timeline(rows, record.started, record.seconds or 0.0, links, seconds)


def _period(run: RunPicture, index: int, job: JobRecord, number: int, critical: bool) -> Period:
    node = job.nodes[number]
    anchor = run.anchors[index, node.label]
    steps = [
        Period(
            f"{step.number}. {visible_name(step.name.strip().partition(chr(10))[0])}",
            f"#{anchor}.{step.number}",
            step.status,
            step.started,
            step.seconds or 0.0,
        )
        for step in node.steps
    ]
    end = max([each.started + each.seconds for each in steps], default=node.started)
    if len(job.nodes) == 1 and job.finished is not None:
        end = max(end, job.finished)
    status = job.status if len(job.nodes) == 1 else _node_status([step.fails_job for step in node.steps], job.status)
    return Period(visible_name(node.label), f"#{anchor}", status, node.started, end - node.started, steps, critical)


def _node_status(failed: Sequence[bool], job: str) -> str:
    return "failed" if any(failed) else "success" if job in ("failed", "timedout") else job


def _slowest(run: RunPicture, tests: Sequence[KeptTest]) -> tuple[TestLine, ...]:
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


def _flaky(test: FlakyTest, several: bool) -> FlakyLine:
    job = f"{test.workflow} {test.job}" if several else test.job
    if "mixed" in test.results:
        why = "passed and failed in one run"
    elif test.content:
        why = f"passed and failed at commit {test.content[:12]}"
    else:
        why = f"changed {test.changes} times in {len(test.results)} runs"
    return FlakyLine(visible_name(job), test.name, visible_name(why), test.results)


def _artifacts(run: RunPicture, folder: Path) -> Iterator[ArtifactList]:
    for index, workflow in enumerate(run.workflows):
        for job in workflow.jobs:
            if job.artifacts and job.artifacts_folder:
                files, more = artifact_links(folder, job.artifacts_folder)
                whole = Link(f"{visible_name(job.artifacts_folder)}/", file_href(job.artifacts_folder, ""))
                yield ArtifactList(run.link(index, job.name), whole, files, more)


def _differences(run: RunPicture) -> tuple[DifferenceLine, ...]:
    """Return each difference once, with the jobs that it is about."""
    found: dict[str, list[Link]] = {}
    for index, workflow in enumerate(run.workflows):
        for job in workflow.jobs:
            for text in job.fidelity.differences if job.fidelity else ():
                found.setdefault(visible_name(text), []).append(run.link(index, job.name))
    return tuple(DifferenceLine(text, tuple(jobs)) for text, jobs in found.items())


def _environment(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "project", visible_name(record.project)
    yield "config", visible_name(record.config)
    for each in record.workflows:
        name = f"{visible_name(each.name)}: " if len(record.workflows) > 1 else ""
        reason = f" ({each.engine_reason})" if each.engine_reason else ""
        yield f"{name}engine", visible_name(f"{each.engine}{reason}")
        if each.pipeline_number:
            yield f"{name}pipeline", f"{each.pipeline_number}"
    contexts = dict.fromkeys(name for each in record.workflows for job in each.jobs for name in job.contexts)
    if contexts:
        yield "contexts", visible_name(", ".join(contexts))
    for name, value in record.parameters.items():
        yield f"parameter {visible_name(name)}", visible_name(_text(value))
    for declared in table("run"):
        value = record.options.get(declared.field)
        if declared.flags and declared.help and value is not None and _text(value) != _text(declared.default):
            yield max(declared.flags, key=len), "yes" if declared.is_switch else visible_name(_text(value))


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
