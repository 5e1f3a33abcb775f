"""Records of runs as literals."""

from __future__ import annotations

from dataclasses import replace

from ci.errors import Position
from ci.events import Fidelity, TestCounts
from ci.record.run_record import JobRecord, LeftOut, NodeRecord, RunRecord, StepRecord, WorkflowRecord
from ci.workflow.job_instances import Need

HERE = Position(".circleci/config.yml", 3, 7)


def step(number: int = 1, status: str = "success", **keys) -> StepRecord:
    made = StepRecord(number, f"step {number}", HERE, 100.0 + number, status, 0.5, line=number * 10)  # type: ignore[arg-type]
    return replace(made, fails_job=status in ("failed", "timedout"), **keys)


def node(label: str, *steps: StepRecord, **keys) -> NodeRecord:
    return NodeRecord(label, 100.0, "host", "docker", f"log/{label}.log", steps, **keys)


def job(name: str, status: str = "success", *steps: StepRecord, needs: tuple[str, ...] = (), **keys) -> JobRecord:
    made = JobRecord(name, "build", name, name, HERE, ("docker",), tuple(map(Need, needs)), status=status)  # type: ignore[arg-type]
    nodes = (node(name, *steps),) if steps else ()
    return replace(made, nodes=nodes, seconds=1.5, fidelity=Fidelity("exact"), **keys)


def workflow(name: str, *jobs: JobRecord, **keys) -> WorkflowRecord:
    return replace(WorkflowRecord(name, HERE, "host", "it was asked for", jobs, result="success"), **keys)


def run(*workflows: WorkflowRecord, **keys) -> RunRecord:
    made = RunRecord("20261126-120000-abcdef", "0.1.0", 100.0, "/home/me/project", ".circleci/config.yml")
    return replace(made, workflows=workflows, result="success", finished=110.0, seconds=10.0, **keys)


FULL = run(
    workflow(
        "main",
        job("build", "success", step(1), step(2), layers=("workspaces/build.0.tar",)),
        job(
            "box/test \udc80\x1b",
            "failed",
            step(1, "failed", exit_status=2, message="no rule"),
            needs=("build",),
            tests=TestCounts(3, 1),
        ),
        left_out=(LeftOut("deploy", "of branches: main"),),
    ),
    command=("run", "main", "--env", "TOKEN=..."),
    options={"env": ["TOKEN"], "parallel": 1, "branch": None},
    parameters={"who": "me", "deep": True},
)
"""A record with a value in every kind of field."""
