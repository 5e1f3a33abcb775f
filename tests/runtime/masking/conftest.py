import pytest

from ci.runtime.masking import stream
from ci.runtime.masking.forms import forms


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Let each test compute the forms of its secrets itself: mutants of them would else be called by none."""
    forms.cache_clear()
    stream._search_of.cache_clear()
