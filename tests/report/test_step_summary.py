"""GitHub's step summary, compared with one that was written by hand."""

from pathlib import Path

from ci.events import TestCounts
from ci.report.step_summary import MOST_FAILURES, MOST_JOBS, step_summary

from ..record.records import job, run, step, workflow

STORED = Path(__file__).parent / "ci_logs" / "step-summary.md"


def summary(record, lines=(), command="ci run smoke -j test"):
    return step_summary(record, lambda excerpt: lines, lambda found, name: command)


def test_the_summary_has_a_table_of_the_jobs_and_what_failed():
    hostile = "test|<b>&amp"
    jobs = (
        job("build", started=1.0),
        job(hostile, "failed", step(), step(2, "failed", name="say `it`"), started=1.0, tests=TestCounts(35, 2)),
        job("deploy", "skipped", reason="its orb a/b is missing"),
    )
    record = run(workflow("smoke", *jobs, result="failed", seconds=125.0))
    lines = ["a line with ``` in it", "::error::not a command here"]
    assert summary(record, lines) == STORED.read_text(encoding="utf-8")


def test_a_text_is_never_markup():
    record = run(workflow("a\n# b", job("<script>`*x*`[y](z)@me #1", started=1.0)))
    table = summary(record)
    assert table.startswith("### CircleCI workflow a \\# b: passed")
    assert r"\<script\>\`\*x\*\`\[y\](z)\@me \#1" in table


def test_a_run_of_very_many_jobs_has_a_summary_that_github_takes():
    """A step's summaries have 1 MiB: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
    jobs = [job(f"job-{number}" * 20, "failed", step(1, "failed")) for number in range(MOST_JOBS * 2)]
    text = summary(run(workflow("w", *jobs)), ["x" * 5000] * 20)
    assert len(text.encode()) < 2**20
    assert f"{MOST_JOBS} more" in text
    assert text.count("####") == MOST_FAILURES
