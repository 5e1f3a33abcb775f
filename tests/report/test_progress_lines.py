"""The runner's own work, as lines of a console."""

from ci.events import Progress
from ci.report.progress_lines import ProgressLines


def lines(*events, **options):
    shown = ProgressLines(**options)
    return [line for event in events if (line := shown(event))]


def at(time, detail="", ended=False, task="pulling x", job=""):
    return Progress(time, task, detail, job, ended)


def test_it_begins_and_ends_with_a_line():
    assert lines(at(1), at(3.5, ended=True)) == ["pulling x", "pulling x: 2.5 s"]


def test_in_between_there_is_a_line_at_most_every_ten_seconds():
    events = [at(0), *(at(second, f"{second} of 30 MB") for second in range(1, 30)), at(30, ended=True)]
    assert lines(*events) == [
        *("pulling x", "pulling x: 10 of 30 MB", "pulling x: 20 of 30 MB"),
        "pulling x: 29 of 30 MB: 30.0 s",
    ]


def test_what_does_not_change_is_told_ever_more_rarely_and_for_how_long():
    found = lines(*(at(second, "no node") for second in range(0, 1800, 10)))
    assert found[:5] == [
        "pulling x: no node",
        *(f"pulling x: no node: {text} so far" for text in ("10.0 s", "20.0 s", "40.0 s", "1 min 20 s")),
    ]
    assert len(found) == 11  # the last ones five minutes apart


def test_what_changes_again_is_told_again():
    assert lines(*(at(second, f"{second // 20} jobs") for second in range(0, 50, 10))) == [
        *("pulling x: 0 jobs", "pulling x: 0 jobs: 10.0 s so far"),
        *("pulling x: 1 jobs", "pulling x: 2 jobs"),
    ]


def test_where_it_is_shown_elsewhere_while_it_lasts_its_end_is_left():
    assert lines(at(0), at(20, "a"), at(21, ended=True), changing=True) == ["pulling x: a: 21.0 s"]


def test_two_at_once_are_kept_apart():
    events = [at(0), at(1, task="pulling y"), at(2, ended=True), at(5, task="pulling y", ended=True)]
    assert lines(*events) == ["pulling x", "pulling y", "pulling x: 2.0 s", "pulling y: 4.0 s"]


def test_an_end_without_a_beginning_is_no_error():
    assert lines(at(5, ended=True)) == ["pulling x: 0.0 s"]
