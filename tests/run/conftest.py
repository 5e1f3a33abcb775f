"""Runs in folders of their own."""

from __future__ import annotations

import pytest

from .runs import Runs


@pytest.fixture
def runs(tmp_path):
    made = Runs(tmp_path)
    yield made
    made.open.__exit__(None, None, None)
