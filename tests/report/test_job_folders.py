"""The path of a job's own folder is long: a console shows it once."""

import pytest

from ci.errors import Position
from ci.events import Fidelity, JobFinished, JobStarted, Notice, Output, RunFinished, StepFinished, StepStarted
from ci.report.job_folders import JobFolders

HERE = Position("config.yml", 1, 1)
FOLDER = "/tmp/nox-circleci-jobs-0/build.0-9e8c23fd8c"
STARTED = JobStarted(0, "build", "py3", HERE, (f"in {FOLDER}/home/project", "and more"), 2, folder=FOLDER)


@pytest.fixture
def folders():
    found = JobFolders()
    found(STARTED)
    return found


def test_the_jobs_first_lines_have_it_once():
    lines = JobFolders()(STARTED).details
    assert lines == ("in ~job/home/project", "and more", f"~job is {FOLDER}")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Output(1, "build", 1, f"{FOLDER}/a.c:1: error, {FOLDER}/b.c too\n"), "~job/a.c:1: error, ~job/b.c too\n"),
        (Notice(1, f"a copy in {FOLDER}", "build"), "a copy in ~job"),
        (Output(1, "other", 1, f"{FOLDER}/a.c"), f"{FOLDER}/a.c"),
        (Notice(1, f"removed {FOLDER}"), f"removed {FOLDER}"),
    ],
)
def test_afterwards_it_is_short_in_what_that_job_prints(folders, event, text):
    assert folders(event).text == text


def test_it_is_short_in_why_a_step_or_a_job_failed(folders):
    step = StepFinished(1, "build", 1, "checkout", "failed", 1.0, HERE, None, f"{FOLDER}/home is not empty")
    assert folders(step).message == "~job/home is not empty"
    assert folders(JobFinished(2, "build", "failed", 1.0, Fidelity("exact"), f"no {FOLDER}")).reason == "no ~job"


@pytest.mark.parametrize(
    "event", [StepStarted(1, "build", 1, "make", HERE), RunFinished(1, "success", 1.0), JobStarted(0, "b", "py3", HERE)]
)
def test_other_events_stay_as_they_are(folders, event):
    assert folders(event) is event
