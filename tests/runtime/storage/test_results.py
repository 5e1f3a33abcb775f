"""JUnit reports: counted, learned from, and never trusted. https://circleci.com/docs/guides/test/collect-test-data/"""

import io

import pytest

from ci.events import TestCounts
from ci.runtime.storage import junit
from ci.runtime.storage.results import store

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite file="tests/a.py">
  <testcase name="one" classname="A" time="1.5"/>
  <testcase name="two" classname="A" time="0.5"><failure message="no"/></testcase>
  <testcase name="three" file="tests/b.py" time="1,000.0"><error/></testcase>
  <testcase name="four" time="NaN"><skipped/></testcase>
</testsuite></testsuites>"""


def test_tests_are_counted_by_how_they_ended(box, tmp_path):
    box.put("report.xml", REPORT)
    counts, _ = store(box, "report.xml", tmp_path / "kept")
    assert counts == TestCounts(total=4, failed=1, errors=1, skipped=1)


def test_times_are_added_up_by_file_class_and_name(box, tmp_path):
    box.put("report.xml", REPORT)
    _, timings = store(box, "report.xml", tmp_path / "kept")
    found = dict(timings)
    assert found["filename:tests/a.py"] == 2.0
    assert found["filename:tests/b.py"] == 1000.0
    assert found["classname:A"] == 2.0
    assert found["testname:one"] == 1.5


def test_a_folder_is_searched_and_all_its_reports_are_kept(box, tmp_path):
    for name in ("r/a.xml", "r/deep/b.XML", "r/notes.txt"):
        box.put(name, REPORT)
    counts, _ = store(box, "r", tmp_path / "kept")
    assert counts.total == 8


@pytest.mark.parametrize("path", ["absent", ".hidden"])
def test_what_is_not_there_or_hidden_is_reported_and_fails_nothing(box, tmp_path, path):
    box.put(".hidden/a.xml", REPORT)
    notes = []
    assert store(box, path, tmp_path / "kept", notes.append) == (TestCounts(), ())
    assert path in notes[0]


def test_a_broken_report_is_reported_and_the_others_count(box, tmp_path):
    box.put("r/a.xml", REPORT)
    box.put("r/b.xml", "<testsuite><testcase")
    notes = []
    counts, _ = store(box, "r", tmp_path / "kept", notes.append)
    assert counts.total == 4
    assert "r/b.xml was left out" in notes[0]


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuite><testcase>&f;</testcase></testsuite>',
    ],
)
def test_entities_are_never_expanded(declared):
    with pytest.raises(junit.ReportError, match="declares the entity"):
        junit.read(io.BytesIO(declared.encode()))


def test_other_xml_has_no_tests():
    assert junit.read(io.BytesIO(b'<coverage><testcase name="x"/></coverage>')) == []


def test_any_encoding_that_xml_declares_is_read():
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite><testcase name="grün"/></testsuite>'
    assert [case.name for case in junit.read(io.BytesIO(text.encode("latin-1")))] == ["grün"]
