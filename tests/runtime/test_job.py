"""A job from its first step to its outcome: which steps run, how each ended, what they leave.

https://circleci.com/docs/guides/orchestrate/workflows/ (states)
"""

import threading
import time
from dataclasses import replace

import pytest

from ci.engines.host.engine import HostEngine
from ci.errors import Position
from ci.events import Fidelity, Notice, Output, StepFinished, StepStarted, TestCounts
from ci.runtime.continuation_client import Continuation
from ci.runtime.job import RunningJob, due, run_job, task_files
from ci.runtime.task import Settings, WorkTree
from ci.workflow.model import (
    Image,
    PersistToWorkspace,
    StoreArtifacts,
    StoreTestResults,
    Unsupported,
)
from tests.tasks import finished, output, run, task

from .shell_box import LOST, ShellBox

HERE = Position("config.yml", 1, 1)
SECRET = (("TOKEN", "hunter22-x"),)


class Ran:
    """A job that ran in a shell box: its outcome and events."""

    def __init__(self, base, *steps, box=None, cancel=None, on_event=lambda event: None, **keys):
        self.task = task(base, steps, **keys)
        self.box = (box or ShellBox(base / "box")).fill(self.task)
        self.events = []
        self.before = time.time()

        def emit(event):
            self.events.append(event)
            on_event(event)

        self.outcome = run_job(self.task, self.box, emit, cancel or threading.Event())

    @property
    def started(self):
        return [event.step for event in self.events if isinstance(event, StepStarted)]

    @property
    def ends(self):
        """Each step's number, status, exit status and message, in the order in which they ended."""
        return [(each.step, each.status, each.exit_status, each.message) for each in finished(self.events)]

    def output(self, step=0):
        return output(self.events, step)


@pytest.fixture
def ran(tmp_path):
    def ran(*steps, **keys):
        return Ran(tmp_path, *steps, **keys)

    return ran


@pytest.fixture
def job(tmp_path):
    """A job that has not begun, and its events."""

    def job(*steps, **keys):
        made = task(tmp_path, steps, **keys)
        events = []
        running = RunningJob(made, ShellBox(tmp_path / "box").fill(made), events.append, threading.Event())
        return running, events

    return job


def canceling(cancel):
    """What ends the run with a step's first output."""

    def on_event(event):
        if isinstance(event, Output):
            cancel.set()

    return on_event


@pytest.mark.parametrize("after", [(), ("echo never",)], ids=["in its last step", "with a step to come"])
def test_a_job_that_is_ended_in_a_step_is_canceled_and_not_a_success(tmp_path, after):
    cancel = threading.Event()
    steps = [run("echo begun; sleep 300"), *map(run, after)]
    outcome = HostEngine().run(task(tmp_path, steps), canceling(cancel), cancel)
    assert (outcome.status, outcome.reason) == ("canceled", "the run was ended")


@pytest.mark.parametrize(
    ("when", "failing", "runs"),
    [
        ("on_success", False, True),
        ("on_success", True, False),
        ("on_fail", False, False),
        ("on_fail", True, True),
        ("always", False, True),
        ("always", True, True),
    ],
)
def test_a_step_runs_as_its_when_says(when, failing, runs):
    assert due(when, failing) is runs


@pytest.mark.parametrize(
    ("steps", "started", "status"),
    [
        ([], [], "success"),
        ([("true", "on_success"), ("true", "on_fail"), ("true", "always")], [1, 3], "success"),
        (
            [("exit 1", "on_success"), ("true", "on_success"), ("true", "on_fail"), ("true", "always")],
            [1, 3, 4],
            "failed",
        ),
        ([("exit 1", "on_success"), ("exit 2", "on_fail"), ("true", "on_fail")], [1, 2, 3], "failed"),
        ([("exit 1", "always"), ("true", "on_fail"), ("true", "on_success")], [1, 2], "failed"),
    ],
)
def test_after_a_failure_those_run_that_ask_for_it(ran, steps, started, status):
    done = ran(*(run(command, when=when) for command, when in steps))
    assert (done.started, done.outcome.status, done.outcome.reason) == (started, status, "")


