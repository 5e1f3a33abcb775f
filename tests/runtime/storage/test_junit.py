"""JUnit reports of any shape are read in the time and memory that their size asks for."""

import io

import pytest

from ci.runtime.storage import junit


class Counted(io.BytesIO):
    """A file that counts how often it is read."""

    reads = 0

    def read(self, size=-1):
        self.reads += 1
        return super().read(size)


def report(cases):
    return f"<testsuite>{cases}</testsuite>".encode()


def test_one_attribute_of_twenty_megabytes_is_read_in_few_pieces():
    text = report(f'<testcase name="{"x" * 20_000_000}" time="1"/><testcase name="two"/>')
    file = Counted(text)
    cases = junit.read(file)
    assert [case.name for case in cases] == ["x" * junit.LONGEST_NAME, "two"]
    assert file.reads < 20  # expat looks at an unfinished node again after each: 300 reads took 90 s


@pytest.mark.parametrize("node", ["<!--%s-->", "<?x %s?>", "<![CDATA[%s]]>", "<system-out>%s</system-out>", "<%s/>"])
def test_any_other_node_of_twenty_megabytes_too(node):
    file = Counted(report(node % ("x" * 20_000_000) + "<testcase/>"))
    assert len(junit.read(file)) == 1
    assert file.reads < 20


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 2**16, 2**16 + 1])
def test_a_report_is_the_same_in_pieces_of_any_size(monkeypatch, size):
    monkeypatch.setattr(junit, "FIRST_READ", size)
    text = report("".join(f'<testcase name="t{number}"><failure/></testcase>' for number in range(2000)))
    assert junit.counts(junit.read(io.BytesIO(text))).failed == 2000


def test_a_report_beyond_the_limit_is_left_out_before_the_rest_is_read(monkeypatch):
    monkeypatch.setattr(junit, "LARGEST", 100_000)
    file = Counted(report("<testcase/>" * 1_000_000))
    with pytest.raises(junit.ReportError, match="MB"):
        junit.read(file)
    assert file.tell() < 300_000


def test_more_tests_than_the_limit_are_an_error(monkeypatch):
    monkeypatch.setattr(junit, "MOST_CASES", 10)
    with pytest.raises(junit.ReportError, match="more than 10 tests"):
        junit.read(io.BytesIO(report("<testcase/>" * 11)))


@pytest.mark.parametrize("seconds", ["9" * 1_000_000, "1e400", "-1", "NaN", "x", "0x10"])
def test_a_time_that_is_none_counts_as_nothing(seconds):
    case = junit.read(io.BytesIO(report(f'<testcase name="a" time="{seconds}"/>')))[0]
    assert case.seconds == 0.0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00\xff\xfe",
        b"<testsuite>" * 1000,
        b"<?xml version='1.0' encoding='no-such'?><testsuite/>",
        b"<?xml version='1.0' encoding='utf-7'?><testsuite/>",
        b"<testsuite a='1' a='2'/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite/>",
        b"<testsuite>&#0;</testsuite>",
    ],
)
def test_what_is_not_a_report_is_an_error_of_one_line(text):
    with pytest.raises(junit.ReportError) as error:
        junit.read(io.BytesIO(text))
    assert len(str(error.value).splitlines()) == 1


def test_a_failure_has_the_end_of_its_text_as_details():
    failing = "<testcase><failure message='why'>\n def test():\n&gt;   assert 1 == 2\n\n</failure></testcase>"
    first, second = junit.read(io.BytesIO(report(f"{failing}<testcase><skipped>no</skipped></testcase>")))
    assert (first.message, first.details, second.details) == ("why", " def test():\n>   assert 1 == 2", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Traceback:\na.py:3: in x\nE   ModuleNotFoundError: No module named 'y'",
            "ModuleNotFoundError: No module named 'y'",
        ),
        (
            '  File "a.py", line 1\nE       x =\nE         ^\nE   SyntaxError: invalid syntax\n',
            "SyntaxError: invalid syntax",
        ),
        ("Expected nothing", "collection failure"),
    ],
)
def test_a_file_that_pytest_cannot_import_has_the_error_as_its_message(text, message):
    error = f"<testcase name='a'><error message='collection failure'>{text}</error></testcase>"
    (case,) = junit.read(io.BytesIO(report(error)))
    assert case.message == message


def test_details_that_are_cut_begin_with_a_whole_line():
    text = "".join(f"line {number}\n" for number in range(100_000))
    (case,) = junit.read(io.BytesIO(report(f"<testcase><error>{text}</error></testcase>")))
    lines = case.details.split("\n")
    assert (case.message, lines[-1]) == ("line 0", "line 99999")
    assert lines == [f"line {number}" for number in range(100_000 - len(lines), 100_000)]
    assert junit.LONGEST_DETAILS - 20 < len(case.details) <= junit.LONGEST_DETAILS


def test_details_of_millions_of_pieces_are_read_too():
    (case,) = junit.read(io.BytesIO(report(f"<testcase><error>{'&#65;&#10;' * 500_000}</error></testcase>")))
    assert case.details == "\n".join("A" * (junit.LONGEST_DETAILS // 2))


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ('<failure message="why\u0085not"/>', "why"),
        ('<failure message="&#10; why&#10;more"/>', "why"),
        ("<failure>\n\n  why\n  more</failure>", "why"),
        ('<error message="">why<b>x</b> more</error><failure message="later"/>', "whyx more"),
        ("<failure/><system-out>text</system-out>", ""),
        ("<skipped message='no'/>", ""),
        (f"<failure>{'x' * 5000}</failure>", "x" * junit.LONGEST_NAME),
    ],
)
def test_a_failure_has_the_first_line_of_its_message(inner, message):
    cases = junit.read(io.BytesIO(report(f"<testcase name='a'>{inner}</testcase><testcase name='b'/>")))
    assert [case.message for case in cases] == [message, ""]
