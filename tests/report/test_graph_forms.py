"""The graph of a workflow as text, as boxes on a terminal, and for Mermaid and Graphviz."""

from __future__ import annotations

import re
import shutil
import subprocess
from textwrap import dedent

import pytest

from ci.dataclass import replace
from ci.report.graph_boxes import graph_boxes
from ci.report.graph_diagrams import dot, mermaid
from ci.report.graph_text import graph_text
from ci.workflow.job_instances import CronTrigger, Need, Workflow

from ..run.runs import HERE, instance


def of_matrix(version):
    return replace(instance(f"build-{version}"), session="build", matrix=(("version", version),))


BUILDS = (of_matrix("3.9"), of_matrix("3.11"))
FLOW = Workflow(
    "commit",
    HERE,
    (
        *BUILDS,
        instance("lint"),
        instance("test", "build-3.9", "build-3.11"),
        replace(instance("alarm"), needs=(Need("test", ("failed", "canceled")),)),
        replace(instance("hold", "test", "lint"), kind="approval", executors=(), job=None),
        replace(instance("ship", "hold"), filtered="for tags alone"),
    ),
)
NIGHTLY = Workflow("nightly", HERE, (instance("scan"),), triggers=(CronTrigger("0 0 * * *", HERE),))
OFF = Workflow("off", HERE, (), inactive_because="its when is false (config.yml:1:1)")
HOSTILE = Workflow('a "b" <c> #1 \\n', HERE, (instance('x"]\n--> y'), instance("`z`", 'x"]\n--> y')))


def test_text_has_a_line_for_each_row_below_what_it_requires():
    assert graph_text(FLOW) == dedent("""\
        commit
          build (3.9, 3.11)  on docker
          lint               on docker
            test             on docker; after build
              alarm          on docker; after test (failed or canceled)
              hold           approval; after test, lint
                ship         on docker; after hold; filtered out: for tags alone""")


@pytest.mark.parametrize("drawn", [graph_text, lambda workflow: graph_boxes(workflow, 80)])
def test_what_a_schedule_alone_starts_is_not_started_by_a_push(drawn):
    assert drawn(NIGHTLY).startswith("nightly  (not on a push: cron 0 0 * * *)\n")
    assert drawn(OFF) == "off  inactive: its when is false (config.yml:1:1)"


def test_boxes_stand_right_of_what_they_require_with_lines_between_them():
    flow = replace(FLOW, instances=tuple(each for each in FLOW.instances if each.name in ("lint", "build-3.9", "test")))
    flow = replace(flow, instances=(*flow.instances, instance("end", "test", "lint")))
    drawn = graph_boxes(flow, 80)
    assert drawn is not None
    lines = drawn.splitlines()[1:]
    rows = {name: next(line for line in lines if f"│ {name} " in line) for name in ("build-3.9", "lint", "test", "end")}
    assert rows["build-3.9"].index("│ build-3.9") < rows["test"].index("│ test") < rows["end"].index("│ end")
    assert rows["test"][rows["test"].index("│ test") - 1] == "▶"
    assert "▶│ build" not in drawn
    assert not re.search(r"[╭╰][^─╮╯]", drawn), "no line goes through a box"


def test_a_small_graph_is_drawn_as_it_stands_here():
    flow = Workflow("w", HERE, (instance("a"), instance("b", "a"), instance("c", "a")))
    assert graph_boxes(flow, 80) == dedent("""\
        w
                   ╭───╮
                ┌─▶│ b │
          ╭───╮ │  ╰───╯
          │ a │─┤
          ╰───╯ │  ╭───╮
                └─▶│ c │
                   ╰───╯""")


def test_boxes_that_need_more_columns_are_not_drawn():
    drawn = graph_boxes(FLOW, 200)
    assert drawn is not None
    widest = max(map(len, drawn.splitlines()))
    assert graph_boxes(FLOW, widest - 1) is None


def test_mermaid_has_a_subgraph_for_each_workflow():
    assert mermaid([FLOW, NIGHTLY, OFF]).splitlines() == [
        "flowchart LR",
        '  subgraph w0["commit"]',
        '    w0j0["build (3.9, 3.11)"]',
        '    w0j1["lint"]',
        '    w0j2["test"]',
        '    w0j3["alarm"]',
        '    w0j4{{"hold"}}',
        '    w0j5["ship"]:::out',
        "    w0j0 --> w0j2",
        "    w0j2 -. failed or canceled .-> w0j3",
        "    w0j2 --> w0j4",
        "    w0j1 --> w0j4",
        "    w0j4 --> w0j5",
        "  end",
        '  subgraph w1["nightly  (not on a push: cron 0 0 * * *)"]',
        '    w1j0["scan"]',
        "  end",
        '  subgraph w2["off  inactive: its when is false (config.yml:1:1)"]',
        "  end",
        "  classDef out stroke-dasharray: 4",
    ]


def test_no_name_ends_a_label():
    lines = mermaid([HOSTILE]).splitlines()
    assert lines[1] == '  subgraph w0["a #quot;b#quot; #lt;c#gt; #35;1 #92;n"]'
    assert lines[2] == '    w0j0["x#quot;]#92;n--#gt; y"]'
    assert lines[3] == '    w0j1["#96;z#96;"]'
    assert '[label="x\\"]\\\\n--> y"]' in dot([HOSTILE])


def test_dot_has_a_cluster_for_each_workflow():
    text = dot([FLOW, NIGHTLY, OFF])
    assert text.startswith("digraph workflows {\n")
    assert text.count("subgraph cluster_w") == 3
    assert 'w0j2 -> w0j3 [label="failed or canceled", style=dashed]' in text
    assert "w0j0 -> w0j2\n" in text


@pytest.mark.skipif(not shutil.which("dot"), reason="no Graphviz")
def test_graphviz_draws_it():
    text = dot([FLOW, NIGHTLY, OFF, HOSTILE])
    done = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall(r"^edge ", done.stdout, re.MULTILINE)) == 6
