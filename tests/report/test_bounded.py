"""The output of one job on disk: its beginning, the end of each step, and a line that says what is missing."""

import json

import pytest

from ci.errors import Position
from ci.events import Fidelity, JobFinished, JobStarted, Notice, Output, StepFinished, StepStarted
from ci.report.bounded import Bounded
from ci.report.json_lines import JsonLines, output_size
from ci.report.logs import Logs

from ..projects import make_project

HERE = Position("config.yml", 3, 7)


class Kept(list):
    """A reporter that keeps what it gets."""

    closed = False

    def __call__(self, event):
        self.append(event)

    def close(self):
        self.closed = True

    @property
    def text(self):
        return "".join(each.text if isinstance(each, Output) else f"<{each.text}>" for each in self if has_text(each))


def has_text(event):
    return isinstance(event, Output | Notice)


def ended(job="build", step=1):
    return StepFinished(0, job, step, "make", "success", 1, HERE)


def out(text, job="build", step=1):
    return Output(0, job, step, text)


def test_what_stays_within_the_limit_goes_on_at_once():
    kept = Kept()
    Bounded(20, kept)(out("0123456789"))
    assert kept == [out("0123456789")]


def test_beyond_the_limit_the_end_of_the_step_is_kept_behind_a_line_that_says_what_is_missing():
    kept = Kept()
    bounded = Bounded(20, kept)
    for number in range(100):
        bounded(out(f"{number:04}\n"))
    bounded(ended())
    assert kept.text == "0000\n0001\n<0.0 MB of output are left out here: log-limit 2e-05 MB>0098\n0099\n"
    assert kept[-1] == ended()


def test_one_text_that_is_larger_than_all_is_cut():
    kept = Kept()
    bounded = Bounded(20, kept)
    bounded(out("a" * 10 + "b" * 1000 + "c" * 10))
    bounded(ended())
    assert kept.text.startswith("a" * 10 + "<")
    assert kept.text.endswith(">" + "c" * 10)


def test_the_end_of_each_later_step_is_kept():
    kept = Kept()
    bounded = Bounded(20, kept)
    for step in (1, 2, 3):
        bounded(StepStarted(0, "build", step, "make", HERE))
        bounded(out("x" * 1000 + f"end of {step}", step=step))
        bounded(ended(step=step))
    assert [f"end of {step}" in kept.text for step in (1, 2, 3)] == [True, True, True]
    assert len(kept.text) < 300


def test_each_job_and_each_node_has_a_limit_of_its_own():
    kept = Kept()
    bounded = Bounded(20, kept)
    for job in ("a", "b/0", "b/1"):
        bounded(out("x" * 10, job))
    assert len(kept) == 3


@pytest.mark.parametrize("end", [JobFinished(0, "build", "canceled", 1, Fidelity("exact")), None])
def test_a_step_that_never_finishes_keeps_its_end_too(end):
    kept = Kept()
    bounded = Bounded(20, kept)
    bounded(out("x" * 1000 + "the end"))
    if end:
        bounded(end)
    bounded.close()
    assert kept.text.endswith("the end")
    assert kept.closed


def test_without_a_limit_everything_is_kept():
    kept = Kept()
    Bounded(0, kept)(out("x" * 100_000_000))
    assert len(kept.text) == 100_000_000


def test_many_small_outputs_do_not_grow_the_events_past_the_limit(tmp_path):
    events = Bounded(20_000, JsonLines(open(tmp_path / "events.jsonl", "w")), output_size)
    log = Bounded(20_000, Logs(lambda job: tmp_path / "log"))
    for reporter in (events, log):
        reporter(JobStarted(0, "build", "py3", HERE))
        for _ in range(50_000):
            reporter(out("\u2028"))
        reporter(ended())
        reporter.close()
    assert (tmp_path / "events.jsonl").stat().st_size < 40_000
    assert (tmp_path / "log").stat().st_size < 21_000


@pytest.mark.parametrize("way", ["option", "variable", "setting"])
def test_a_run_keeps_the_beginning_and_the_end_and_shows_all(tmp_path, way):
    config = """
        version: 2.1
        jobs: {build: {docker: [{image: a/b}], steps: [run: "echo first; seq 200000; echo last"]}}
        workflows: {w: {jobs: [build]}}
        """
    files = {"pyproject.toml": '[tool.nox-circleci]\nlog-limit = "100kB"\n'} if way == "setting" else {}
    words = ["--log-limit", "100kB"] if way == "option" else []
    environ = {"NOX_CIRCLECI_LOG_LIMIT": "100kB"} if way == "variable" else {}
    project = make_project(tmp_path, config, **files)
    done = project.run("w", *words, **environ)
    assert done.output("build") == "".join(f"{line}\n" for line in ("first", *range(1, 200_001), "last"))
    [folder] = (tmp_path / ".nox/ci/runs").glob("2*")
    log = (folder / "log" / "build.log").read_text()
    assert len(log) < 110_000
    assert "first\n1\n2\n" in log
    assert "\n# 1.2 MB of output are left out here: log-limit 0.1 MB\n" in log
    assert "\n200000\nlast\n-- success" in log
    assert (folder / "events.jsonl").stat().st_size < 130_000
    assert [json.loads(line)["event"] for line in (folder / "events.jsonl").open()][-1] == "run.finish"


@pytest.mark.parametrize("size", ["0", "-1MB", "50", "1TB", "much", "0MB", ""])
def test_what_is_no_size_is_refused(tmp_path, size):
    config = "version: 2.1\njobs: {b: {docker: [{image: a/b}], steps: [run: 'true']}}\nworkflows: {w: {jobs: [b]}}\n"
    done = make_project(tmp_path, config).ci("run", "w", f"--log-limit={size}")
    assert done.status == 2
    assert "is not a size such as 500kB, 50MB or 2GB" in done.stderr
