"""Events as JSON, one a line: what ``run --json`` prints and ``events.jsonl`` keeps."""

import io
import json

from ci.errors import Position
from ci.events import Fidelity, JobFinished, Output, RunStarted, StepFinished, TestCounts
from ci.report.json_lines import JsonLines

HERE = Position(".circleci/config.yml", 3, 7)


def written(*events):
    stream = io.StringIO()
    reporter = JsonLines(stream, owned=False)
    for event in events:
        reporter(event)
    reporter.close()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_event_is_one_line_whatever_its_text():
    [found] = written(Output(0, "build", 1, "two\nlines, a \x1b[31mcolour\x1b[0m and \u2028"))
    assert found["text"] == "two\nlines, a \x1b[31mcolour\x1b[0m and \u2028"


def test_no_line_has_what_githubs_runner_obeys_and_a_reader_gets_it_all_the_same():
    stream = io.StringIO()
    JsonLines(stream, owned=False)(Output(0, "build", 1, "###[add-matcher]x ##[error]y"))
    assert "##[" not in stream.getvalue()
    assert json.loads(stream.getvalue())["text"] == "###[add-matcher]x ##[error]y"


def test_the_first_event_carries_the_schemas_number():
    [found] = written(RunStarted(1.5, "id", "smoke", "host", "no Docker", "runs/id", ("a", "b")))
    assert (found["event"], found["schema"], found["jobs"]) == ("run.start", 1, ["a", "b"])


def test_a_position_is_written_as_editors_take_it():
    [found] = written(StepFinished(0, "build", 1, "make", "failed", 0.5, HERE, 2, "no rule"))
    assert found["position"] == ".circleci/config.yml:3:7"
    assert (found["exit_status"], found["message"]) == (2, "no rule")


def test_what_belongs_together_is_an_object_and_what_is_not_known_is_null():
    fidelity = Fidelity("emulated", ("images are not used",))
    counted, bare = written(
        JobFinished(0, "build", "success", 1, fidelity, tests=TestCounts(5, 1, 0, 2)),
        JobFinished(0, "lint", "success", 1, fidelity),
    )
    assert counted["tests"] == {"total": 5, "failed": 1, "errors": 0, "skipped": 2}
    assert counted["fidelity"] == {"level": "emulated", "differences": ["images are not used"]}
    assert bare["tests"] is None


def test_the_stream_of_a_file_is_closed_and_standard_output_is_not():
    own, shared = io.StringIO(), io.StringIO()
    JsonLines(own).close()
    JsonLines(shared, owned=False).close()
    assert own.closed
    assert not shared.closed
