"""Without a live view a step that goes on is named every 30 seconds."""

from ci.errors import Position
from ci.events import JobPaused, JobStarted, Output, RunStarted, StepFinished, StepStarted
from ci.report.heartbeat import Heartbeat
from ci.report.run_state import RunState

HERE = Position("config.yml", 1, 1)
SILENT = "still running step 2 of 5 'Build' (30 s without output)"


def heartbeat(streamed=True):
    state = RunState()
    for event in (
        RunStarted(0, "id", "w", "host", "r", "f", ("a",)),
        JobStarted(0, "a", "py3", HERE, (), 5),
        StepStarted(0, "a", 2, "Build", HERE),
    ):
        state(event)
    return state, Heartbeat(state, streamed)


def times(beat, until):
    return [second for second in range(until) if beat.due(float(second))]


def test_a_silent_step_is_named_every_30_seconds():
    _, beat = heartbeat()
    assert beat.due(29.0) == []
    assert beat.due(30.0) == [("a", SILENT)]
    assert times(beat, 100) == [60, 90]


def test_output_on_the_console_is_sign_enough():
    state, beat = heartbeat()
    state(Output(20.0, "a", 2, "text\n"))
    assert times(beat, 60) == [50]


def test_output_that_only_the_log_has_does_not_count_and_its_last_line_is_shown():
    state, beat = heartbeat(streamed=False)
    state(Output(20.0, "a", 2, "compiling\n"))
    assert beat.due(30.0) == [("a", "still running step 2 of 5 'Build': compiling")]
    assert beat.due(60.0) == [("a", "still running step 2 of 5 'Build' (40 s without output)")]


def test_a_paused_job_is_not_named():
    state, beat = heartbeat()
    state(JobPaused(5.0, "a", 2, "Build", "failed"))
    assert times(beat, 100) == []


def test_a_step_that_has_ended_is_not_named():
    state, beat = heartbeat()
    state(StepFinished(5.0, "a", 2, "Build", "success", 5.0, HERE))
    assert times(beat, 100) == []