def test_a_step_that_is_silent_for_too_long_fails_the_job(ran):
    done = ran(run("sleep 300", no_output_timeout=0.05), run("true"), run("true", when="on_fail"))
    text = "Too long with no output (exceeded 0.05s): context deadline exceeded"
    assert done.ends == [(1, "timedout", -9, text), (3, "success", 0, "")]
    assert (done.outcome.status, done.outcome.reason) == ("failed", "")


def test_a_skipped_step_fails_nothing(ran):
    done = ran(Unsupported(HERE, "deploy", "no deploys here"), run("true"))
    assert done.ends == [(1, "skipped", None, "no deploys here"), (2, "success", 0, "")]
    assert done.outcome.status == "success"


def test_each_step_begins_and_ends_with_its_number_name_place_and_times(ran):
    at = Position("config.yml", 7, 3)
    done = ran(replace(run("echo x; exit 3", name="third"), position=at), node=1, nodes=2)
    begin, output, end = done.events
    assert (output.job, output.step, output.text) == ("build/1", 1, "x\n")
    assert begin == StepStarted(begin.time, "build/1", 1, "third", at)
    assert end == StepFinished(end.time, "build/1", 1, "third", "failed", end.seconds, at, 3, "")
    assert done.before <= begin.time <= end.time <= time.time()
    assert 0 < end.seconds < 600


def test_a_step_that_asks_for_it_ends_the_job_and_what_always_runs_too(ran):
    done = ran(run("circleci step halt"), run("true"), run("true", when="always"))
    assert (done.started, done.outcome.status, done.outcome.reason) == ([1], "success", "")


def test_a_step_that_halts_and_fails_fails_the_job(ran):
    done = ran(run("circleci step halt; exit 1"), run("true", when="always"))
    assert (done.started, done.outcome.status) == ([1], "failed")


def test_a_job_whose_run_was_ended_before_it_starts_no_step(ran):
    cancel = threading.Event()
    cancel.set()
    done = ran(run("true", when="always"), cancel=cancel)
    assert (done.started, done.outcome.status, done.outcome.reason) == ([], "canceled", "the run was ended")


def test_a_run_that_is_ended_in_a_step_starts_no_other(ran):
    cancel = threading.Event()
    steps = (run("echo begun; sleep 300"), run("true", when="always"))
    done = ran(*steps, cancel=cancel, on_event=canceling(cancel))
    assert [end[:2] for end in done.ends] == [(1, "canceled")]
    assert (done.outcome.status, done.outcome.reason) == ("canceled", "the run was ended")


def test_a_job_whose_time_is_over_starts_no_step(ran, tmp_path):
    done = ran(run("true", when="always"), settings=Settings(tmp_path, state=tmp_path / "state", job_seconds=0))
    assert done.started == []
    assert (done.outcome.status, done.outcome.reason) == ("timedout", "its time limit of 0s was reached")


def test_a_job_whose_time_is_over_between_two_steps_starts_no_other(job):
    running, events = job(run("true"), run("true", when="on_fail"))
    assert running.advance(1) == 2
    assert running.over() is False
    running.state.until = time.monotonic()
    assert running.over()
    running.advance(2)
    assert [event.step for event in events if isinstance(event, StepStarted)] == [1]
    assert (running.outcome().status, running.outcome().reason) == ("timedout", "its time limit of 5h0m0s was reached")


def test_a_jobs_time_limit_counts_from_its_start(job):
    before = time.monotonic()
    running, _ = job()
    assert before + 5 * 3600 <= running.state.until <= time.monotonic() + 5 * 3600


def test_the_first_reason_stays(job):
    running, _ = job(secrets=SECRET)
    running.end("failed", "no room for hunter22-x")
    running.end("canceled", "the run was ended")
    assert (running.outcome().status, running.outcome().reason) == ("failed", "no room for ****")
    assert running.over()


def test_a_run_that_was_ended_comes_before_a_time_that_is_over(job):
    running, _ = job()
    running.state.cancel.set()
    running.state.until = 0
    assert running.over()
    assert (running.outcome().status, running.outcome().reason) == ("canceled", "the run was ended")


def test_a_lost_box_ends_the_job_with_its_reason_and_reports_its_step(ran):
    steps = (run("sleep 300", background=True), run(LOST), run("true", when="always"))
    done = ran(*steps, secrets=SECRET)
    assert done.ends == [(2, "failed", None, "the box is gone with ****"), (1, "success", None, "")]
    assert (done.outcome.status, done.outcome.reason) == ("failed", "the box is gone with ****")


