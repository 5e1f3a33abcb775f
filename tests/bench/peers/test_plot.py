"""The plot: what stands where."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from .plot import plot
from .sample import FIGURES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def picture():
    return ElementTree.fromstring(plot(FIGURES))


def marks(picture, style):
    return [each for each in picture.iter(f"{SVG}circle") if each.get("class", "").split()[0] == style]


def test_each_tool_has_a_mark_in_the_legend_and_one_for_each_workload_that_it_does(picture):
    assert [len(marks(picture, style)) for style in ("ours", "act", "gitlab", "nox")] == [7, 3, 3, 4]


def test_ten_times_the_seconds_is_as_far_wherever_it_is(picture):
    first, second, third = (float(mark.get("cx")) for mark in marks(picture, "nox")[1:])  # 0.1, 1.1, 0.6 s
    ours = [
        float(mark.get("cx")) for mark in marks(picture, "ours")[2:] if mark.get("r") == "7.5"
    ]  # 0.25, 1.25, 4.25 s
    assert first < third < second < ours[1] < ours[2]
    grid = {each.text: float(each.get("x")) for each in picture.iter(f"{SVG}text") if (each.text or "").endswith("1 s")}
    assert grid["0.1 s"] - grid["0.01 s"] == pytest.approx(grid["1 s"] - grid["0.1 s"], abs=0.2)
    assert first == pytest.approx(grid["0.1 s"], abs=0.1)


def test_everything_is_within_the_picture(picture):
    width = float(picture.get("viewBox").split()[2])
    assert all(0 < float(each.get("cx")) < width for each in picture.iter(f"{SVG}circle"))


def test_ours_says_its_seconds(picture):
    texts = [each.text for each in picture.iter(f"{SVG}text")]
    assert {"0.250 s", "1.25 s", "4.25 s"} <= set(texts)


def test_each_colour_of_the_light_scheme_has_one_for_the_dark(picture):
    light, dark = picture.find(f"{SVG}style").text.split("@media (prefers-color-scheme: dark)")
    coloured = set(re.findall(r"(\.?\w+) \{[^}]*#", light))
    assert coloured == set(re.findall(r"(\.?\w+) \{[^}]*#", dark))
