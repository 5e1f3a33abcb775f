"""The options of a run again: what needs the user's seal, and what does not."""

from argparse import Namespace
from dataclasses import replace

import pytest

from ci.errors import UsageError
from ci.options.table import Options, table
from ci.pipeline.recorded_options import recorded_options
from ci.pipeline.restored_options import restored_options

from ..record.records import run

NOTHING = Namespace(**{each.field: None for each in table("run")})


def recorded(**chosen):
    return run(options=recorded_options(Options(**chosen), str))


def restored(record, now=None, is_own=False):
    return restored_options(record, is_own, now or Options(), NOTHING)


def test_what_takes_nothing_of_the_users_needs_no_seal():
    found = restored(recorded(engine="docker", isolation="namespace", parallel=3, jobs=("build",)))
    assert (found.engine, found.isolation, found.parallel, found.jobs) == ("docker", "namespace", 3, ("build",))


@pytest.mark.parametrize(
    ("chosen", "now"),
    [
        ({"engine": "host"}, {}),
        ({"engine": "auto"}, {"engine": "docker"}),
        ({"isolation": "auto"}, {"isolation": "namespace"}),
        ({"share": ("/a", "/b")}, {"share": ("/a",)}),
        ({"allow_docker": True}, {}),
        ({"ssh_agent": True}, {}),
        ({"machine": "host"}, {}),
    ],
)
def test_what_the_user_has_not_set_needs_the_seal(chosen, now):
    with pytest.raises(UsageError, match="has no record that you have completed here"):
        restored(recorded(**chosen), Options(**now))
    name = next(iter(chosen))
    assert getattr(restored(recorded(**chosen), Options(**now), is_own=True), name) == chosen[name]


@pytest.mark.parametrize("chosen", [{"engine": "host"}, {"share": ("/a",)}, {"isolation": "folder"}])
def test_what_the_user_has_set_anyway_needs_no_seal(chosen):
    name = next(iter(chosen))
    assert getattr(restored(recorded(**chosen), Options(**chosen)), name) == chosen[name]


def test_the_noxfile_is_that_of_the_run_that_begins():
    record = recorded(noxfile="/home/me/project")
    assert restored(record, is_own=True).noxfile == ""
    assert restored(record, Options(noxfile="/now")).noxfile == "/now"


def test_variables_of_the_users_are_passed_again_from_an_own_record_alone():
    record = replace(recorded(), options={"passes": ["TOKEN"]})
    assert restored(record).passes == ()
    assert [each.name for each in restored(record, is_own=True).passes] == ["TOKEN"]


def test_the_question_for_a_secret_writes_nothing_to_the_terminal_but_text(monkeypatch):
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: asked.append(prompt) or "hunter22")
    record = replace(recorded(), options={"env": ["A\x1b]52;c;QUJD\x07"]})
    restored(record)
    assert asked == ["A\\x1b]52;c;QUJD\\x07 of run 20261126-120000-abcdef: "]
