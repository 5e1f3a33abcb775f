"""A run as JUnit XML: what is a suite and a case, what counts as failed, and that every reader can read it."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from ci.report.junit_xml import junit_xml
from ci.runtime.storage.junit import Case, read

from ..record.records import job, node, run, step, workflow

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}
"""What Jenkins' junit-10.xsd allows, as far as it is used here."""


def document(record, tests=()):
    """The root of the document, checked against those tables."""
    root = ElementTree.fromstring(junit_xml(record, dict(tests)).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", "0.000"))
        assert element.tag != "testsuite" or {"name", "tests", "failures", "errors"} <= set(element.attrib)
        assert element.tag != "testcase" or element.get("name")
    return root


def outcomes(record, tests=()) -> list[tuple[str, str]]:
    """Each case's name and what it is: the element in it, or ``passed``."""
    cases = document(record, tests).iter("testcase")
    return [(case.get("name", ""), next((child.tag for child in case), "passed")) for case in cases]


def test_a_job_is_a_suite_and_a_step_a_case():
    root = document(run(workflow("w", job("a", "success", step(1), step(2)), job("b", "success", step(1)))))
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("a", "2"), ("b", "1")]
    assert [case.get("name") for case in root.iter("testcase")] == ["1. step 1", "2. step 2", "1. step 1"]
    assert root.get("tests") == "3"


def test_suites_of_several_workflows_have_the_workflows_name_before_their_own():
    root = document(run(workflow("setup", job("a")), workflow("main", job("a"))))
    assert [suite.get("name") for suite in root] == ["setup/a", "main/a"]


def test_a_failed_step_is_a_failure_with_its_place_and_log():
    failed = step(2, "failed", exit_status=2, message="no rule")
    root = document(run(workflow("w", job("a", "failed", step(1), failed))))
    [found] = root.iter("failure")
    assert (found.get("type"), found.get("message")) == ("failed", "exit status 2: no rule")
    assert found.text == ".circleci/config.yml:3:7\nlog: log/a.log:20"
    assert [suite.get("failures") for suite in root] == ["1"]


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (step(1, "timedout"), "failure"),
        (replace(step(1, "failed"), fails_job=False), "passed"),  # in the background
        (step(1, "skipped"), "skipped"),
        (step(1, "canceled"), "skipped"),
        (step(1, "running"), "error"),  # the run was killed
        (step(1), "passed"),
    ],
)
def test_how_a_step_ended_is_how_its_case_did(one, kind):
    assert outcomes(run(workflow("w", job("a", "success", one)))) == [("1. step 1", kind)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("success", "passed"),
        ("failed", "error"),
        ("timedout", "error"),
        ("running", "error"),
        ("waiting", "skipped"),
        ("skipped", "skipped"),
        ("not_run", "skipped"),
        ("canceled", "skipped"),
        ("on_hold", "skipped"),
    ],
)
def test_a_job_without_steps_is_a_case_itself(status, kind):
    assert outcomes(run(workflow("w", job("a", status)))) == [("a", kind)]


def test_a_job_that_failed_beside_its_steps_has_a_case_that_says_why():
    root = document(run(workflow("w", job("a", "failed", step(1), reason="its image cannot be had"))))
    [found] = root.iter("error")
    assert found.get("message") == "its image cannot be had"


def test_the_failing_tests_of_a_job_are_cases_of_its_suite():
    tests = {("w", "a"): [Case("t", "c", "f.py", 0.25, "failure", "2 != 3"), Case("", "", "", 0.0, "error")]}
    record = run(workflow("w", job("a", "failed", step(1, "failed")), job("b", "success", step(1))))
    assert outcomes(record, tests)[1:3] == [("t", "failure"), ("unnamed", "error")]
    [suite, other] = document(record, tests)
    assert (suite.get("failures"), suite.get("errors"), other.get("failures")) == ("2", "1", "0")


def test_a_node_is_named_by_the_class_of_its_cases():
    nodes = (node("a/0", step(1)), node("a/1", step(1)))
    root = document(run(workflow("w", replace(job("a"), nodes=nodes))))
    assert [case.get("classname") for case in root.iter("testcase")] == ["w.a/0", "w.a/1"]


@pytest.mark.parametrize(
    "odd", ["\x00\x1b[31m\x85", "\udc80", "\ufffe\uffff", "]]>&amp;<a b='\"'>", "two\nlines\r\t", "é\U0001f600"]
)
def test_odd_characters_in_names_and_messages_are_safe(odd):
    failed = replace(step(1, "failed"), name=f"s{odd}", message=f"m{odd}")
    record = run(workflow(f"w{odd}", job(f"j{odd}", "failed", failed, reason=f"r{odd}")))
    tests = {(f"w{odd}", f"j{odd}"): [Case(f"t{odd}", f"c{odd}", "", 0.0, "failure", f"f{odd}")]}
    assert [kind for _, kind in outcomes(record, tests)] == ["failure", "failure"]


def test_a_text_of_several_lines_and_markup_comes_back_as_it_was():
    [found] = document(run(workflow("w", job("a", "failed", reason='<b> & "c"')))).iter("error")
    assert found.get("message") == '<b> & "c"'


def test_our_own_reader_of_junit_reads_it(tmp_path):
    file = tmp_path / "junit.xml"
    file.write_text(junit_xml(run(workflow("w", job("a", "failed", step(1), step(2, "failed")))), {}))
    with file.open("rb") as content:
        assert [case.outcome for case in read(content)] == ["", "failure"]
