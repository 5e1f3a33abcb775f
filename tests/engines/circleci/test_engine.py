"""What a reader is told of a job of ``circleci local execute`` before it starts."""

from ci.engines.circleci.engine import _said

from ...tasks import run, task


def test_that_values_are_in_the_process_list_is_said_if_there_are_any(tmp_path):
    assert not [line for line in _said(task(tmp_path, [run("true")])) if "process list" in line]
    made = task(tmp_path / "secret", [run("true")], secrets=(("TOKEN", "abcd"),))
    assert [line for line in _said(made) if "process list" in line]
