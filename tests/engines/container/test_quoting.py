"""Text that a POSIX shell reads back as it was."""

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from ci.engines.container.quoting import exports, line_bytes, quoted


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200).filter(lambda data: b"\0" not in data))
def test_bytes_survive_a_line_of_shell(data):
    line = line_bytes(data)
    assert "\n" not in line
    assert subprocess.run(["sh", "-c", f"printf %b {line}"], capture_output=True, check=True).stdout == data


def test_every_byte_but_nul_survives():
    data = bytes(range(1, 256))
    output = subprocess.run(["sh", "-c", f"printf %b {line_bytes(data)}"], capture_output=True, check=True).stdout
    assert output == data


def test_variables_are_exported_with_quotes_and_line_breaks_in_them():
    text = exports((("A", 'it\'s "x"\n$HOME `id`'), ("B", "")))
    output = subprocess.run(
        ["sh", "-c", f"{text}env -0"], capture_output=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert b'A=it\'s "x"\n$HOME `id`\0' in output.stdout
    assert b"B=\0" in output.stdout


def test_of_a_variable_that_is_there_twice_the_last_counts():
    assert exports((("A", "1"), ("A", "2"))) == "export A=2\n"


def test_a_name_that_no_shell_takes_is_left_out():
    assert exports((("A-B", "1"), ("2C", "1"), ("É", "1"), ("OK_1", "1"))) == "export OK_1=1\n"


def test_what_is_hidden_is_unset_unless_it_is_given_a_value():
    text = exports((("A", "1"),), ["A", "B", "odd-name"])
    output = subprocess.run(
        ["sh", "-c", f"{text}env -0"], capture_output=True, check=True, env={"A": "0", "B": "0", "PATH": "/bin"}
    )
    assert b"A=1" in output.stdout.split(b"\0")
    assert not any(each.startswith(b"B=") for each in output.stdout.split(b"\0"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30), min_size=1))
def test_words_survive_a_line_of_the_driver(words):
    line = quoted("printf", "%s\\0", *words)
    assert "\n" not in line
    output = subprocess.run(["sh", "-c", f"_ci_break='\n'\n{line}"], capture_output=True, check=True)
    assert output.stdout == "".join(f"{word}\0" for word in words).encode()
