"""The names of places in the page."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ci.page.anchors import SECTIONS, job_anchors, line_anchor, step_anchor


def test_a_job_a_step_and_a_line_have_readable_names():
    (job,) = job_anchors(["build-py36"])
    assert line_anchor(step_anchor(job, 3), 12) == "build-py36.3-L12"


def test_names_that_would_be_the_same_are_told_apart():
    assert job_anchors(["a b", "a/b", "A B", "a-b-2"]) == ["a-b", "a-b-2", "a-b-3", "a-b-2-2"]


def test_a_job_is_not_taken_for_a_section_of_the_page():
    assert job_anchors(["graph", "Failures", "<>", ""]) == ["graph-2", "failures-2", "job", "job-2"]


@given(st.lists(st.text(max_size=8), max_size=12))
def test_no_two_places_share_a_name_whatever_the_jobs_are_called(names):
    jobs = job_anchors(names)
    places = [*SECTIONS, *jobs]
    for job in jobs:
        for step in range(1, 4):
            anchor = step_anchor(job, step)
            places += [anchor, *(line_anchor(anchor, line) for line in range(1, 4))]
    assert len(places) == len(set(places))
    assert all(re.fullmatch(r"[\w.-]+", each, re.ASCII) for each in places)
