"""The last lines of a run: how each job ended, why, and how true to CircleCI it was."""

from ci.errors import Position
from ci.events import Fidelity, JobFinished, RunFinished, StepFinished, TestCounts
from ci.report.style import Style
from ci.report.summary import kept_lines, summary_lines

EXACT = Fidelity("exact")
EMULATED = Fidelity("emulated", ("images are not used",))
STEP = Position(".circleci/config.yml", 12, 9)


def summary(*jobs, failures=(), status="success", verbose=False):
    return summary_lines("smoke", jobs, failures, RunFinished(0, status, 61), Style(), verbose)


def test_the_first_line_counts_every_way_in_which_jobs_ended():
    head = summary(
        JobFinished(0, "a", "success", 1, EXACT),
        JobFinished(0, "b", "failed", 1, EXACT),
        JobFinished(0, "c", "not_run", 0, EXACT, "requires b"),
        JobFinished(0, "d", "skipped", 0, EXACT, "no Python 3.6"),
    )[0]
    assert head == "smoke: 1 passed, 1 failed, 1 did not run, 1 skipped in 1 min 1 s"


def test_a_run_of_nothing_says_so():
    assert summary(status="failed")[0] == "smoke: nothing ran in 1 min 1 s"


def test_a_workflow_whose_jobs_are_all_taken_from_an_earlier_run_says_that_nothing_had_to_run_again():
    assert summary()[0] == "smoke: nothing had to run again in 1 min 1 s"


def test_a_job_shows_its_time_its_tests_its_artifacts_and_its_fidelity():
    job = JobFinished(0, "build", "success", 2, EXACT, tests=TestCounts(35, 1, 0, 2), artifacts=1)
    assert summary(job)[1] == "  ✓ build  2.0 s, 35 tests: 1 failed, 2 skipped, 1 artifact, exact"


def test_a_job_that_did_not_run_shows_why_and_claims_no_fidelity():
    line = summary(JobFinished(0, "build", "skipped", 0.01, Fidelity("skipped"), "no Python 3.6 here"))[1]
    assert line == "  ○ build  no Python 3.6 here"


def test_a_job_that_could_not_start_failed_and_was_not_skipped():
    line = summary(JobFinished(0, "build", "failed", 0.2, Fidelity("skipped"), "no such image"))[1]
    assert line == "  ✗ build  0.2 s, no such image"


def test_a_failed_step_stands_under_its_job_with_the_place_to_click_on():
    failure = StepFinished(0, "build/1", 2, "make\nall", "failed", 1, STEP, 2)
    job = JobFinished(0, "build", "failed", 1, EXACT)
    other = JobFinished(0, "build-more", "success", 1, EXACT)
    lines = summary(job, other, failures=[failure], status="failed")
    assert lines[2].strip() == ".circleci/config.yml:12:9: step 'make...' of build/1 failed: exit status 2"
    assert "build-more" in lines[3]


def test_differences_from_circleci_are_reported_once_and_with_their_jobs_when_asked():
    jobs = [JobFinished(0, name, "success", 1, EMULATED) for name in ("a", "b")]
    assert summary(*jobs)[-1].strip() == "- images are not used"
    assert summary(*jobs, verbose=True)[-1].strip() == "- images are not used [a, b]"


def finished(name, seconds, column=1, **values):
    fields = {"status": "success", "fidelity": EMULATED} | values
    return JobFinished(0, name, seconds=seconds, position=Position("config.yml", 3, column), **fields)


def test_jobs_of_a_matrix_that_ended_alike_share_a_line():
    tests = TestCounts(3)
    jobs = [finished("t-1", 1.0, tests=tests), finished("other", 1, 2), finished("t-2", 2.5, tests=tests)]
    assert summary(*jobs)[1:3] == ["  ✓ t-1, t-2  1.0 s to 2.5 s, each 3 tests", "  ✓ other     1.0 s"]
    assert len(summary(*jobs, verbose=True)) == len(summary(*jobs)) + 1


def test_one_of_a_matrix_that_ended_otherwise_has_a_line_of_its_own():
    jobs = [finished(f"t-{number}", 1.0) for number in range(30)]
    jobs[7] = finished("t-7", 1.0, status="failed")
    lines = summary(*jobs)[1:3]
    assert lines == ["  ✓ t-0, t-1, t-2, t-3, t-4, t-5 and 23 more  1.0 s", f"  ✗ {'t-7':<40}  1.0 s"]


def test_the_label_of_fidelity_stands_once_where_all_jobs_share_it():
    assert "\n".join(summary(finished("a", 1, 1), finished("b", 1, 2))).count("emulated") == 1
    assert "\n".join(summary(finished("a", 1, 1))).count("emulated") == 1
    exact = summary(finished("a", 1, 1, fidelity=EXACT), finished("b", 1, 2, fidelity=EXACT))
    assert exact[1:] == ["  ✓ a  1.0 s", "  ✓ b  1.0 s", "  All jobs: exact"]
    mixed = summary(finished("a", 1, 1, fidelity=EXACT), finished("b", 1, 2))
    assert mixed[1:3] == ["  ✓ a  1.0 s, exact", "  ✓ b  1.0 s, emulated"]


def test_each_kept_job_is_named_with_the_command_that_goes_there_and_what_removes_them_stands_once():
    kept = {"a": ("docker exec -it one sh", "clean containers"), "b/0": ("docker exec -it two sh", "clean containers")}
    assert kept_lines(kept) == [
        "  Kept: a: docker exec -it one sh",
        "  Kept: b/0: docker exec -it two sh",
        "  With the variables of its steps: python -m ci shell a",
        "  Removed by: clean containers",
    ]


def test_nothing_is_said_of_kept_jobs_if_there_are_none():
    assert kept_lines({}) == []
