"""What is masked in output, however it arrives. https://circleci.com/docs/guides/security/env-vars/#secrets-masking"""

import base64
import itertools
import os
import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ci.runtime.masking.forms import forms
from ci.runtime.masking.stream import Masker
from tests.hostile_output import HOSTILE, PLAIN, THOUSAND
from tests.work import calls

PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3+LQmlQ\n"
    "Yx2eqzDV+xeG8kx/sQFV18S5JhzGeIJNA72wSeukEPojtqUyX2J0CciPBh7eqclQ\n"
    "2zpAswIDAQABAkAgisq4+zRdrzkwH1ITV1vpytnkO/NiHcnePQiOW0VUybPyHoGM\n"
    "-----END PRIVATE KEY-----\n"
)


def shown(secrets, *writes):
    stream = Masker(secrets).stream()
    return b"".join([*(stream.feed(write) for write in writes), stream.flush()])


def oracle(secrets, text):
    """The slow and obvious way: find every occurrence, join those that overlap."""
    needles = set().union(*map(forms, secrets)) if secrets else set()
    spans = sorted((at, at + len(n)) for n in needles for at in range(len(text)) if text.startswith(n, at))
    out, done, reach = [], 0, 0
    for start, end in spans:
        if start >= reach:
            out += [text[done:start], b"****"]
        reach = max(reach, end)
        done = reach
    return b"".join([*out, text[done:]])


@pytest.mark.parametrize("value", ["abc", "", "true", "True", "false", "False", "é12"])
def test_short_values_and_truth_values_are_shown(value):
    text = f"<{value}>".encode()
    assert shown([value], text) == text


@pytest.mark.parametrize("value", ["abcd", "TRUE", "é123", "日本語字"])
def test_values_of_four_characters_are_masked(value):
    assert shown([value], f"<{value}>".encode()) == b"<****>"


# As gitlab-runner does it: a bar stands for the boundary of two writes.
SPLITS = [
    (["hunter22"], "pass|word hu|nter22!", "password ****!"),
    (["hunter22"], "h|u|n|t|e|r|2|2", "****"),
    (["hunter22"], "hunter2|3", "hunter23"),
    (["hunter22"], "hunthunter22", "hunt****"),
    (["hunter22"], "hunthun|ter22", "hunt****"),
    (["hunter22"], "hunter2", "hunter2"),
    (["secret", "secretive"], "secret|ive secret", "**** ****"),
    (["secret", "secretive"], "secreti|ng", "****ing"),
    (["abcdef", "defghi"], "abcdef|ghi", "****"),
    (["abcdef", "xabcdefy"], "xabcdef|z xabcdef|y", "x****z ****"),
    (["aaaa"], "aa|aaa|aaaa", "****"),
    (["abab"], "ab|ab|ab|a", "****a"),
    (["pass"], "passpass", "********"),
    (["über-geheim"], "das ist über-geheim, ja", "das ist ****, ja"),
]


@pytest.mark.parametrize(("secrets", "writes", "expected"), SPLITS)
def test_a_secret_split_over_writes_is_masked(secrets, writes, expected):
    assert shown(secrets, *(part.encode() for part in writes.split("|"))).decode() == expected


def test_a_secret_split_within_a_character_is_masked():
    raw = "x über-geheim".encode()
    for at in range(len(raw)):
        assert shown(["über-geheim"], raw[:at], raw[at:]) == b"x ****"


@pytest.mark.parametrize("written", [PEM, PEM.strip(), PEM.replace("\n", "\r\n"), PEM.replace("\n", "\r\n").strip()])
@pytest.mark.parametrize("secret", [PEM, PEM.replace("\n", "\r\n")])
def test_a_pem_key_is_masked_as_a_whole_with_either_line_end(secret, written):
    assert shown([secret], b"key: ", written.encode()).strip() == b"key: ****"


def test_each_line_of_a_secret_of_several_is_masked_by_itself():
    out = shown([PEM], "\n".join(f"| {line}" for line in PEM.splitlines()).encode()).decode()
    first, *body, last = out.splitlines()
    assert (first, last) == ("| -----BEGIN PRIVATE KEY-----", "| -----END PRIVATE KEY-----")
    assert body == ["| ****"] * 3


def test_blanks_around_a_secret_need_not_be_printed():
    assert shown(["  token-1234\n"], b"token-1234") == b"****"


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", "\n", "@x", "abc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("secret", ["correct-horse?>~~battery", "äöü~~~???>>>ß"])
def test_base64_of_a_secret_is_masked_at_every_alignment(before, after, encode, secret):
    encoded = encode((before + secret + after).encode())
    out = shown([secret], b"auth " + encoded).removeprefix(b"auth ")
    assert b"****" in out
    rest = out.replace(b"****", b"").rstrip(b"=")
    assert len(rest) <= 4 * (len(before) + len(after)) // 3 + 4, "all but the digits at the edges is hidden"


