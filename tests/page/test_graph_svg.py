"""The graphs of workflows as one SVG picture."""

from xml.etree import ElementTree

from ci.page.graph_svg import graph_svg

from ..report.test_graph_forms import FLOW, HOSTILE, NIGHTLY, OFF

NAMES = {"svg": "http://www.w3.org/2000/svg"}


def drawn(*workflows):
    return ElementTree.fromstring(graph_svg(workflows))


def texts(picture):
    return [each.text for each in picture.iterfind(".//svg:text", NAMES)]


def test_each_workflow_has_its_name_its_boxes_and_its_lines():
    picture = drawn(FLOW, NIGHTLY, OFF)
    shown = texts(picture)
    assert {"commit", "build (3.9, 3.11)", "test", "on docker", "approval", "scan"} <= set(shown)
    assert "nightly  (not on a push: cron 0 0 * * *)" in shown
    assert "off  inactive: its when is false (config.yml:1:1)" in shown
    lines = picture.findall(".//svg:path", NAMES)
    assert len(lines) == 5
    assert [each.get("class") for each in lines].count("conditional") == 1
    assert [each.get("class") for each in picture.iterfind(".//svg:rect", NAMES)].count("out") == 1


def test_boxes_are_in_the_picture_and_do_not_overlap():
    picture = drawn(FLOW)
    boxes = [
        [float(each.get(key)) for key in ("x", "y", "width", "height")]
        for each in picture.iterfind(".//svg:g/svg:rect", NAMES)
    ]
    assert len(boxes) == 6
    assert all(x + wide <= float(picture.get("width")) for x, _, wide, _ in boxes)
    for number, (x, y, wide, high) in enumerate(boxes):
        for a, b, other_wide, other_high in boxes[number + 1 :]:
            assert x + wide <= a or a + other_wide <= x or y + high <= b or b + other_high <= y


def test_names_are_texts_whatever_is_in_them():
    assert 'a "b" <c> #1 \\n' in texts(drawn(HOSTILE))
