"""The final names of job instances.

https://circleci.com/docs/reference/reusing-config/#invoking-the-same-job-multiple-times: if one name would stand for
several different jobs, across all workflows, each gets a number, the first too; equal jobs share a name.
"""

import pytest

from ci.compiler.compiled import CompiledJob
from ci.compiler.instances import InstanceDraft, Wanted, assign_names
from ci.errors import Position
from ci.source.nodes import Scalar
from ci.workflow.job_instances import Need

from .snippets import FILE, map_node

HERE = Position(FILE, 3, 4)


def draft(name, body="{steps: [a]}", **attributes):
    """Return an instance whose job compiles to ``body``; an approval without one."""
    compiled = CompiledJob(map_node(body), "build", ("py3", "docker"), HERE) if body else None
    return InstanceDraft(name, "source", "build", "session", HERE, compiled=compiled, **attributes)


A, B, C = "{steps: [a]}", "{steps: [b]}", "{steps: [c]}"


@pytest.mark.parametrize(
    ("workflows", "names"),
    [
        ([[("x", A)]], [["x"]]),
        ([[("x", A), ("y", A)]], [["x", "y"]]),
        ([[("x", A)], [("x", A)]], [["x"], ["x"]]),
        ([[("x", A)], [("x", B)]], [["x-1"], ["x-2"]]),
        ([[("x", A), ("x", B)]], [["x-1", "x-2"]]),
        ([[("x", A), ("x", A)]], [["x-1", "x-2"]]),
        ([[("x", A), ("x", A)], [("x", A)]], [["x-1", "x-2"], ["x-1"]]),
        ([[("x", A)], [("x", A), ("x", A)]], [["x-1"], ["x-1", "x-2"]]),
        ([[("x", A), ("x", B), ("x", C)]], [["x-1", "x-2", "x-3"]]),
        ([[("x", A), ("x-1", C), ("x", B)]], [["x-2", "x-1", "x-3"]]),
        ([[("x", A), ("x", B)], [("x-2", C)]], [["x-1", "x-3"], ["x-2"]]),
        ([[("hold", None)], [("hold", None)]], [["hold"], ["hold"]]),
        ([[("hold", None), ("hold", None)]], [["hold-1", "hold-2"]]),
        ([[("x", None)], [("x", A)]], [["x-1"], ["x-2"]]),
        ([[("x", "{a: 1, b: 2}")], [("x", "{a: 1, b: 2}")]], [["x"], ["x"]]),
        ([[("x", "{a: 1}")], [("x", "{a: true}")]], [["x-1"], ["x-2"]]),
        ([[("x", "{a: [1, '2']}")], [("x", "{a: [1, 2]}")]], [["x-1"], ["x-2"]]),
    ],
)
def test_a_name_of_different_jobs_is_numbered_and_equal_jobs_share_it(workflows, names):
    drafts = [[draft(*each) for each in workflow] for workflow in workflows]
    assign_names(drafts)
    assert [[each.final for each in workflow] for workflow in drafts] == names


def test_a_body_that_is_the_same_node_is_the_same_job():
    first, second = draft("x"), draft("x", None)
    second.compiled = first.compiled
    assign_names([[first], [second]])
    assert (first.final, second.final) == ("x", "x")


def test_what_filters_take_out_counts_for_no_number():
    taken, kept = draft("x", A, removed=True), draft("x", B)
    assign_names([[taken, kept]])
    assert (taken.final, kept.final) == ("x", "x")


def test_a_finished_instance_has_what_was_decided_of_it():
    parent = draft("p")
    parent.final = "p-1"
    made = draft("x", contexts=("c",), serial_group="g", filtered="not here", missing=("orb",))
    made.final = "x-2"
    made.requires = [(parent, Wanted("p", ("failed", "success"), Scalar("p", FILE, 1, 1)))]
    found = made.instance()
    assert (found.name, found.kind, found.source_job, found.session) == ("x-2", "build", "source", "session")
    assert (found.executors, found.contexts, found.position) == (("py3", "docker"), ("c",), HERE)
    assert (found.serial_group, found.filtered, found.missing) == ("g", "not here", ("orb",))
    assert found.needs == (Need("p-1", ("failed", "success")),)
    assert draft("hold", None).instance().executors == ()
