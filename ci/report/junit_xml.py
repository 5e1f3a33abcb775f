"""A run as JUnit XML, as CI systems read it: a suite for each job, a case for each step and each failing test.

The elements and attributes are those of Jenkins' junit-10.xsd, which other readers take too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..dataclass import dataclass
from ..escapes import visible_name
from ..record.run_record import JobRecord, NodeRecord, RunRecord, StepRecord, WorkflowRecord
from .style import duration, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.storage.junit import Case

FailingTests = Mapping[tuple[str, str], "Sequence[Case]"]
"""The failing tests of a job's stored results, by the names of its workflow and its own."""

_ESCAPED = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    10: "&#10;",
    9: "&#9;",
    13: "&#13;",
}
_KINDS = ("failure", "error", "skipped")


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """A case of a suite; ``kind`` is the element that says why it did not pass, empty if it did."""

    name: str
    classname: str
    seconds: float = 0.0
    kind: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


def junit_xml(run: RunRecord, tests: FailingTests) -> str:
    """Return the document; whatever is in a name or a message, it is XML."""
    suites = [(name, job, list(cases(workflow, job, tests))) for workflow, job, name in _jobs(run)]
    every = [case for _, _, found in suites for case in found]
    head = _element("testsuites", name=run.id, **_counts(every, skipped=False), time=_time(run.seconds))
    bodies = (_suite(name, job, run, found) for name, job, found in suites)
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<{head}>", *bodies, "</testsuites>", ""])


def _jobs(run: RunRecord) -> Iterator[tuple[WorkflowRecord, JobRecord, str]]:
    """Yield the jobs with the names of their suites, which are the jobs' own if there is one workflow."""
    for workflow in run.workflows:
        for job in workflow.jobs:
            yield workflow, job, f"{workflow.name}/{job.name}" if len(run.workflows) > 1 else job.name


def cases(workflow: WorkflowRecord, job: JobRecord, tests: FailingTests) -> Iterator[ReportedCase]:
    """Yield the cases of a job: its steps, what it says itself if they do not show it, its failing tests."""
    steps = [(node, step) for node in job.nodes for step in node.steps]
    yield from (_of_step(workflow, node, step) for node, step in steps)
    if not steps or (job.status in ("failed", "timedout") and not any(step.fails_job for _, step in steps)):
        yield _of_job(workflow, job)
    for case in tests.get((workflow.name, job.name), ()):
        yield ReportedCase(
            case.name or "unnamed", case.classname or job.name, case.seconds, case.outcome, case.outcome, case.message
        )


def _of_step(workflow: WorkflowRecord, node: NodeRecord, step: StepRecord) -> ReportedCase:
    name, classname = f"{step.number}. {one_line(step.name)}", f"{workflow.name}.{node.label}"
    text = f"{step.position}\nlog: {node.log}:{step.line}"
    if step.fails_job:
        return ReportedCase(name, classname, step.seconds or 0.0, "failure", step.status, _ended(step), text)
    if step.status == "running":
        return ReportedCase(name, classname, 0.0, "error", "running", "the run ended before the step did", text)
    if step.status in ("skipped", "canceled"):
        return ReportedCase(name, classname, step.seconds or 0.0, "skipped", step.status, step.message or step.status)
    return ReportedCase(name, classname, step.seconds or 0.0)


def _ended(step: StepRecord) -> str:
    if step.status == "timedout":
        parts = [f"timed out after {duration(step.seconds or 0.0)}", step.message]
    else:
        parts = [f"exit status {step.exit_status}" if step.exit_status else "", step.message]
    return ": ".join(part for part in parts if part) or step.status


def _of_job(workflow: WorkflowRecord, job: JobRecord) -> ReportedCase:
    kind = {"success": "", "failed": "error", "timedout": "error", "running": "error"}.get(job.status, "skipped")
    words = job.status.replace("_", " ")
    message = job.reason or ("the run ended before the job did" if job.status == "running" else words)
    text = f"{job.position}" if kind == "error" else ""
    return ReportedCase(job.name, f"{workflow.name}.{job.name}", job.seconds or 0.0, kind, words, message, text)


def _suite(name: str, job: JobRecord, run: RunRecord, found: Sequence[ReportedCase]) -> str:
    began = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(job.started or run.started))
    counts = _counts(found, skipped=True)
    head = _element("testsuite", name=name, **counts, time=_time(job.seconds), timestamp=began)
    return "\n".join([f"  <{head}>", *map(_case, found), "  </testsuite>"])


def _case(case: ReportedCase) -> str:
    head = _element("testcase", classname=case.classname, name=case.name, time=_time(case.seconds))
    if case.kind not in _KINDS:
        return f"    <{head}/>"
    inner = _element(case.kind, type=case.type, message=case.message)
    return f"    <{head}>\n      <{inner}>{_text(case.text)}</{case.kind}>\n    </testcase>"


def _counts(found: Iterable[ReportedCase], skipped: bool) -> dict[str, str]:
    kinds = [case.kind for case in found]
    counts = {"tests": len(kinds), "failures": kinds.count("failure"), "errors": kinds.count("error")}
    if skipped:
        counts["skipped"] = kinds.count("skipped")
    return {name: str(count) for name, count in counts.items()}


def _element(tag: str, **attributes: str) -> str:
    return " ".join([tag, *(f'{name}="{_text(visible_name(value))}"' for name, value in attributes.items())])


def _text(text: str) -> str:
    if not text.isprintable():
        text = "".join(letter if _is_xml(letter) else "\ufffd" for letter in text)
    return text.translate(_ESCAPED)


def _is_xml(letter: str) -> bool:
    """Return whether XML 1.0 allows a character. https://www.w3.org/TR/xml/#charsets"""
    return letter in "\t\n\r" or "\x20" <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter > "\uffff"


def _time(seconds: float | None) -> str:
    return f"{max(0.0, seconds or 0.0):.3f}"
