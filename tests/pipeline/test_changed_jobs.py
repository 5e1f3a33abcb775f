"""Jobs that are defined otherwise in another compiled config."""

import pytest

from ci.pipeline.changed_jobs import changed_jobs

CONFIG = """\
version: 2
jobs:
  build: {docker: [{image: a}], steps: [checkout, {run: {command: make}}]}
  test: {docker: [{image: a}], steps: [checkout]}
workflows:
  w: {jobs: [build, test: {requires: [build]}, hold: {type: approval}]}
  version: 2
"""


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("", "", set()),
        ("make", "make all", {"build"}),
        ("image: a}], steps: [checkout]", "image: b}], steps: [checkout]", {"test"}),
        ("{requires: [build]}", "{requires: [hold]}", {"test"}),
        ("{requires: [build]}", "{requires: [build], context: [c]}", {"test"}),
        (", hold: {type: approval}", "", set()),
        ("version: 2\njobs", "# a comment\nversion: 2\njobs", set()),
    ],
)
def test_a_job_has_changed_if_its_definition_or_its_call_has(old, new, changed):
    assert changed_jobs(CONFIG, CONFIG.replace(old, new, 1), "w") == changed


@pytest.mark.parametrize("text", ["", "{", "[]", "workflows: {}", "workflows: {w: {jobs: [[]]}}", "workflows: {w: 1}"])
def test_a_config_that_cannot_be_read_says_nothing(text):
    assert changed_jobs(text, CONFIG, "w") is None
