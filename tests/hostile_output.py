"""Output made against the search for secrets, with the secrets; beside it plain output."""

from __future__ import annotations

import base64

LINE = b"  Downloading https://example.org/packages/library-1.2.3.tar.gz (1.2 MB) done in 0.35 s\n"
PLAIN = LINE * (400_000 // len(LINE))
THOUSAND = [base64.b64encode(f"value number {number}".encode()).decode() for number in range(1000)]
HOSTILE = {
    "one letter": (["a" * 20_000], b"a" * 100_000),
    "a letter too few": (["a" * 20_000], (b"a" * 19_999 + b"\n") * 5),
    "short runs": (["a" * 20_000], (b"a" * 200 + b"b") * 500),
    "base64 of one letter": (["a" * 20_000], base64.b64encode(b"a" * 75_000)),
    "hex of one letter": (["a" * 20_000], (b"61" * 200 + b"\n") * 250),
    "two letters": (["ab" * 10_000], (b"ab" * 9_999 + b"a\n") * 5),
    "one letter, another at the end": (["a" * 19_999 + "b"], b"a" * 100_000),
    "words on lines": (["correct horse " * 1000], b"correct\nhorse " * 5_000),
    "colours": (["hunter22"], b"\x1b[31mhu\x1b[0mnter2\n" * 5_000),
    "a thousand secrets": (THOUSAND, PLAIN[:100_000]),
    "the beginnings of a thousand": (THOUSAND, b"\n".join(value[:-3].encode() for value in THOUSAND) * 3),
}