def test_names_and_messages_of_steps_are_masked(ran):
    done = ran(run("true", name="log in with hunter22-x", shell="sh 'hunter22-x"), secrets=SECRET)
    begin, end = done.events
    assert (begin.name, end.name) == ("log in with ****", "log in with ****")
    assert end.message == 'shell "sh \'****" is not a command line: No closing quotation'


@pytest.mark.parametrize("keys", [{"secrets": SECRET}, {"masked": ("hunter22-x",)}])
def test_output_is_masked(ran, keys):
    assert ran(run("echo the key: hunter22-x"), **keys).output() == "the key: ****\n"


def test_what_the_masker_holds_back_is_let_out_before_the_step_ends(ran):
    done = ran(run("printf 'x hunter'"), run("printf 22-x"), secrets=SECRET)
    shown = [event.text if isinstance(event, Output) else type(event).__name__ for event in done.events]
    assert shown == ["StepStarted", "x ", "hunter", "StepFinished", "StepStarted", "22-x", "StepFinished"]


def test_what_is_held_back_of_a_step_that_still_writes_is_kept(ran, tmp_path):
    box = ShellBox(tmp_path / "open")
    box.leaves_open = True
    assert ran(run("printf 'x hunter'"), box=box, secrets=SECRET).output() == "x "


def test_background_steps_end_after_the_others_in_the_order_of_their_start(ran):
    done = ran(
        run("printf 'a hunter'; sleep 300", background=True),
        run("exit 3", background=True),
        run("exit 0", background=True),
        run("true"),
        secrets=SECRET,
    )
    assert done.ends == [
        (4, "success", 0, ""),
        (1, "success", None, ""),
        (2, "failed", 3, "ended in the background, which does not fail the job"),
        (3, "success", 0, ""),
    ]
    assert done.started == [1, 2, 3, 4]
    assert done.outcome.status == "success"


def test_what_is_held_back_of_a_background_step_is_let_out_before_its_end(ran):
    done = ran(run("printf 'x hunter'", background=True), run("echo next"), secrets=SECRET)
    assert done.output(1) == "x hunter"
    last = [event for event in done.events if getattr(event, "step", 0) == 1][-1]
    assert isinstance(last, StepFinished)
    assert 0 < last.seconds < 600


def test_a_background_step_that_cannot_start_fails_the_job(ran):
    done = ran(run("true", background=True, shell="'"), run("true"))
    assert done.ends == [(1, "failed", None, 'shell "\'" is not a command line: No closing quotation')]
    assert done.outcome.status == "failed"


LAYERS = [
    ("box", {}),
    ("plain", {"plain": (("LAYER", "plain"),)}),
    ("secret", {"secrets": (("LAYER", "secret"),)}),
    ("variable", {"variables": (("LAYER", "variable"),)}),
    ("job", {"environment": (("LAYER", "job"),)}),
]


@pytest.mark.parametrize("strongest", range(len(LAYERS)))
def test_of_variables_with_one_name_the_strongest_counts(ran, strongest):
    """https://circleci.com/docs/guides/security/env-vars/#order-of-precedence"""
    keys = {key: value for _, given in LAYERS[: strongest + 1] for key, value in given.items()}
    word, masked = LAYERS[strongest][0], LAYERS[strongest][0] == "secret"
    assert ran(run("echo $LAYER"), **keys).output() == ("****\n" if masked else f"{word}\n")


def test_a_steps_own_variables_are_the_strongest(ran):
    done = ran(
        run("echo $LAYER", environment=(("LAYER", "step"),)),
        run("echo $LAYER"),
        environment=LAYERS[4][1]["environment"],
    )
    assert done.output() == "step\njob\n"


def test_steps_hand_variables_on_by_bash_env(ran):
    steps = (run("echo 'export A=handed' >>$BASH_ENV"), run("echo $A; cmp $BASH_ENV $CIRCLE_SHELL_ENV", shell="bash"))
    assert ran(*steps).output() == "handed\n"


def test_the_circleci_command_is_the_first_on_path(ran):
    done = ran(run('echo "$PATH"; test "$(command -v circleci)" = "$CIRCLE_INTERNAL_TASK_DATA/bin/circleci"'))
    assert done.outcome.status == "success"
    assert done.output().startswith(f"{done.box.task_data}/bin:/")


