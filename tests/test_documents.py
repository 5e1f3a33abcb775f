"""README and docs name what a reader has."""

import pytest

from ci.cli.circleci_local import NOXFILE

from .projects import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_installs_from_an_index_what_is_on_none(page):
    text = page.read_text(encoding="utf-8")
    for installer in ("pip install", "pipx install", "pipx run", "uvx", "uv tool install", "uv add"):
        assert f"{installer} nox-circleci" not in text


def test_what_init_writes_has_no_script_block_as_the_package_is_on_no_index():
    assert "# /// script" not in NOXFILE
