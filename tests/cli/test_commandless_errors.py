"""Standard error in GitHub Actions: what its runner would obey is shown instead."""

import sys

import pytest

from ci.cli.commandless_errors import commandless_errors


def test_a_line_that_is_a_command_is_none_whatever_pieces_it_comes_in(capsys):
    with commandless_errors():
        sys.stderr.write("there is: a\n  :")
        sys.stderr.write(":set-output name=x::y\nand ##[error]z\n")
    assert capsys.readouterr().err == "there is: a\n  | ::set-output name=x::y\nand # # [error]z\n"


def test_a_question_is_there_before_its_answer(capsys):
    with commandless_errors():
        print("Run it too? [y/n] ", end="", file=sys.stderr, flush=True)
        assert capsys.readouterr().err == "Run it too? [y/n] "


def fail_behind(text):
    sys.stderr.write(text)
    raise RuntimeError


def test_the_stream_is_as_before_afterwards_with_all_of_its_text(capsys):
    before = sys.stderr
    with pytest.raises(RuntimeError), commandless_errors():
        fail_behind("not ended")
    assert sys.stderr is before
    assert capsys.readouterr().err == "not ended"
