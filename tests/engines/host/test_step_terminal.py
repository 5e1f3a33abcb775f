"""Steps whose output goes to a terminal."""

import os

import pytest

from ci.engines.host.step_terminal import open_output, read_output
from tests.patience import eventually

from .conftest import ISOLATIONS


@pytest.fixture(autouse=True)
def with_terminal(place):
    place.box.terminal = True


def pytest_generate_tests(metafunc):
    if "place" in metafunc.fixturenames:
        metafunc.parametrize("place", ISOLATIONS, indirect=True)


def test_output_and_errors_are_terminals_and_the_input_is_not(place):
    assert place.run("[ -t 1 ] && [ -t 2 ] && ! [ -t 0 ] && ! read -r line").status == 0


def test_a_step_without_the_option_has_none(place):
    place.box.terminal = False
    assert place.run("! [ -t 1 ] && ! [ -t 2 ]").status == 0


def test_output_comes_as_it_was_written(place):
    place.run(r"printf 'one\ntwo\tthree\n\033[31mred\033[0m\n\377\r' ; echo error >&2")
    assert place.written == b"one\ntwo\tthree\n\033[31mred\033[0m\n\xff\rerror\n"


def test_the_window_has_80_columns_and_24_lines(place):
    place.run("stty size <&1")
    assert place.written == b"24 80\n"


def test_200_000_lines_arrive_whole(place):
    ended = place.run("seq 200000")
    assert (ended.status, ended.open) == (0, False)
    assert place.written == b"".join(b"%d\n" % number for number in range(1, 200_001))


def test_a_step_in_the_background_has_a_terminal_too(place):
    place.run("[ -t 1 ] && echo yes; sleep 300", background=True)
    assert eventually(lambda: place.written == b"yes\n")


def test_what_outlives_its_step_still_writes(place):
    ended = place.run(
        "setsid sh -c 'touch begun; until [ -e go ]; do sleep 0.1; done; echo late' & echo first"
        "; until [ -e begun ]; do sleep 0.1; done"
    )
    assert (ended.status, ended.open) == (0, True)
    assert place.run("touch go").status == 0
    assert eventually(lambda: place.written == b"first\nlate\n")


def test_what_passes_the_output_on_finishes_it(place):
    for _ in range(5):
        assert place.run("exec > >(sed s/a/b/); echo a").status == 0
    assert place.written == b"b\n" * 5


def test_a_question_on_the_terminal_fails_at_once(place):
    assert place.run("read -r answer </dev/tty").status != 0


def test_a_silent_step_is_ended(place):
    assert place.run("echo x; sleep 300", no_output_timeout=4.0).cause == "silence"
    assert place.written == b"x\n"


def test_steps_leave_no_descriptors_open(place):
    place.run("true")
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        place.run("echo x")
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("terminal", [False, True])
def test_the_end_of_the_output_is_empty(terminal):
    reading, writing = open_output(terminal)
    os.write(writing, b"last")
    os.close(writing)
    assert [read_output(reading, 100), read_output(reading, 100)] == [b"last", b""]
    os.close(reading)
