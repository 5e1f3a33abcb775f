"""Secrets in output as a reader sees it: colours do not count, and in some forms any blank is like another."""

import pytest

from ci.runtime.masking.secret_search import SecretSearch

RED, OFF = b"\x1b[31m", b"\x1b[0m"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"a secret here", b"secret"),
        (b"a sec" + RED + b"ret", b"sec" + RED + b"ret"),
        (b"a sec" + OFF + RED + b"\x1b[K\x1b(Bret", b"sec" + OFF + RED + b"\x1b[K\x1b(Bret"),
        (RED + b"secret" + OFF, b"secret"),
        (b"sec\x1b[38;2;255;100;0mret", b"sec\x1b[38;2;255;100;0mret"),
        (b"sec ret", None),
        (b"sec\nret", None),
        (b"nothing", None),
    ],
)
def test_a_secret_is_found_with_control_sequences_between_its_letters(text, found):
    spans, _ = SecretSearch([b"secret"]).find(text)
    assert {text[start:end] for start, end in spans} == ({found} if found else set())


@pytest.mark.parametrize("blank", [b" ", b"\t", b"\n", b"\r", b"\f", b"\v"])
def test_in_a_blank_form_any_blank_is_like_another(blank):
    text = b"x two" + blank + b"words y"
    assert SecretSearch([], [b"two words"]).find(text)[0] == [(2, 11)]
    assert SecretSearch([b"two words"]).find(text)[0] == ([(2, 11)] if blank == b" " else [])


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        (b"abc", 3),
        (b"abc sec", 4),
        (b"abc sec" + RED, 4),
        (b"abc s" + RED + b"e", 4),
        (b"abc secret", 10),
    ],
)
def test_what_may_begin_a_secret_is_kept_for_the_next_text(text, edge):
    assert SecretSearch([b"secret"]).find(text)[1] == edge


def test_a_sequence_that_is_cut_off_counts_for_nothing():
    assert SecretSearch([b"secret"]).find(b"sec\x1b[3")[1] == 0
