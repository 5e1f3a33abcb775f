"""docs/reference.md is what the table of options prints, and leaves no variable out."""

import re

from ci.options.command_list import COMMANDS
from ci.options.reference import page

from ..projects import ROOT


def test_the_page_is_what_the_table_prints():
    shown = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert shown == page(), "python -m ci.options.reference > docs/reference.md"


def test_every_variable_that_the_package_reads_stands_on_the_page():
    text = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "ci").rglob("*.py"))
    names = set(re.findall(r"\b(?:NOX_CIRCLECI_[A-Z_]*[A-Z]|CI_PROJECT|CI_CONFIG)\b", text))
    assert {"NOX_CIRCLECI_DOCKER", "NOX_CIRCLECI_TRUST", "CI_PROJECT"} < names
    internal = {"NOX_CIRCLECI_PROBING"}  # between our own processes
    assert {name for name in names - internal if f"`{name}`" not in page()} == set()


def test_the_security_page_has_each_setting_that_needs_consent_and_no_other():
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    table = text.partition("| `[tool.nox-circleci]` |")[2].partition("| **config** |")[0]
    first = " ".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE))
    assert sorted(re.findall(r"`([\w.-]+)", first)) == sorted(re.findall(r"`([\w.-]+)` \(trust\)", page()))


def test_every_command_of_the_program_stands_on_the_page():
    table = page().partition("## Commands\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(COMMANDS)