@pytest.mark.parametrize("width", [64, 76])
def test_base64_of_a_long_secret_is_masked_in_lines(width):
    whole = base64.b64encode(PEM.encode()).decode()
    lines = [whole[at : at + width] for at in range(0, len(whole), width)]
    out = shown([PEM], "\n".join(lines).encode()).decode()
    assert not any(line in out for line in lines if len(line) > 8)


def test_a_secret_added_in_mid_run_is_masked_from_then_on_even_if_its_beginning_came_before():
    masker = Masker(["tomorrow-1"])
    stream = masker.stream()
    out = stream.feed(b"new-secret tomor")
    masker.add("tomato-2")
    masker.add("new-secret")
    out += stream.feed(b"row-1 tomato-2 new-secret") + stream.flush()
    assert out == b"new-secret **** **** ****"


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("known", [[], ["another-secret"]])
def test_the_rest_of_a_secret_that_becomes_known_between_its_halves_is_masked(known, at):
    masker = Masker(known)
    stream = masker.stream()
    before = stream.feed(b"it is hunter22"[: 6 + at])
    masker.add("hunter22")
    out = before + stream.feed(b"hunter22"[at:] + b", not hunter2") + stream.flush()
    assert out == before + b"****, not hunter2"


def test_what_was_shown_before_a_secret_became_known_is_not_shown_again():
    masker = Masker()
    stream = masker.stream()
    out = stream.feed(b"hunter22 hunter22 ")
    masker.add("hunter22")
    out += stream.feed(b"x") + stream.feed(b" hunter22") + stream.flush()
    assert out == b"hunter22 hunter22 x ****"


def test_a_long_secret_is_one_mask_and_so_is_most_of_one():
    secret = "".join(chr(40 + at * at % 80) for at in range(20_000))
    assert shown([secret], b"<", secret.encode(), b">") == b"<****>"
    out = shown([secret], *(secret.encode()[at : at + 999] for at in range(0, 19_990, 999)))
    assert out.startswith(b"****")
    assert len(out) < 600


def test_secrets_that_end_and_begin_with_the_same_letters_are_masked_in_repetitions():
    for unit in ("a", "ab", "abaab", "0123456789abcdef"):
        secret = unit * 16
        assert shown([secret], f"<{secret}{unit}{unit[:1]}>".encode()).strip(unit.encode()) in (
            b"<****>",
            f"<****{unit[:1]}>".encode(),
        )
        assert shown([secret], *(bytes([byte]) for byte in f"<{secret * 3}>".encode())) == b"<****>"


def test_text_masks_secrets_that_are_not_utf8():
    secret = os.fsdecode(b"p\xe4ssword\xff")
    assert Masker([secret]).text(f"no file {secret} \ud83d") == f"no file {secret} \ud83d"
    assert Masker([secret]).text(f"no file {secret} ü") == "no file **** ü"


def test_a_secret_can_be_added_by_another_thread():
    masker, stop, errors = Masker(), threading.Event(), []

    def write():
        stream = masker.stream()
        try:
            while not stop.is_set():
                stream.feed(b"some output value-7 of a job\n" * 10)
        except Exception as error:
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(200):
        masker.add(f"value-{number}")
    stop.set()
    writer.join()
    assert not errors
    assert masker.text("value-199") == "****"


def test_only_a_possible_beginning_is_held_back():
    stream = Masker(["hunter22"]).stream()
    assert stream.feed(b"Continue? ") == b"Continue? "
    assert stream.feed(b"(yes/oh hu") == b"(yes/oh "
    assert stream.feed(b"m) ") == b"hum) "


def test_a_mask_appears_as_soon_as_a_secret_is_complete_though_a_longer_one_may_follow():
    stream = Masker(["secret", "secretive"]).stream()
    assert stream.feed(b"a secret") == b"a ****"
    assert stream.feed(b"ive!") == b"!"


def test_flush_gives_the_rest_and_forgets_it():
    stream = Masker(["hunter22"]).stream()
    stream.feed(b"hunter")
    assert stream.flush() == b"hunter"
    assert stream.feed(b"22") == b"22"


def test_text_masks_a_whole_text_and_keeps_odd_characters():
    assert Masker(["hunter22"]).text("x hunter22 \udc80 ü") == "x **** \udc80 ü"


LETTERS = st.text("ab1+", min_size=1, max_size=9)


@given(
    st.lists(LETTERS, max_size=5),
    st.lists(LETTERS, max_size=12),
    st.data(),
)
@example(["aaaab", "aab1"], ["aaaaab", "1"], None)
def test_any_split_gives_what_the_naive_way_gives(secrets, pieces, data):
    parts = list(pieces)
    if data is not None and secrets:
        for _ in range(data.draw(st.integers(0, 4))):
            secret = data.draw(st.sampled_from(secrets))
            parts.insert(data.draw(st.integers(0, len(parts))), secret)
            parts.append(base64.b64encode(("b" * data.draw(st.integers(0, 2)) + secret).encode()).decode())
    text = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8))) if data is not None else [1, 3]
    edges = [0, *cuts, len(text)]
    writes = [text[a:b] for a, b in itertools.pairwise(edges)]
    assert shown(secrets, *writes) == oracle(secrets, text)


