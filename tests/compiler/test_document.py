"""The compiled config as plain data: used jobs alone, in the order of their first use, ``version: 2`` at both ends."""

import pytest

from ci.compiler.compiled import CompiledJob
from ci.compiler.document import compiled_jobs, document, with_contexts
from ci.compiler.instances import InstanceDraft
from ci.compiler.workflows import WorkflowDraft
from ci.errors import ConfigError, Position
from ci.source.limits import LIMITS
from ci.source.nodes import Scalar

from .snippets import FILE, map_node

HERE = Position(FILE, 1, 1)


def job(text="{machine: true}"):
    return CompiledJob(map_node(text), "build", (), HERE)


def draft(name, compiled, **attributes):
    return InstanceDraft(name, name, "build", name, HERE, compiled=compiled, final=name, **attributes)


def workflow(name, *drafts):
    return WorkflowDraft(name, Scalar(name, FILE, 1, 1), list(drafts))


def test_jobs_that_workflows_use_come_in_the_order_of_their_first_use():
    first, second, third = job(), job(), job()
    flows = [workflow("w", draft("b", first), draft("a", second)), workflow("v", draft("c", third), draft("b", job()))]
    assert list(compiled_jobs(flows).items()) == [("b", first), ("a", second), ("c", third)]


def test_approvals_and_what_filters_took_out_have_no_job():
    flows = [workflow("w", draft("hold", None), draft("gone", job(), removed=True))]
    assert compiled_jobs(flows) == {}


def test_jobs_with_a_context_somewhere():
    flows = [workflow("w", draft("a", job())), workflow("v", draft("a", job(), contexts=("c",)), draft("b", job()))]
    assert with_contexts(flows) == {"a"}


def test_the_document_has_jobs_and_workflows():
    shared = job("{machine: true, steps: [checkout, {run: {command: x}}]}")
    flows = [workflow("w", draft("a", shared), draft("b", shared, requires=[]))]
    assert document(compiled_jobs(flows), flows) == {
        "version": 2,
        "jobs": {
            "a": {"machine": True, "steps": ["checkout", {"run": {"command": "x"}}]},
            "b": {"machine": True, "steps": ["checkout", {"run": {"command": "x"}}]},
        },
        "workflows": {"w": {"jobs": ["a", "b"]}, "version": 2},
    }


def test_no_workflow_is_a_document_too():
    assert document({}, []) == {"version": 2, "jobs": {}, "workflows": {"version": 2}}


def test_what_jobs_share_is_counted_each_time(monkeypatch):
    assert LIMITS.output == 10_000_000
    monkeypatch.setattr("ci.compiler.document.LIMITS", type("Few", (), {"output": 10}))
    shared = job("{a: [1, 2]}")  # five nodes: two collections, two numbers, and the map itself counted once
    assert document({"x": shared, "y": shared}, [])["jobs"] == {"x": {"a": [1, 2]}, "y": {"a": [1, 2]}}
    with pytest.raises(ConfigError, match="the compiled config has more than 10 nodes"):
        document({"x": shared, "y": shared, "z": shared}, [])
