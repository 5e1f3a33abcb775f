"""How one instance ends: what runs nothing, what fails before its first step, what its nodes get and come to."""

import errno
import threading
from dataclasses import replace

import pytest

from ci.errors import EngineError, Problem
from ci.events import Fidelity, JobStarted, Notice, TestCounts
from ci.run.instance import combined, run_instance
from ci.run.secrets import JobSecrets, Passed
from ci.runtime.failures import JobError, StepError
from ci.runtime.storage import timings
from ci.runtime.task import Layer, Outcome, Settings
from ci.system.lock import locked
from ci.workflow.model import AttachWorkspace, Job

from ..projects import make_project
from .runs import HERE, TableEngine, instance, outcome, plan

CONFIG = """
    version: 2.1
    jobs:
      breaking:
        machine: true
        steps: [run: 'for run in {state}/runs/2*; do mkdir "$run/log/broken.log"; done']
      broken: {{machine: true, steps: [run: echo broken]}}
      free: {{machine: true, steps: [run: echo free]}}
    workflows: {{w: {{jobs: [breaking, broken, free]}}}}
    """


def test_a_job_whose_folder_cannot_be_made_fails_and_says_why_and_the_others_run(tmp_path):
    project = make_project(tmp_path, CONFIG.format(state=tmp_path / ".nox/ci"))
    done = project.run("w", "--isolation", "folder")
    assert done.jobs() == {"breaking": "success", "broken": "failed", "free": "success"}
    assert "log/broken.log" in done.finish("broken")["reason"]
    assert done.stderr == ""


RUNS_NOTHING = [
    (instance("hold", kind="approval", job=None), "on_hold", "approve it with --approve 'hold'"),
    (instance("nothing", kind="no-op", job=None), "success", ""),
    (instance("orphan", missing=("team/orb",)), "skipped", "its orb team/orb is missing"),
    (instance("two", missing=("a/b", "c/d")), "skipped", "its orbs a/b, c/d are missing"),
]


@pytest.mark.parametrize(("each", "status", "reason"), RUNS_NOTHING, ids=lambda value: getattr(value, "name", ""))
def test_some_instances_run_nothing(runs, each, status, reason):
    engine = TableEngine()
    ended = run_instance(runs.active(plan(each), engine), each, {})
    assert (ended.status, ended.reason) == (status, reason)
    assert engine.tasks == []


@pytest.mark.parametrize(
    ("answer", "status", "reason"), [(True, "success", "approved"), (False, "canceled", "declined")]
)
def test_an_approval_ends_as_it_was_answered(runs, answer, status, reason):
    hold = instance("hold", kind="approval", job=None)
    ended = run_instance(runs.active(plan(hold), TableEngine(), approve=lambda *asked: answer), hold, {})
    assert ended == outcome(status, reason)


def test_a_job_that_the_engine_cannot_run_is_skipped_with_its_reason(runs):
    one = instance("a")
    engine = TableEngine(skips="it needs a Mac")
    ended = run_instance(runs.active(plan(one), engine), one, {})
    assert ended == outcome("skipped", "it needs a Mac", fidelity=Fidelity("skipped"))
    assert engine.tasks == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StepError("no room"), "no room"),
        (JobError("lost"), "lost"),
        (EngineError(Problem("no image", None, "Build it"), Problem("no room")), "no image. Build it; no room"),
        (OSError(errno.ENOSPC, "No space left on device"), None),
    ],
)
def test_an_error_before_the_first_step_fails_the_job(runs, error, reason):
    one = instance("a")
    ended = run_instance(runs.active(plan(one), TableEngine(a=error)), one, {})
    assert (ended.status, ended.fidelity) == ("failed", Fidelity("skipped"))
    assert ended.reason == reason or (reason is None and "No space left" in ended.reason)


def test_an_error_of_the_program_itself_is_raised(runs):
    one = instance("a")
    with pytest.raises(RuntimeError, match="a defect"):
        run_instance(runs.active(plan(one), TableEngine(a=RuntimeError("a defect"))), one, {})


