"""A record comes back from its text as it was; a text that is none is refused with the place of what is wrong."""

import json

import pytest

from ci.record.json_reader import RecordError, read_record
from ci.record.json_writer import RecordWriter

from .records import FULL

TEXT = RecordWriter().text(FULL)


def changed(*path, **keys):
    """The text of the record with other values in the object that the path leads to."""
    data = json.loads(TEXT)
    place = data
    for each in path:
        place = place[each]
    place.update(keys)
    return json.dumps(data)


def test_a_record_comes_back_as_it_was():
    assert read_record(TEXT) == FULL


def test_a_key_of_a_later_program_is_left_out():
    assert read_record(changed(invented=1)) == FULL
    assert read_record(changed("workflows", 0, invented={"a": [1]})) == FULL


def test_a_key_with_a_default_may_be_missing():
    data = json.loads(TEXT)
    del data["workflows"][0]["left_out"]
    assert read_record(json.dumps(data)).workflows[0].left_out == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is no JSON"),
        (TEXT[:-20], "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it is no JSON object"),
        ("{}", "it has version None, and this program reads version 1"),
        (changed(version=2), "it has version 2, and this program reads version 1"),
        (changed(id=7), "id cannot be 7"),
        (changed(dirty=True), "dirty cannot be true"),
        (changed(started="now"), 'started cannot be "now"'),
        (changed(started=True), "started cannot be true"),
        (changed(options=[]), r"options cannot be \[\]"),
        (changed(result="splendid"), 'result cannot be "splendid"'),
        (changed(result=[]), r"result cannot be \[\]"),
        (changed(workflows={}), r"workflows cannot be \{\}"),
        (changed(workflows=[1]), r"workflows\[0\] cannot be 1"),
        (changed("workflows", 0, "jobs", 1, position="here"), r'workflows\[0\].jobs\[1\].position cannot be "here"'),
        (changed("workflows", 0, "jobs", 0, position=3), r"workflows\[0\].jobs\[0\].position cannot be 3"),
        (changed("workflows", 0, "jobs", 0, seconds="1"), r'workflows\[0\].jobs\[0\].seconds cannot be "1"'),
        (changed("workflows", 0, "jobs", 0, status="odd"), r'workflows\[0\].jobs\[0\].status cannot be "odd"'),
    ],
)
def test_what_is_no_record_is_refused_with_what_is_wrong(text, message):
    with pytest.raises(RecordError, match=message):
        read_record(text)


def test_a_key_that_must_be_there_is_named():
    data = json.loads(TEXT)
    del data["workflows"][0]["jobs"][1]["name"]
    with pytest.raises(RecordError, match=r"workflows\[0\].jobs\[1\].name is missing"):
        read_record(json.dumps(data))


@pytest.mark.parametrize("path", ["/etc/passwd", "../../other", "log/../../../x", "..", "a\0b", 7])
@pytest.mark.parametrize("place", ["log", "artifacts_folder", "results_folder", "layers", "folder", "config"])
def test_a_path_out_of_the_runs_folder_is_refused(place, path):
    data = json.loads(RecordWriter().text(FULL))
    workflow = data["workflows"][0]
    job = workflow["jobs"][0]
    holder = {"log": job["nodes"][0], "folder": workflow, "config": workflow}.get(place, job)
    holder[place] = ["workspaces/a.0.tar", path] if place == "layers" else path
    with pytest.raises(RecordError, match=place):
        read_record(json.dumps(data))


@pytest.mark.parametrize("path", ["", "log/a..b.log", "workflows/w/log/..a", "."])
def test_a_path_in_the_runs_folder_is_taken(path):
    data = json.loads(RecordWriter().text(FULL))
    data["workflows"][0]["jobs"][0]["nodes"][0]["log"] = path
    assert read_record(json.dumps(data)).workflows[0].jobs[0].nodes[0].log == path


@pytest.mark.parametrize("value", [1e308, float("inf"), float("nan"), -1e13, 10**400])
def test_a_number_that_no_time_has_is_refused(value):
    data = {**json.loads(RecordWriter().text(FULL)), "started": value}
    with pytest.raises(RecordError, match="started"):
        read_record(json.dumps(data))


def test_jobs_that_require_each_other_are_refused():
    data = json.loads(RecordWriter().text(FULL))
    job = data["workflows"][0]["jobs"][0]
    job["needs"] = [{"name": job["name"], "statuses": ["success"]}]
    with pytest.raises(RecordError, match="require each other: build, build"):
        read_record(json.dumps(data))
