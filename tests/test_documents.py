"""README and docs name what a reader has."""

import re

import pytest

from ci.cli.init import NOXFILE

from .projects import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_installs_from_an_index_what_is_on_none(page):
    text = page.read_text(encoding="utf-8")
    for installer in ("pip install", "pipx install", "pipx run", "uvx", "uv tool install", "uv add"):
        assert f"{installer} nox-circleci" not in text


def test_what_init_writes_has_no_script_block_as_the_package_is_on_no_index():
    assert "# /// script" not in NOXFILE


def test_every_place_that_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    places = set(re.findall(r"(?<![./\w-])(?:ci|tests|docs)/[\w./-]*\w/?", text)) - {"ci/cli/NAME.py"}
    gone = [place for place in places if not ((ROOT / place).exists() or (ROOT / f"{place}.py").exists())]
    assert (len(places) > 30, gone) == (True, [])


def test_every_package_is_on_contributings_map():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in (ROOT / "ci").glob("*/__init__.py")}
    assert {name for name in packages if f"{name}/" not in text} == set()


def test_the_walk_of_a_job_names_functions_that_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walk = re.findall(r"^(ci/\S+\.py) (\w+)  ", text, re.MULTILINE)
    gone = [(file, name) for file, name in walk if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")]
    assert (len(walk) > 15, gone) == (True, [])


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_of_the_repository_leads_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        if "://" in target or (place.exists() and not anchor):
            continue
        if not place.exists() or anchor not in anchors(place):
            broken.append(target)
    assert broken == []


def test_the_index_names_every_page():
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page}" not in text} == set()
