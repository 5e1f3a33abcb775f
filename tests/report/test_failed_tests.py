"""The failing tests in the results that a job stored."""

from ci.report.failed_tests import KEPT, failed_tests
from ci.report.failure import FailedTest


def masked(text):
    return text.replace("hunter2", "****")


def test_failures_and_errors_are_named_with_their_messages_masked_and_escaped(tmp_path):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "a.xml").write_text(
        '<testsuite><testcase classname="c" name="one"><failure message="not hunter2"/></testcase>'
        '<testcase name="two&#x202e;"><error>\n  first line\n  second</error></testcase>'
        '<testcase name="three"><skipped/></testcase><testcase name="four"/></testsuite>'
    )
    found = (FailedTest("c.one", "not ****"), FailedTest("two\\u202e", "first line"))
    assert failed_tests(tmp_path, masked) == (found, 2)


def test_of_a_thousand_the_first_are_kept_and_all_counted(tmp_path):
    cases = "".join(f'<testcase name="t{number}"><failure/></testcase>' for number in range(1000))
    (tmp_path / "a.xml").write_text(f"<testsuite>{cases}</testsuite>")
    tests, total = failed_tests(tmp_path, masked)
    assert (len(tests), total) == (KEPT, 1000)
    assert tests[0] == FailedTest("t0", "")


def test_a_report_that_is_broken_or_gone_has_none(tmp_path):
    (tmp_path / "a.xml").write_text("<testsuite><testcase")
    (tmp_path / "b.xml").symlink_to(tmp_path / "nowhere")
    assert failed_tests(tmp_path, masked) == ((), 0)
    assert failed_tests(tmp_path / "absent", masked) == ((), 0)