def test_the_times_of_earlier_runs_are_there_if_there_are_any(tmp_path):
    from ci.runtime.storage import timings

    made = task(tmp_path, [])
    names = ["bin/circleci", "bin/circleci-agent", "bash_env"]
    assert [(file.name, file.mode) for file in task_files(made)] == list(zip(names, [0o755, 0o755, 0o644], strict=True))
    timings.TimingStore(tmp_path / "state" / timings.FOLDER).record((("filename:a.py", 1.5),))
    more = {file.name: file.content for file in task_files(made)}
    assert b"a.py" in more["timings.tsv"]
    assert more["bash_env"] == b""


def test_a_setup_jobs_curl_finds_the_endpoint_and_another_jobs_does_not(ran, tmp_path):
    continuation = Continuation("127.0.0.1", 4711, "key", "PEM")
    settings = Settings(tmp_path, state=tmp_path / "state", continuation=continuation)
    step = run("cat ${CURL_HOME-/none}/.curlrc; echo $LAYER; command -v circleci")
    done = ran(step, settings=settings, environment=(("LAYER", "job"),))
    assert 'connect-to = "circleci.com:443:127.0.0.1:4711"' in done.output()
    assert done.output().splitlines()[2:] == ["job", f"{done.box.task_data}/bin/circleci"]
    assert "CURL_HOME" not in dict(Ran(tmp_path / "other", run("true")).box.commands[0].environment)


def folders_of(tmp_path, *names):
    found = []
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
        found.append((name, WorkTree(tmp_path / name, False)))
    return Settings(tmp_path, state=tmp_path / "state", folders=tuple(found))


def test_folders_of_the_users_are_where_their_variables_say(ran, tmp_path):
    before = time.time()
    done = ran(run("cat $ONE/file $TWO/file"), settings=folders_of(tmp_path, "ONE", "TWO"))
    assert done.output() == "ONETWO"
    notices = [event for event in done.events if isinstance(event, Notice)]
    assert [(each.text, each.job) for each in notices] == [
        (f"{name}: a copy of {tmp_path / name}", "build") for name in ("ONE", "TWO")
    ]
    assert all(before <= each.time <= time.time() for each in notices)


def test_a_folder_that_cannot_be_put_there_fails_the_job_before_its_first_step(ran, tmp_path):
    box = ShellBox(tmp_path / "full")
    box.refusal = "no room"
    done = ran(run("true", when="always"), box=box, settings=folders_of(tmp_path, "DATA"))
    assert (done.started, done.outcome.status, done.outcome.reason) == ([], "failed", "DATA: no room")


def test_the_outcome_has_all_that_the_steps_leave(ran):
    report = (
        "<testsuite><testcase name='a' file='a.py' time='1.5'/><testcase name='b'><failure/></testcase></testsuite>"
    )
    done = ran(
        run(f'mkdir out; echo 1 >out/1; echo 2 >out/2; echo "{report}" >report.xml'),
        PersistToWorkspace(HERE, ".", ("out/1",)),
        PersistToWorkspace(HERE, ".", ("out/2",)),
        StoreArtifacts(HERE, "out"),
        StoreArtifacts(HERE, "report.xml"),
        StoreTestResults(HERE, "report.xml"),
        StoreTestResults(HERE, "report.xml"),
    )
    outcome = done.outcome
    assert [layer.members for layer in outcome.layers] == [("out/1",), ("out/2",)]
    assert outcome.artifacts == 3
    assert outcome.tests == TestCounts(total=4, failed=2)
    assert ("filename:a.py", 1.5) in outcome.timings
    assert outcome.fidelity == Fidelity("exact")


def test_the_outcome_says_how_true_the_job_was(ran):
    done = ran(run("test -t 1 || true"), images=(Image("cimg/base:stable", HERE),))
    assert done.outcome.fidelity == Fidelity(
        "emulated", ("images are not used: steps find this machine's programs", "steps have no terminal")
    )


def test_what_is_particular_to_the_box_is_reported_too(ran, tmp_path):
    box = ShellBox(tmp_path / "particular")
    box.features = (("sudo", "sudo asks for a password"),)
    assert ran(box=box).outcome.fidelity.differences == ("sudo asks for a password",)
