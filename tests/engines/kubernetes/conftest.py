"""What tests of the engine kubernetes share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.kubernetes.long_runs import LongRuns


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[LongRuns]:
    """Start runs that go on while the test does something; none outlives the test."""
    made = LongRuns(tmp_path / "runs")
    yield made
    made.close()
