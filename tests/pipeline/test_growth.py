"""Twice as many jobs are twice as much work: counted in Python's own instructions, on no clock."""

import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from ci.compiler.compile import compile_config
from ci.compiler.orb_imports import NoOrbs
from ci.compiler.pipeline_values import PipelineValues
from ci.events import JobStarted, StepFinished, StepStarted
from ci.options.table import Options
from ci.pipeline.invocation import RecordedPlaces
from ci.pipeline.reported_run import reporters
from ci.record.planned import planned_workflow
from ci.record.run_record import RunRecord
from ci.report.dry_run import plan_lines
from ci.report.recorder import Recorder
from ci.report.reporters import reporting
from ci.run.workflow_run import run_workflow
from ci.runtime.masking.stream import Masker
from ci.workflow.load_jobs import workflows
from ci.workflow.model import AttachWorkspace, Job
from ci.workflow.plan import Selection, make_plan

from ..run.runs import HERE, Runs, TableEngine, instance, outcome, plan

PACKAGE = str(Path(sys.modules["ci"].__file__).parent)
FEW, LINEAR = 30, 2.15
"""A run of some jobs, and the most that a run of twice as many may cost: something is the same for any number."""


def instructions(work):
    """Count the instructions of this package that a call executes, in all threads, by function.

    Those of the classes' own making are left out: they come with a class, not with the number of its instances.
    """
    counts = Counter()

    def count(frame, event, argument):
        if event == "opcode":
            counts[f"{frame.f_code.co_filename}: {frame.f_code.co_name}"] += 1
        return count

    def enter(frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE) or frame.f_code.co_filename.endswith("/dataclass.py"):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return count

    before = sys.gettrace()
    threading.settrace(enter)
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
        threading.settrace(None)
    return counts


def assert_linear(work):
    """Check that the work for twice the number takes twice the instructions, but for a constant part.

    How often threads wait for each other is another number each time: what grows too fast does so in each of four.
    """
    work(2)  # what is done once in a process
    for _ in range(4):
        few, many = (instructions(lambda n=n: work(n)) for n in (FEW, 2 * FEW))
        growth = {name: (few[name], many[name]) for name in many if many[name] > LINEAR * few[name] + 100}
        whole = sum(few.values()), sum(many.values())
        if not growth and whole[1] < LINEAR * whole[0]:
            return
    raise AssertionError((whole, growth))


ATTACHING = Job("a", HERE, (AttachWorkspace(HERE, "."),), "docker")


def names(count):
    return [f"job-{number}" for number in range(count)]


GRAPHS = {
    "side by side": lambda count: [instance(name) for name in names(count)],
    "in a chain": lambda count: [
        instance(name, *([f"job-{number - 1}"] if number else [])) for number, name in enumerate(names(count))
    ],
    "behind one": lambda count: [
        instance(name, *(["job-0"] if number else []), job=ATTACHING) for number, name in enumerate(names(count))
    ],
    "before one": lambda count: [*map(instance, names(count)), instance("last", *names(count), job=ATTACHING)],
}


def started(task, emit):
    emit(JobStarted(0, task.label, "docker", HERE))
    emit(StepStarted(0, task.label, 1, "step", HERE))


def failed(task, emit):
    started(task, emit)
    emit(StepFinished(0, task.label, 1, "step", "failed", 1.0, HERE, 1, f"no {task.label}"))


RUN = RunRecord("id", "", 0.0, "", "")


@pytest.mark.parametrize("on_run", [started, failed])
@pytest.mark.parametrize("parallel", [1, 0])
@pytest.mark.parametrize("graph", GRAPHS)
def test_a_run_of_twice_as_many_jobs_is_twice_the_work(tmp_path, graph, parallel, on_run, capsys):
    def run(count):
        folder = tmp_path / str(count)
        folder.mkdir(exist_ok=True)
        instances = GRAPHS[graph](count)
        ends = {} if on_run is started else {each.name: outcome("failed") for each in instances}
        engine = TableEngine(**ends)
        engine.on_run = on_run
        runs, options = Runs(folder), Options(quiet=True, parallel=parallel)
        context = runs.context(plan(*instances), engine, width=parallel)
        recorded = []

        def recorder(logs):
            planned = planned_workflow(context.plan, "host", "")
            return Recorder(planned, RecordedPlaces(runs.folder, logs), recorded.append)

        try:
            with reporting(reporters(context, runs.folder, recorder, options, Masker(()), RUN)) as emit:
                run_workflow(context, runs.folder, emit)
        finally:
            runs.open.__exit__(None, None, None)

    assert_linear(run)


CONFIG = """version: 2.1
jobs:
  build:
    parameters: {{v: {{type: string, default: "1"}}}}
    docker: [{{image: 'cimg/base:stable'}}]
    steps: [checkout, run: echo << parameters.v >>]
{jobs}
workflows:
  w:
    jobs:
{calls}
"""
JOB = "  {}: {{docker: [{{image: a}}], steps: [run: 'true']}}"


def chain(count):
    needs = ["", *(f": {{requires: [{name}]}}" for name in names(count))]
    calls = [f"      - {name}{need}" for name, need in zip(names(count), needs, strict=False)]
    return CONFIG.format(jobs="\n".join(map(JOB.format, names(count))), calls="\n".join(calls))


def matrix(count):
    values = ", ".join(f'"{number}"' for number in range(count))
    calls = [
        f"      - build: {{matrix: {{parameters: {{v: [{values}]}}}}}}",
        "      - build: {name: last, requires: [build]}",
    ]
    return CONFIG.format(jobs="", calls="\n".join(calls))


@pytest.mark.parametrize("config", [chain, matrix])
def test_a_config_of_twice_as_many_jobs_is_compiled_and_planned_in_twice_the_work(config):
    def compiled(count):
        found = compile_config(config(count), "config.yml", PipelineValues(), NoOrbs())
        [workflow] = workflows(found.workflows, found.jobs, "")
        made = make_plan(workflow, Selection())
        assert list(plan_lines(made, "host", "", lambda each: None, lambda each: (), lambda each: ()))

    assert_linear(compiled)