def test_a_node_gets_what_is_its_own(runs):
    attaching = Job("a", HERE, (AttachWorkspace(HERE, "."),), "docker")
    parent, one = instance("parent"), instance("a", "parent", job=attaching, contexts=("team", "none"))
    secrets = JobSecrets((("B", "2"),), {"team": (("A", "1"),), "none": None})
    passed = Passed((("MY_TOKEN", "hunter22"),), ("passed: MY_TOKEN",))
    engine = TableEngine()
    run = runs.active(plan(parent, one), engine, secrets=secrets, passed=passed)
    layer = Layer("parent", 0, runs.base / "x.tar", ("file",))
    run_instance(run, one, {"parent": outcome("success", layers=(layer,))})
    [task] = engine.tasks
    assert (task.run, task.workflow, task.label, task.node, task.nodes) == (runs.folder.id, "w", "a", 0, 1)
    assert (task.secrets, task.absent_contexts) == ((("A", "1"), ("B", "2")), ("none",))
    assert (task.plain, task.masked[-1]) == ((("MY_TOKEN", "hunter22"),), "hunter22")
    assert task.layers == ((layer,),)
    assert dict(task.variables)["CIRCLE_BUILD_NUM"] == "7001"
    assert dict(task.variables)["CIRCLE_JOB"] == "a"


def test_passed_variables_are_named_in_a_jobs_first_lines_and_nowhere_else(runs):
    one, engine = instance("a"), TableEngine()
    notice = Notice(1.0, "other")

    def on_run(task, emit):
        emit(JobStarted(1.0, "a", "docker", one.position, ("image x",)))
        emit(notice)

    engine.on_run = on_run
    run_instance(runs.active(plan(one), engine, passed=Passed((), ("passed: A",))), one, {})
    assert [runs.events[0].details, runs.events[1]] == [("image x", "passed: A"), notice]


@pytest.mark.parametrize(("node", "nodes"), [(None, [0, 1, 2]), (1, [1])])
def test_the_nodes_of_a_job_run_all_or_the_one_that_was_asked_for(runs, node, nodes):
    job = replace(instance("a").job, parallelism=3)
    one, engine = instance("a", job=job), TableEngine()
    run = runs.active(plan(one), engine, settings=Settings(runs.base, state=runs.base / "state", node=node))
    run_instance(run, one, {})
    assert sorted((task.node, task.nodes) for task in engine.tasks) == [(each, 3) for each in nodes]


def test_a_jobs_times_are_kept_if_it_succeeds(runs):
    one = instance("a")
    for status, kept in (("failed", b""), ("success", b"a.py")):
        engine = TableEngine(a=outcome(status, timings=(("filename:a.py", 1.5),)))
        run_instance(runs.active(plan(one), engine), one, {})
        assert kept in timings.TimingStore(runs.base / "state" / timings.FOLDER).table()
        assert bool(timings.TimingStore(runs.base / "state" / timings.FOLDER).table()) is (status == "success")


def test_a_job_that_waits_for_its_group_when_the_run_is_ended_is_canceled(runs):
    one, engine = instance("a", serial_group="deploy"), TableEngine()
    run = runs.active(plan(one), engine)
    assert run_instance(run, one, {}).status == "success"
    runs.cancel.set()
    with locked(runs.folder.serial_group_lock("deploy"), threading.Event()) as held:
        assert held
        ended = run_instance(run, one, {})
    assert (ended.status, ended.reason) == ("canceled", "it waited for serial group 'deploy'")
    assert len(engine.tasks) == 1


def test_nodes_together_are_one_outcome():
    layer = Layer("a", 0, None, ())
    first = outcome("success", tests=TestCounts(2, 1), artifacts=1, layers=(layer,), timings=(("x", 1.0),))
    second = outcome(
        "timedout", "too long", fidelity=Fidelity("emulated", ("p", "q")), tests=TestCounts(3), artifacts=2
    )
    third = outcome("failed", "later", fidelity=Fidelity("emulated", ("q", "r")), layers=(layer,))
    assert combined([first, second, third]) == Outcome(
        "timedout",
        Fidelity("emulated", ("p", "q", "r")),
        "too long",
        (layer, layer),
        TestCounts(5, 1),
        3,
        (("x", 1.0),),
    )
    assert combined([outcome("success"), outcome("success")]) == outcome("success")
    skipped = outcome("failed", "no", fidelity=Fidelity("skipped"))
    assert combined([outcome("success"), skipped]) == skipped
