"""How programs write a text that they quote or encode, as byte strings to look for.

What GitHub's runner and Buildkite's agent look for is among it. https://github.com/actions/runner,
https://buildkite.com/docs/pipelines/security/secrets/managing
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""Shorter pieces of an encoded text may be part of anything."""
WRAPS = (64, 76)
"""Digits in a line of base64."""
HEX_WRAP = 60
"""Digits in a line of ``xxd -p``."""
BYTES_IN_LINE = 57
"""Bytes that a line of 76 digits holds."""
_URL_SAFE = ("", "/", "~()*!'", ";,/?:@&=+$#~()*!'")
"""What ``quote``, its default, ``encodeURIComponent`` and ``encodeURI`` leave as it is."""
_XML_QUOTES = (
    ("&quot;", "&#x27;"),
    ("&quot;", "&#39;"),
    ("&quot;", "&apos;"),
    ("&quot;", "'"),
    ("&#34;", "&#39;"),
    ('"', "&apos;"),
)
_XML_BLANKS: tuple[dict[int, str], ...] = (
    {},
    {9: "&#9;", 10: "&#10;", 13: "&#13;"},
    {9: "&#x9;", 10: "&#xA;", 13: "&#xD;"},
)
"""Of attributes."""
_BASH_SPECIAL = frozenset(" \t'\"\\|&;()<>!{}*[]?^$`,")
_IN_DOUBLE_QUOTES = frozenset('\\"$`')
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "E", 39: "'", 92: "\\"}
"""Of bytes within ``$'...'``."""


def encoded(text: str) -> Iterator[bytes]:
    """Every way in which a text may be written; the text itself may be among them."""
    for form in {*_json(text), *_url(text), *_xml(text), *_shell(text), *_python(text)}:
        yield as_bytes(form)
    raw = as_bytes(text)
    yield from _python_bytes(raw)
    yield from _hex(raw)
    yield from (form for form in _base64(raw) if len(form) >= SHORTEST)


def as_bytes(text: str) -> bytes:
    """Return a text as programs print it."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair
        return text.encode("utf-8", "surrogatepass")


def _json(text: str) -> Iterator[str]:
    """Python's and JavaScript's, also as JSON in JSON, Go's, which hides HTML, PHP's, which hides slashes."""
    for ascii_only in (True, False):
        written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield written
        yield from (json.dumps(written, ensure_ascii=again)[1:-1] for again in (True, False))
        yield written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        yield written.replace("/", "\\/")


def _url(text: str) -> Iterator[str]:
    for safe in _URL_SAFE:
        written = quote(as_bytes(text), safe=safe)
        yield written
        yield _small_escapes(written)
    plus = quote_plus(as_bytes(text))
    yield plus
    yield _small_escapes(plus)


def _small_escapes(written: str) -> str:
    """``%2F`` as ``%2f``; after quoting, each ``%`` begins an escape."""
    head, *rest = written.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])


def _xml(text: str) -> Iterator[str]:
    for blanks in _XML_BLANKS:
        plain = html.escape(text, quote=False).translate(blanks)
        yield plain
        yield from (plain.replace('"', double).replace("'", single) for double, single in _XML_QUOTES)


def _shell(text: str) -> Iterator[str]:
    """Within single quotes, as ``printf %q`` writes it, within double quotes, within ``$'...'``."""
    yield text.replace("'", "'\\''")
    yield text.replace("'", "'\"'\"'")
    yield "".join(f"\\{each}" if _bash_quotes(text, at) else each for at, each in enumerate(text))
    yield "".join(f"\\{each}" if each in _IN_DOUBLE_QUOTES else each for each in text)
    yield from _dollar_quoted(as_bytes(text))


def _bash_quotes(text: str, at: int) -> bool:
    each = text[at]
    if each == "#":
        return at == 0
    if each == "~":
        return at == 0 or text[at - 1] in ":="
    return each in _BASH_SPECIAL


def _dollar_quoted(raw: bytes) -> Iterator[str]:
    """In a locale that has the letters, and in one that has ASCII alone."""
    for beyond in (False, True):
        parts = (_dollar_escape(byte, beyond) for byte in raw)
        yield b"".join(parts).decode("utf-8", "surrogateescape")


def _dollar_escape(byte: int, beyond: bool) -> bytes:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}".encode()
    octal = byte < 32 or byte == 127 or (beyond and byte > 127)
    return f"\\{byte:03o}".encode() if octal else bytes([byte])


def _python(text: str) -> Iterator[str]:
    """``repr`` and ``ascii`` with either quote, and Go's ``%q``."""
    for written in (repr(f'{text}"')[1:-2], ascii(f'{text}"')[1:-2]):  # with a double quote, a single one is escaped
        yield written
        bare = _unescaped_quotes(written)
        yield bare
        yield bare.replace('"', '\\"')


def _unescaped_quotes(written: str) -> str:
    return "\\\\".join(part.replace("\\'", "'") for part in written.split("\\\\"))


def _python_bytes(raw: bytes) -> Iterator[bytes]:
    written = repr(raw + b'"')[2:-2]
    yield written.encode()
    yield _unescaped_quotes(written).encode()


def _hex(raw: bytes) -> Iterator[bytes]:
    for digits in (raw.hex(), raw.hex().upper()):
        yield digits.encode()
        yield from _lines(digits.encode(), HEX_WRAP)


def _base64(raw: bytes) -> Iterator[bytes]:
    """Once and twice, in both alphabets."""
    for form in {*_digits(raw)}:
        yield form
        yield from _digits(form)
        other = form.translate(bytes.maketrans(b"+/", b"-_"))
        if other != form:
            yield other
            yield from _digits(other)
    whole = base64.b64encode(raw)
    yield from _digits(whole)
    for width in WRAPS:
        yield from _lines(whole.rstrip(b"="), width)
        yield from _lines(whole.rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_")), width)
    yield from _twice_in_lines(raw)


def _digits(raw: bytes) -> Iterator[bytes]:
    """Return the base64 digits that a text alone decides, with 0, 1 or 2 bytes before it; then its own, whole."""
    for before in range(3):
        digits = base64.b64encode(bytes(before) + raw)
        yield digits[(8 * before + 5) // 6 : 8 * (before + len(raw)) // 6]
    yield base64.b64encode(raw).rstrip(b"=")


def _twice_in_lines(raw: bytes) -> Iterator[bytes]:
    """``base64 | base64`` of what takes more than a line, with a line break behind it or none."""
    if len(raw) >= BYTES_IN_LINE:
        for text in (raw, raw + b"\n"):
            again = base64.encodebytes(base64.encodebytes(text))
            yield from _lines(again.replace(b"\n", b"").rstrip(b"="), WRAPS[1])


def _lines(digits: bytes, width: int) -> Iterator[bytes]:
    """Digits in lines of that width; a last line that is too short to be looked for comes with the one before it."""
    if len(digits) <= width:
        return
    lines = [digits[at : at + width] for at in range(0, len(digits), width)]
    yield from lines[:-1]
    yield lines[-1] if len(lines[-1]) >= SHORTEST else b"\n".join(lines[-2:])
