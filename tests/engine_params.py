"""The engines by which a test runs, each with the marker of what it needs."""

import pytest

ENGINES = [
    "host",
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("kubernetes", marks=pytest.mark.kubernetes),
]
