"""The console, fed with recorded events: what a person reads while a run goes on."""

import io

import pytest

from ci.errors import Position
from ci.events import (
    ApprovalAnswered,
    ApprovalAsked,
    Fidelity,
    JobFinished,
    JobStarted,
    Notice,
    Output,
    Progress,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TestCounts,
)
from ci.report.console import Console
from ci.report.style import Style

JOB = Position(".circleci/config.yml", 10, 3)
STEP = Position(".circleci/config.yml", 12, 9)
EMULATED = Fidelity("emulated", ("images are not used",))


def started(job="build"):
    return JobStarted(0, job, "py3", JOB, ("in /tmp/x",))


def step(job="build", name="make all", status="success", exit_status=0, *output):
    return [
        StepStarted(0, job, 1, name, STEP),
        *(Output(0, job, 1, text) for text in output),
        StepFinished(0, job, 1, name, status, 0.25, STEP, exit_status),
    ]


def ended(job="build", status="success", reason=""):
    return JobFinished(0, job, status, 1.0, EMULATED, reason, JOB)


def shown(*events, **options):
    stream = io.StringIO()
    console = Console(stream, Style(), clock=lambda: 2.0, **options)
    run = RunStarted(0, "id", "smoke", "host", "no Docker", "runs/id", ("build",))
    for event in (run, *events, RunFinished(0, "success", 2.0)):
        console(event)
    console.close()
    return stream.getvalue()


def test_output_stands_behind_a_gutter_and_broken_lines_are_joined():
    text = shown(started(), *step("build", "make all", "success", 0, "one\ntw", "o\n"), ended())
    assert "  1. make all\n    one\n    two\n" in text


def test_output_without_a_last_newline_does_not_run_into_the_next_line():
    text = shown(started(), *step("build", "x", "success", 0, "no newline"), ended())
    assert "    no newline\n" in text


def test_a_jobs_first_lines_say_what_to_know_of_it():
    assert "▶ build on py3\n  in /tmp/x\n" in shown(started(), *step(), ended()).replace("> build", "▶ build")


def test_a_line_that_a_job_did_not_end_does_not_run_into_the_jobs_own_end():
    text = shown(started(), StepStarted(0, "build", 1, "x", STEP), Output(0, "build", 1, "begun"), ended())
    assert "    begun\n" in text


def test_a_step_in_the_background_and_the_one_that_runs_have_lines_of_their_own():
    outputs = [Output(0, "build", 1, "server up"), Output(0, "build", 2, "hello\n"), Output(0, "build", 1, "more\n")]
    assert "    server up\n    hello\n    more\n" in shown(started(), StepStarted(0, "build", 1, "x", STEP), *outputs)


@pytest.mark.parametrize("options", [{}, {"verbose": True}])
def test_output_larger_than_what_is_kept_in_memory_is_shown_whole(options):
    lines = [f"{number} é\n" for number in range(300_000)]
    failed = step("build", "x", "failed", 1, *("".join(lines[at : at + 10_000]) for at in range(0, len(lines), 10_000)))
    text = shown(started(), *failed, ended(status="failed"), **options)
    assert "".join(f"    {line}" for line in lines) in text


def test_a_form_feed_or_line_separator_in_the_output_breaks_no_line():
    assert "    a\x0cb\u2028c\n" in shown(started(), *step("build", "x", "success", 0, "a\x0cb\u2028c\n"), ended())


def test_a_failed_step_shows_its_place_name_and_exit_status_unbroken():
    text = shown(started(), *step("build", "make all", "failed", 2, "oops\n"), ended(status="failed"))
    assert ".circleci/config.yml:12:9: step 'make all' failed with exit status 2" in text
    assert text.count(".circleci/config.yml:12:9") == 2  # where it happened, and in the summary


def test_quiet_keeps_to_the_failed_step_with_its_output_and_the_summary():
    text = shown(
        started("good"),
        *step("good", "fine", "success", 0, "unwanted\n"),
        ended("good"),
        started("bad"),
        *step("bad", "first", "success", 0, "also unwanted\n"),
        *step("bad", "broken", "failed", 3, "wanted\n"),
        ended("bad", "failed"),
        quiet=True,
    )
    assert "unwanted" not in text
    assert "wanted\n" in text
    assert "smoke: 1 passed, 1 failed in 2.0 s" in text


