"""The terminal's echo, off while a block is drawn."""

import os
import pty
import termios

import pytest

from ci.report.key_echo import KeyEcho


@pytest.fixture
def terminal(monkeypatch):
    """A terminal whose foreground is this process, whatever its own terminal is."""
    master, slave = pty.openpty()
    monkeypatch.setattr("os.tcgetpgrp", lambda descriptor: os.getpgrp())
    with os.fdopen(slave, "w") as stream:
        yield stream
    os.close(master)


def echoes(stream):
    return bool(termios.tcgetattr(stream.fileno())[3] & termios.ECHO)


def test_it_is_off_until_it_is_turned_on_again(terminal):
    echo = KeyEcho(terminal)
    echo.off()
    echo.off()
    assert not echoes(terminal)
    echo.on()
    assert echoes(terminal)


def test_what_another_program_has_turned_off_stays_off(terminal):
    attributes = termios.tcgetattr(terminal.fileno())
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal.fileno(), termios.TCSANOW, attributes)
    echo = KeyEcho(terminal)
    echo.off()
    echo.on()
    assert not echoes(terminal)


def test_in_the_background_it_is_left_alone(terminal, monkeypatch):
    monkeypatch.setattr("os.tcgetpgrp", lambda descriptor: os.getpgrp() + 1)
    KeyEcho(terminal).off()
    assert echoes(terminal)


def test_without_a_terminal_nothing_happens(tmp_path):
    with open(tmp_path / "file", "w") as stream:
        echo = KeyEcho(stream)
        echo.off()
        echo.on()


def test_a_terminal_that_has_gone_is_no_error(terminal):
    echo = KeyEcho(terminal)
    echo.off()
    terminal.close()
    echo.on()
