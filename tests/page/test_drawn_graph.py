"""A graph as boxes and lines."""

from __future__ import annotations

import re

from ci.page.drawn_graph import LABEL, GraphJob, drawn_graph, shortened
from ci.report.graph_text import needs_words

JOBS = [
    GraphJob("build", "success", "5.0 s", "#build"),
    GraphJob("test", "failed", "2.0 s", "#test", (("build", ""),)),
    GraphJob("notify", "success", "0.1 s", "#notify", (("test", "failed"),)),
]


def test_each_job_is_a_box_that_leads_to_it_and_each_requirement_a_line():
    drawing = drawn_graph("w", JOBS, ["build", "test"])
    assert [(box.label, box.href, box.status, box.critical) for box in drawing.boxes] == [
        ("build", "#build", "success", True),
        ("test", "#test", "failed", True),
        ("notify", "#notify", "success", False),
    ]
    assert [(arrow.title, arrow.conditional, arrow.critical) for arrow in drawing.arrows] == [
        ("test requires build", False, True),
        ("notify requires test (failed)", True, False),
    ]


def test_a_line_leads_from_the_right_side_of_a_box_to_the_left_side_of_the_next():
    drawing = drawn_graph("w", JOBS, [])
    build, test, _ = drawing.boxes
    start = re.match(r"M([\d.]+) ([\d.]+)", drawing.arrows[0].path)
    end = re.search(r"([\d.]+) ([\d.]+)$", drawing.arrows[0].path)
    assert [float(each) for each in start.groups()] == [build.x + build.width, build.y + drawing.box_height / 2]
    assert [float(each) for each in end.groups()] == [test.x, test.y + drawing.box_height / 2]


def test_all_is_inside_of_the_drawing():
    drawing = drawn_graph("w", JOBS, [])
    assert max(box.x + box.width for box in drawing.boxes) < drawing.width
    assert max(box.y for box in drawing.boxes) + drawing.box_height < drawing.height


def test_a_line_between_jobs_of_the_critical_path_that_is_no_part_of_it_is_not_marked():
    beside = [*JOBS[:2], GraphJob("deploy", "success", "1 s", "#deploy", (("test", ""), ("build", "")))]
    drawing = drawn_graph("w", beside, ["build", "test", "deploy"])
    assert [arrow.title for arrow in drawing.arrows if not arrow.critical] == ["deploy requires build"]


def test_boxes_are_as_wide_as_the_longest_name_of_their_layer_wants():
    jobs = [GraphJob("x", "success", "", "#x"), GraphJob("y" * 30, "success", "", "#y")]
    jobs += [GraphJob("z" * 500, "success", "", "#z", (("x", ""),))]
    first, second, endless = drawn_graph("w", jobs, []).boxes
    assert first.width == second.width < endless.width < 400


def test_a_long_name_keeps_its_beginning_and_its_end():
    name = "integration-tests-on-every-database-postgres-16"
    assert shortened(name, 21) == "integratio…ostgres-16"
    assert shortened("x" * LABEL, LABEL) == "x" * LABEL


def test_only_a_requirement_other_than_success_is_in_words():
    assert needs_words(("success",)) == ""
    assert needs_words(("failed", "canceled")) == "failed or canceled"