def overlapping(*events, **options):
    return shown(*events, overlap=True, **options).splitlines()


def test_where_jobs_overlap_there_is_a_line_for_each_change_and_no_output_of_what_passed():
    events = [JobStarted(0, "build", "py3", JOB, ("in /tmp/x",), 3), *step("build", "make all", "success", 0, "text\n")]
    lines = overlapping(*events, ended())
    assert lines[1:4] == ["▶ build on py3", "  build: step 1 of 3 'make all'", "✓ build success in 1.0 s"]
    assert "text" not in "".join(lines)


def test_where_jobs_overlap_a_job_that_failed_is_shown_with_its_cause_when_it_ends():
    lines = overlapping(*fails("a", 3, "cause\n", 12), *LOUD)
    at = lines.index("✗ a failed in 1.0 s: step 1 'make'")
    assert lines[at + 1 : at + 3] == ["  .circleci/config.yml:12:9: exit status 3", "    cause"]
    assert at < lines.index("✓ loud success in 1.0 s")


def test_where_jobs_overlap_the_cause_of_the_last_job_to_end_stands_once_at_the_end_of_the_run():
    lines = overlapping(*fails("build", 3, "cause\n", 12))
    assert lines[lines.index("✗ build failed in 1.0 s: step 1 'make'") + 1] == ""
    assert lines.count("    cause") == 1


def test_verbose_shows_the_output_of_jobs_that_overlap_behind_their_names():
    first = step("a", "s", "success", 0, "a", "1\n", "a2\n")
    second = step("b", "s", "success", 0, "b1\nb", "2\n", "b3\n")
    mixed = [event for pair in zip(first, second, strict=True) for event in pair]
    lines = overlapping(started("a"), started("b"), *mixed, ended("b"), ended("a"), verbose=True)
    assert [line for line in lines if line.startswith("a |     a")] == ["a |     a1", "a |     a2"]
    assert [line for line in lines if line.startswith("b |     b")] == ["b |     b1", "b |     b2", "b |     b3"]


def test_lines_of_nodes_that_mix_have_the_nodes_name_before_them_and_are_whole():
    first = step("build/0", "s", "success", 0, "ze", "ro\nlast of zero")
    second = step("build/1", "s", "failed", 3, "o", "ne\rdone\n")
    mixed = [event for pair in zip(first, second, strict=True) for event in pair]
    text = shown(started("build/0"), started("build/1"), *mixed, ended(status="failed"))
    assert "build/0 |     zero\n" in text
    assert "build/0 |     last of zero\n" in text
    assert "build/1 |     one\rbuild/1 |     done\n" in text
    assert "build/1 |   .circleci/config.yml:12:9: step 's' of build/1 failed with exit status 3" in text
    assert "build/0 |   1. s\n" in text


def test_a_long_line_of_a_node_is_not_kept_back_for_ever():
    texts = ["x" * 40_000, "y" * 40_000, "z"]
    text = shown(started("build/0"), *(Output(0, "build/0", 1, each) for each in texts), ended())
    assert text.count("build/0 | ") == 3
    assert "z\n" in text


def test_a_job_whose_name_looks_like_a_nodes_is_none():
    text = shown(started("other/0"), *step("other/0", "s", "success", 0, "text\n"), ended("other/0"))
    assert "\n    text\n" in text


def test_what_did_not_run_says_why():
    text = shown(JobFinished(0, "late", "not_run", 0, Fidelity("skipped"), "skipped because build failed"))
    assert "late not run: skipped because build failed" in text


def test_the_differences_from_circleci_are_listed_once():
    text = shown(started("a"), ended("a"), started("b"), ended("b"))
    assert text.count("images are not used") == 1


def test_tests_and_artifacts_are_counted_in_the_summary():
    job = JobFinished(0, "build", "success", 3.0, Fidelity("exact"), "", JOB, TestCounts(35, 1, 0, 2), 1)
    assert "build  3.0 s, 35 tests: 1 failed, 2 skipped, 1 artifact, exact" in shown(started(), job)


def test_notices_stand_where_they_belong():
    text = shown(started(), Notice(0, "no cache yet", "build"), ended(), Notice(0, "pruned", level="warning"))
    assert "  no cache yet\n" in text
    assert "\npruned\n" in text


