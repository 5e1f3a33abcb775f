"""Orbs on this machine: where they lie, and which file a version means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.compiler.compile import compile_config
from ci.compiler.pipeline_values import PipelineValues
from ci.errors import ConfigError
from ci.orbs.sources import LocalOrbs


@pytest.fixture
def orbs(tmp_path: Path) -> LocalOrbs:
    return LocalOrbs(tmp_path / "project", tmp_path / "home")


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / ".circleci" / "orbs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"description: {folder.name} {name}\n")


@pytest.mark.parametrize(
    ("reference", "resolved"),
    [
        ("acme/tool@1.2.3", "acme/tool@1.2.3"),
        ("acme/tool@1.2", "acme/tool@1.2.10"),
        ("acme/tool@1", "acme/tool@1.10.0"),
        ("acme/tool@volatile", "acme/tool@2.0.0"),
        ("acme/tool@dev:first", "acme/tool@dev:first"),
        ("acme/tool@1.2.4", None),
        ("acme/tool@1.3", None),
        ("acme/tool@3", None),
        ("acme/tool@dev:second", None),
        ("acme/other@volatile", None),
        ("acme/too@1", None),
    ],
)
def test_a_version_means_the_highest_of_its_files(orbs: LocalOrbs, reference: str, resolved: str | None) -> None:
    versions = ("1.2.3", "1.2.10", "1.2.9", "1.10.0", "2.0.0", "dev:first", "x.y.z")
    put(orbs.project, *(f"acme/tool@{version}.yml" for version in versions), "acme/tool-kit@9.0.0.yml")
    found = orbs.find(reference)
    assert (found.reference_resolved if found else None) == resolved
    if found:
        assert found.text == f"description: project {resolved}.yml\n"
        assert found.file == f".circleci/orbs/{resolved}.yml"


def test_a_file_of_the_very_name_counts_before_a_higher_version(orbs: LocalOrbs) -> None:
    put(orbs.project, "acme/tool@1.yml", "acme/tool@1.9.9.yml")
    found = orbs.find("acme/tool@1")
    assert found
    assert found.reference_resolved == "acme/tool@1"


def test_the_project_s_folder_comes_before_the_user_s(orbs: LocalOrbs) -> None:
    put(orbs.project, "acme/tool@1.0.0.yml")
    put(orbs.home or Path(), "acme/tool@1.0.1.yml", "acme/own@1.0.0.yml")
    tool, own = orbs.find("acme/tool@1"), orbs.find("acme/own@1")
    assert tool
    assert tool.reference_resolved == "acme/tool@1.0.0"
    assert own
    assert own.file == "~/.circleci/orbs/acme/own@1.0.0.yml"


@pytest.mark.parametrize(
    "reference",
    ["../../secret@1.0.0", "acme/../x@1.0.0", "acme/tool@../../x", "acme/tool", "tool@1", "", "file:///etc/passwd"],
)
def test_what_is_no_reference_opens_no_file(orbs: LocalOrbs, reference: str) -> None:
    put(orbs.project.parent, "secret@1.0.0.yml")
    assert orbs.find(reference) is None


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.com/orbs/one.yml", "https/example.com/orbs/one.yml"),
        ("https://example.com:8443/a b/?v=1#x", "https/example.com%3A8443/a%20b/%3Fv=1%23x"),
        ("https://example.com/../../../etc/passwd", "https/example.com/%2E%2E/%2E%2E/%2E%2E/etc/passwd"),
        ("https://example.com//./x\\..\\y", "https/example.com/%2E/x%5C..%5Cy"),
    ],
)
def test_a_url_orb_lies_where_its_url_says(orbs: LocalOrbs, url: str, path: str) -> None:
    put(orbs.project, path)
    found = orbs.find(url)
    assert found
    assert found.file == f".circleci/orbs/{path}"


def test_a_file_that_is_no_text_is_an_error_with_its_place(orbs: LocalOrbs) -> None:
    put(orbs.project, "acme/tool@1.0.0.yml")
    (orbs.project / ".circleci/orbs/acme/tool@1.0.0.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"\.circleci/orbs/acme/tool@1\.0\.0\.yml:1:1: .*UTF-8"):
        orbs.find("acme/tool@1")


def test_a_config_compiles_with_an_orb_from_the_folder(orbs: LocalOrbs) -> None:
    put(orbs.project, "acme/tool@1.2.3.yml")
    source = "version: 2.1\ncommands: {go: {steps: [{run: from the folder}]}}\n"
    (orbs.project / ".circleci/orbs/acme/tool@1.2.3.yml").write_text(source)
    config = "version: 2.1\norbs: {t: acme/tool@1}\njobs: {build: {docker: [{image: a}], steps: [t/go]}}\n"
    compiled = compile_config(config, "config.yml", PipelineValues(), orbs)
    assert compiled.jobs["build"].node.plain["steps"] == [{"run": {"command": "from the folder"}}]
    assert "acme/tool@1.2.3" in compiled.comments[0]
