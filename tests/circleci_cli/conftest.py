"""The official CLI, built by Go from the pinned module beside this file, once per machine."""

from pathlib import Path

import pytest

from tests.go_program import go_program

HERE = Path(__file__).resolve().parent
MODULE = "github.com/CircleCI-Public/circleci-cli"


@pytest.fixture(scope="session")
def real_cli() -> Path:
    """The program ``circleci`` 0.1.47860."""
    return go_program(HERE, MODULE, "circleci")