def test_without_colour_there_is_no_escape():
    assert "\x1b" not in shown(started(), *step("build", "x", "failed", 1, "y\n"), ended(status="failed"))


@pytest.mark.parametrize(("unicode", "sign"), [(True, "✓"), (False, "+")])
def test_signs_have_a_plain_form(unicode, sign):
    stream = io.StringIO()
    console = Console(stream, Style(unicode=unicode))
    for event in (RunStarted(0, "i", "w", "host", "r", "f", ()), started(), ended()):
        console(event)
    assert f"{sign} build success" in stream.getvalue()


def screen(*events, **options):
    """Return the last 24 lines of a run of three jobs that fail and one that prints 2,000 lines."""
    return shown(*events, **options).splitlines()[-24:]


def fails(job, status, text, line):
    place = Position(".circleci/config.yml", line, 9)
    return [
        started(job),
        StepStarted(0, job, 1, "make", place),
        Output(0, job, 1, text),
        StepFinished(0, job, 1, "make", "failed", 0.25, place, status),
        ended(job, "failed"),
    ]


LOUD = [started("loud"), *step("loud", "x", "success", 0, "".join(f"{n} text\n" for n in range(2000))), ended("loud")]


@pytest.mark.parametrize(
    "options", [{}, {"overlap": True}, {"overlap": True, "verbose": True}, {"quiet": True}, {"verbose": True}]
)
def test_the_cause_of_one_failure_is_on_the_last_screen(options):
    lines = screen(*fails("a", 127, "x: command not found\n" * 500, 12), *LOUD, **options)
    assert "✗ a: step 1 'make'" in lines
    assert any(".circleci/config.yml:12:9: exit status 127: command not found: x" in line for line in lines)
    assert "" in lines  # between the table and the block


def test_the_causes_of_three_failures_stand_behind_2000_lines_of_a_job_that_passed():
    events = [*fails("a", 1, "one\n", 12), *fails("b", 2, "two\n", 13), *fails("c", 3, "three\n", 14), *LOUD]
    text = "\n".join([*screen(*events), ""])
    for line, status, word in ((12, 1, "one"), (13, 2, "two"), (14, 3, "three")):
        assert f".circleci/config.yml:{line}:9: exit status {status}\n    {word}\n" in text


def test_quiet_never_shows_a_whole_output():
    text = shown(*fails("a", 1, "".join(f"{n} text\n" for n in range(2000)), 12), *LOUD, quiet=True)
    assert "1999 text" in text
    assert len(text.splitlines()) < 40


def test_a_step_in_the_background_that_failed_stands_under_its_job():
    message = "ended in the background, which does not fail the job"
    background = StepFinished(0, "build", 1, "serve", "failed", 1.0, STEP, 1, message)
    text = shown(started(), StepStarted(0, "build", 1, "serve", STEP), background, ended())
    assert f"      .circleci/config.yml:12:9: step 'serve' of build failed: {message}" in text
    assert "✗ build" not in text


def test_a_question_stands_on_a_line_that_the_answer_ends():
    assert shown(ApprovalAsked(0, "hold"), ApprovalAnswered(0, "hold", True)).splitlines()[1] == "Approve hold? [y/n] "


def test_work_that_takes_long_is_named():
    assert "pulling base:1\n" in shown(Progress(0, "pulling base:1"), Progress(0, "pulling base:1", ended=True))


def test_where_jobs_overlap_the_nodes_of_a_job_that_failed_have_their_blocks_below_its_end():
    events = [*fails("a/0", 3, "one\n", 12)[:-1], *fails("a/1", 4, "two\n", 12)[:-1], ended("a", "failed")]
    lines = shown(RunStarted(0, "id", "smoke", "host", "r", "f", ("a", "b")), *events, overlap=True).splitlines()
    at = lines.index("✗ a failed in 1.0 s")
    assert (lines[at + 1], lines[at + 4]) == ("✗ a/0: step 1 'make'", "✗ a/1: step 1 'make'")


def test_where_jobs_overlap_a_job_that_failed_outside_its_steps_says_why_once():
    lines = overlapping(started("a"), ended("a", "failed", "no such image"))
    at = lines.index("✗ a failed in 1.0 s")
    assert lines[at + 1] == "  .circleci/config.yml:10:3: no such image"
