"""A forgotten ``--`` gets a hint."""

import pytest

from ci.hints import forgotten_dashes
from ci.spelling import nox

SESSIONS = ["smoke", "smoke-build"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("-s smoke -e py36", "nox -s smoke -- -e py36"),
        ("-s smoke -j build", "nox -s smoke -- -j build"),
        ("-s smoke --engine host", "nox -s smoke -- --engine host"),
    ],
)
def test_a_sessions_options_before_the_dashes_are_told_where_they_belong(line, hint):
    assert forgotten_dashes(line.split(), SESSIONS).endswith(hint.replace("nox", nox()))


@pytest.mark.parametrize(
    "line", ["-s smoke -- -e py36", "-s smoke -j 4", "-s smoke -j auto", "-e smoke", "--list", "-s smoke smoke-build"]
)
def test_noxs_own_options_get_none(line):
    assert forgotten_dashes(line.split(), SESSIONS) == ""
