"""Long forms of a secret are looked for piece by piece: each is at most 511 bytes, and nothing lies between them."""

import pytest

from ci.runtime.masking.pieces import pieces


@pytest.mark.parametrize(
    ("length", "sizes"),
    [
        (0, [0]),
        (256, [256]),
        (511, [511]),
        (512, [256, 256]),
        (513, [256, 257]),
        (768, [256, 256, 256]),
        (1000, [256, 256, 488]),
    ],
)
def test_a_long_form_is_looked_for_in_pieces_side_by_side(length, sizes):
    form = bytes(at * 7 % 251 for at in range(length))
    found = list(pieces([form]))
    assert [len(piece) for piece in found] == sizes
    assert b"".join(found) == form
