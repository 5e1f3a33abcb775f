"""No input makes a traceback: damaged configs end in errors for their author, or compile."""

import pytest

from .mutations import check, corpus, damaged

TEXTS = corpus()


@pytest.mark.parametrize("block", range(8))
def test_a_damaged_config_is_an_error_for_its_author_or_compiles(block):
    for seed in range(block * 100, block * 100 + 100):
        text = damaged(TEXTS, seed)
        assert check(text) == "", f"seed {seed}:\n{text}"
