"""What the loop knows after each run: what fails, and whose results come from older files."""

from pathlib import Path

from ci.dataclass import replace
from ci.errors import Position
from ci.record.run_record import JobRecord, RunRecord, WorkflowRecord
from ci.watch.standing import Standing

AT = Position("config.yml", 1, 1)


def record(**jobs):
    """A run of workflow w: each job's status; one with ``<`` before it was taken from an earlier run."""
    found = tuple(
        JobRecord(
            name, "build", name, name, AT, status=status.lstrip("<"), finished=1.0,
            from_run="earlier" if status.startswith("<") else "",
        )
        for name, status in jobs.items()
    )  # fmt: skip
    return RunRecord("id", "1", 0.0, "/p", "config.yml", workflows=(WorkflowRecord("w", AT, "host", "", found),))


def after(standing, **jobs):
    return standing.after(Path("run"), record(**jobs), standing.version)


def test_a_result_is_outdated_once_files_are_saved_after_the_run_began():
    standing = after(Standing(), a="success", b="failed")
    assert standing.outdated() == frozenset()
    assert standing.saved().outdated() == {("w", "a"), ("w", "b")}


def test_a_result_that_was_taken_over_stays_outdated():
    standing = after(after(Standing(), a="success", b="failed").saved(), a="<success", b="success")
    assert standing.outdated() == {("w", "a")}


def test_what_the_first_run_took_from_others_is_outdated_by_the_next_save():
    standing = after(Standing(), a="<success", b="success")
    assert standing.outdated() == frozenset()
    assert standing.saved().outdated() == {("w", "a"), ("w", "b")}


def test_a_failed_job_whose_older_result_fits_again_fails_no_more():
    failed = after(Standing(), a="failed", b="success")
    passed = after(failed.saved(), a="<success", b="<success")
    assert passed.failing == frozenset()
    assert passed.outdated() == {("w", "b")}


def test_files_saved_while_it_ran_outdate_what_it_did():
    standing = Standing().saved()
    assert standing.after(Path("run"), record(a="success"), 0).outdated() == {("w", "a")}


def test_a_job_fails_until_it_passes_whatever_has_ended_its_runs_meanwhile():
    failed = after(Standing(), a="failed", b="timedout", c="success")
    assert failed.failing == {("w", "a"), ("w", "b")}
    canceled = after(failed.saved(), a="canceled", b="not_run", c="<success")
    assert canceled.failing == failed.failing
    assert after(canceled, a="success", b="failed", c="<success").failing == {("w", "b")}


def test_the_next_run_goes_on_from_the_last_one_with_a_record():
    assert replace(after(Standing(), a="success"), version=3).earlier == Path("run")
