"""How programs write a text that they quote or encode: one row for each way, with what that way makes of it."""

import base64

import pytest

from ci.runtime.masking.encodings import SHORTEST, as_bytes, encoded

SECRET = "pass\"w'rd/<&+\\x?~"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (SECRET, rb"""pass\"w'rd/<&+\\x?~"""),  # JSON, and a shell's double quotes
        (SECRET, rb"""pass\"w'rd\/<&+\\x?~"""),  # JSON of PHP
        (SECRET, rb"""pass\"w'rd/\u003c\u0026+\\x?~"""),  # JSON of Go
        (SECRET, rb"""pass\\\"w'rd/<&+\\\\x?~"""),  # JSON in JSON
        (SECRET, b"pass%22w%27rd%2F%3C%26%2B%5Cx%3F~"),  # a URL's part
        (SECRET, b"pass%22w%27rd/%3C%26%2B%5Cx%3F~"),  # a URL's path
        (SECRET, b"pass%22w%27rd%2f%3c%26%2b%5cx%3f~"),  # in small letters
        (SECRET, b"pass%22w'rd%2F%3C%26%2B%5Cx%3F~"),  # encodeURIComponent
        (SECRET, b"pass%22w'rd/%3C&+%5Cx?~"),  # encodeURI
        (SECRET, b"pass&quot;w&#x27;rd/&lt;&amp;+\\x?~"),  # HTML of Python
        (SECRET, b"pass&quot;w&#39;rd/&lt;&amp;+\\x?~"),
        (SECRET, b"pass&quot;w&apos;rd/&lt;&amp;+\\x?~"),  # XML
        (SECRET, b"pass&quot;w'rd/&lt;&amp;+\\x?~"),
        (SECRET, b"pass&#34;w&#39;rd/&lt;&amp;+\\x?~"),  # HTML of Go
        (SECRET, b"pass\"w'\\''rd/<&+\\x?~"),  # a shell's single quotes
        (SECRET, b"pass\"w'\"'\"'rd/<&+\\x?~"),  # shlex
        (SECRET, rb"""pass\"w\'rd/\<\&+\\x\?~"""),  # printf %q
        (SECRET, rb"""pass"w\'rd/<&+\\x?~"""),  # a shell's $'...', and repr
        ("two words", b"two+words"),
        ("two words", b"two%20words"),
        ("two words", rb"two\ words"),
        ("tab\there", rb"tab\there"),
        ("tab\there", b"tab&#9;here"),
        ("tab\there", b"tab&#x9;here"),
        ("bell\x07 escape\x1b", rb"bell\a escape\E"),
        ("delete\x7f", rb"delete\177"),
        ("größe", rb"gr\u00f6\u00dfe"),
        ("größe", b"gr%C3%B6%C3%9Fe"),
        ("größe", rb"gr\303\266\303\237e"),
        ("größe", rb"gr\xc3\xb6\xc3\x9fe"),
        ("größe", rb"gr\xf6\xdfe"),
        ("#comment", rb"\#comment"),
        ("a#b", b"a#b"),
        ("~home", rb"\~home"),
        ("x=~home", rb"x=\~home"),
        ("secret", b"736563726574"),
        ("jklmno", b"6A6B6C6D6E6F"),
        ("secret-value", b"c2VjcmV0LXZhbHVl"),  # base64
        ("secret-value?", b"c2VjcmV0LXZhbHVlPw"),  # without its padding
        ("secret-value", b"YzJWamNtVjBMWFpoYkhWbA"),  # base64 of base64
        ("~~~~~~???", b"fn5-fn5-Pz8_"),  # the alphabet of URLs
        ("~~~~~~???", b"fn5+fn5+Pz8/"),
        ("secret-value", b"NlY3JldC12YWx1Z"),  # base64 of abc:secret-value, as far as this text decides
    ],
)
def test_a_way_of_writing_is_among_the_forms(text, written):
    assert written in set(encoded(text))


def test_pieces_of_base64_are_not_shorter_than_eight_digits():
    """Shorter ones may be part of anything."""
    assert SHORTEST == 8
    assert {each for each in encoded("ab") if len(each) < SHORTEST and b"YW" in each} == set()


@pytest.mark.parametrize("width", [64, 76])
def test_long_base64_is_found_by_its_lines(width):
    text = b"0123456789" * 12
    digits = base64.b64encode(text).rstrip(b"=")
    lines = [digits[at : at + width] for at in range(0, len(digits), width)]
    assert set(lines[:2]) <= set(encoded(text.decode()))


def test_half_a_pair_is_written_as_programs_write_it():
    assert as_bytes("a\udc80") == b"a\x80"
    assert as_bytes("a\ud800") == b"a\xed\xa0\x80"
    assert as_bytes("ä") == b"\xc3\xa4"