@given(st.binary(max_size=60), st.lists(st.text(min_size=1, max_size=6), max_size=3))
def test_nothing_is_lost_of_any_bytes(raw, secrets):
    assert shown(secrets, *(raw[at : at + 1] for at in range(len(raw)))) == oracle(secrets, raw)


def feed(masker, data, size):
    stream = masker.stream()
    for at in range(0, len(data), size):
        stream.feed(data[at : at + size])
    stream.flush()


@pytest.mark.parametrize("kind", HOSTILE)
def test_output_made_against_the_search_takes_steps_in_proportion_to_its_length(kind):
    """In pieces of the size of some lines, as steps write them; tests/bench has the seconds."""
    secrets, data = HOSTILE[kind]
    masker = Masker(secrets)
    masker.search()
    half, whole = (calls(feed, masker, part, 200) for part in (data[: len(data) // 2], data))
    assert whole <= 2.2 * half
    assert whole <= 10 * len(data)


def test_plain_output_takes_the_same_steps_with_a_thousand_secrets():
    one, many = Masker(["hunter22"]), Masker(THOUSAND)
    one.search()
    many.search()
    assert calls(feed, many, PLAIN, 65536) <= 2 * calls(feed, one, PLAIN, 65536)


def test_nothing_is_searched_for_if_no_value_is_to_be_masked():
    assert Masker().search() is None
    assert Masker(["abc", "true"]).search() is None
    assert Masker(["abcd"]).search() is not None


def test_a_secret_within_the_beginning_of_another_is_masked_at_the_end_of_a_step():
    stream = Masker(["abcd", "xabcdef"]).stream()
    assert stream.feed(b"xabcd") == b""
    assert stream.flush() == b"x****"


def test_every_value_is_masked_with_other_blanks_between_its_words():
    secrets = ["correct horse battery", "second secret here"]
    assert shown(secrets, b"correct\nhorse\nbattery, second\tsecret\there") == b"****, ****"


@pytest.mark.parametrize("size", [1, 3, 100])
def test_colours_of_a_secret_go_on_behind_its_mask(size):
    raw = b"a hun\x1b[31mter22 b"
    assert shown(["hunter22"], *(raw[at : at + size] for at in range(0, len(raw), size))) == b"a ****\x1b[31m b"


@pytest.mark.parametrize("length", [257, 511, 512, 513, 600, 768, 1000])
def test_a_secret_in_several_pieces_is_one_mask(length):
    secret = "".join(f"{at * at * at:x}" for at in range(500))[-length:]
    assert shown([secret], b"<", secret.encode(), b">") == b"<****>"
    assert shown([secret], f"<{secret}>".encode()) == b"<****>"


def test_short_secrets_side_by_side_are_a_mask_each_wherever_they_are():
    assert shown(["pass"], b"x" * 300 + b"passpass") == b"x" * 300 + b"********"


# Before each value is known, these are written; then what is shown of one more write.
LATER = [
    ([], ["it is hun", "ter"], "hunter22", "22!", "****!"),
    ([], ["x" * 2000 + "hunt"], "hunter22", "er22!", "****!"),
    ([], ["x" * 1500, "hunt"], "hunter22", "er22!", "****!"),
    ([], ["hunter22"], "hunter22", " x", " x"),
    (["hunter22"], ["hunter22"], "hunter22-long", "-long!", "!"),
    (["secret", "secretive"], ["a long line before the secret"], "another", "ive!", "!"),
    (["secret", "secretive"], ["a long line before the secr\x1b[1met"], "another", "ing!", "ing!"),
    ([], [], "XXXX-234", "-234", "-234"),
]


@pytest.mark.parametrize(("known", "written", "added", "more", "out"), LATER)
def test_of_a_secret_that_becomes_known_late_the_rest_is_one_mask(known, written, added, more, out):
    masker = Masker(known)
    stream = masker.stream()
    for part in written:
        stream.feed(part.encode())
    masker.add(added)
    assert (stream.feed(more.encode()) + stream.flush()).decode() == out


@pytest.mark.parametrize(("before", "secret", "after"), [("hunt", "hunter22", "er22"), ("a", "XXXX-234", "-234")])
def test_a_secret_does_not_go_on_from_one_step_into_the_next(before, secret, after):
    masker = Masker()
    stream = masker.stream()
    assert stream.feed(before.encode()) + stream.flush() == before.encode()
    masker.add(secret)
    assert stream.feed(after.encode()) + stream.flush() == after.encode()
