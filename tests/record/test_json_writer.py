"""The text of a record: JSON in ASCII, a line a job; what has not changed is not encoded again."""

import json

from ci.record.json_writer import RecordWriter

from .records import FULL, job, run, workflow


def test_the_text_is_one_json_document_in_ascii_that_begins_with_its_version():
    text = RecordWriter().text(FULL)
    assert text.isascii()
    assert list(json.loads(text))[:2] == ["version", "id"]


def test_each_job_has_a_line_of_its_own():
    lines = RecordWriter().text(run(workflow("w", job("a"), job("b")))).splitlines()
    assert [json.loads(line.rstrip(","))["name"] for line in lines if '"source_job"' in line] == ["a", "b"]


def test_a_run_without_workflows_and_a_workflow_without_jobs_are_records_too():
    assert json.loads(RecordWriter().text(run()))["workflows"] == []
    assert json.loads(RecordWriter().text(run(workflow("w"))))["workflows"][0]["jobs"] == []


def test_a_second_text_has_what_changed_and_what_did_not():
    writer, same = RecordWriter(), job("a")
    writer.text(run(workflow("w", same, job("b"))))
    found = json.loads(writer.text(run(workflow("w", same, job("b", "failed")))))
    assert [each["status"] for each in found["workflows"][0]["jobs"]] == ["success", "failed"]
