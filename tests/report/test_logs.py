"""One plain text log for each job, and for each node of a job with parallelism."""

import pytest

from ci.errors import Position
from ci.events import Fidelity, JobFinished, JobStarted, Notice, Output, StepFinished, StepStarted
from ci.report.logs import Logs

HERE = Position("config.yml", 3, 7)


@pytest.fixture
def logs(tmp_path):
    reporter = Logs(lambda job: tmp_path / f"{job}.log")
    yield reporter
    reporter.close()


def started(job="build"):
    return JobStarted(0, job, "py3", HERE, ("in /tmp/x",))


def test_a_log_reports_the_details_each_step_its_output_and_how_it_ended(logs, tmp_path):
    for event in (
        started(),
        StepStarted(0, "build", 1, "make all\nmake test", HERE),
        Output(0, "build", 1, "compi"),
        Output(0, "build", 1, "led\n"),
        StepFinished(0, "build", 1, "make all\nmake test", "failed", 0.5, HERE, 2),
        JobFinished(0, "build", "failed", 1.0, Fidelity("exact"), "a reason"),
    ):
        logs(event)
    assert (tmp_path / "build.log").read_text().splitlines() == [
        "# in /tmp/x",
        "== 1. make all... (config.yml:3:7)",
        "compiled",
        "-- failed with exit status 2 after 0.5 s",
        "## failed after 1.0 s: a reason",
    ]


def test_output_without_a_line_end_keeps_its_line(logs, tmp_path):
    logs(started())
    logs(Output(0, "build", 1, "no newline"))
    logs(Notice(0, "a word", "build"))
    assert (tmp_path / "build.log").read_text().splitlines()[1:] == ["no newline", "# a word"]


def test_output_is_kept_byte_for_byte(logs, tmp_path):
    logs(started())
    logs(Output(0, "build", 1, "10%\r100%\r\né\n"))
    logs.close()
    assert (tmp_path / "build.log").read_bytes().endswith("10%\r100%\r\né\n".encode())


def test_each_node_has_a_log_of_its_own(logs, tmp_path):
    (tmp_path / "build").mkdir()
    for node in ("build/0", "build/1"):
        logs(started(node))
        logs(Output(0, node, 1, f"{node}\n"))
    logs(JobFinished(0, "build", "success", 1, Fidelity("exact")))
    assert [(tmp_path / f"build/{n}.log").read_text().splitlines()[-1] for n in (0, 1)] == ["build/0", "build/1"]


def test_what_is_reported_of_the_run_is_in_no_jobs_log(logs, tmp_path):
    logs(started())
    logs(Notice(0, "of the run"))
    assert "of the run" not in (tmp_path / "build.log").read_text()


def test_a_log_knows_the_line_at_which_each_step_begins(logs, tmp_path):
    for event in (
        started(),
        StepStarted(0, "build", 1, "first", HERE),
        Output(0, "build", 1, "one\ntwo without an end"),
        Notice(0, "a notice\nof two lines", "build"),
        StepStarted(0, "build", 2, "second", HERE),
        StepStarted(0, "build", 3, "third", HERE),
    ):
        logs(event)
    path = tmp_path / "build.log"
    lines = path.read_text().splitlines()
    for number, name in enumerate(("first", "second", "third"), 1):
        assert logs.place("build", number) == (path, lines.index(f"== {number}. {name} (config.yml:3:7)") + 1)


def test_a_step_or_job_that_the_log_does_not_know(logs, tmp_path):
    assert logs.place("build", 1) is None
    logs(started())
    assert logs.place("build", 7) == (tmp_path / "build.log", 1)


def test_output_is_in_the_log_as_soon_as_it_has_come(logs, tmp_path):
    logs(started())
    logs(Output(0, "build", 1, "half a line"))
    assert (tmp_path / "build.log").read_text().endswith("half a line")


def test_the_log_of_a_job_that_was_detached_goes_on(tmp_path):
    place = tmp_path / "build.log"
    place.write_text("# before\n== 1. one (config.yml:3:7)\n")
    logs = Logs(lambda job: place)
    logs(JobStarted(0, "build", "py3", HERE, ("back",), again=True))
    logs(StepStarted(0, "build", 2, "two", HERE))
    logs.close()
    assert place.read_text().splitlines() == [
        "# before",
        "== 1. one (config.yml:3:7)",
        "# back",
        "== 2. two (config.yml:3:7)",
    ]
    assert logs.line("build", 2) == 4
