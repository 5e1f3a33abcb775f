"""Fetching the orbs of a config, against a stand-in for CircleCI's API on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ci.compiler.compile import compile_config
from ci.compiler.orb_imports import OrbSources
from ci.compiler.pipeline_values import PipelineValues
from ci.errors import UsageError
from ci.orbs.fetching import Fetched, FetchingOrbs, fetch_orbs
from ci.orbs.registry import Registry
from ci.orbs.sources import LocalOrbs

from ..projects import make_project
from .conftest import ORBS, StandIn

CONFIG = """\
version: 2.1
orbs:
  tool: acme/tool@1
jobs:
  build: {docker: [{image: a}], steps: [tool/go]}
"""


def compile_with(orbs: OrbSources) -> object:
    return compile_config(CONFIG, "config.yml", PipelineValues(), orbs)


def fetch(api: StandIn, project: Path, *, update: bool = False) -> list[Fetched]:
    orbs = FetchingOrbs(LocalOrbs(project, project), Registry(api.address), project / ".circleci" / "orbs", update)
    fetch_orbs(compile_with, orbs, project)
    return orbs.fetched


def locks(project: Path) -> dict[str, str]:
    found = json.loads((project / ".circleci/orbs.lock").read_text())["orbs"]
    return {name: each["resolved"] for name, each in found.items()}


def test_an_orb_and_the_orbs_that_it_imports_are_fetched_once_and_locked(api: StandIn, tmp_path: Path) -> None:
    local, folder = LocalOrbs(tmp_path, tmp_path), tmp_path / ".circleci" / "orbs"
    assert [each.resolved for each in fetch(api, tmp_path)] == ["acme/tool@1.2.3", "acme/base@2.0.0"]
    assert (folder / "acme" / "tool@1.2.3.yml").read_text() == ORBS["acme/tool@1"][1]
    assert sorted(path.name for path in (folder / "acme").iterdir()) == ["base@2.0.0.yml", "tool@1.2.3.yml"]
    assert fetch(api, tmp_path) == []
    assert api.asked == ["acme/tool@1", "acme/base@2.0.0"]
    assert locks(tmp_path) == {"acme/tool@1": "acme/tool@1.2.3", "acme/base@2.0.0": "acme/base@2.0.0"}
    compile_with(local)


def test_an_update_asks_again_for_what_is_no_exact_version_and_locks_it(api: StandIn, tmp_path: Path) -> None:
    fetch(api, tmp_path)
    api.orbs["acme/tool@1"] = ("1.3.0", ORBS["acme/tool@1"][1])
    assert fetch(api, tmp_path) == []
    assert [each.resolved for each in fetch(api, tmp_path, update=True)] == ["acme/tool@1.3.0"]
    assert locks(tmp_path)["acme/tool@1"] == "acme/tool@1.3.0"


def test_what_is_locked_is_fetched_in_that_version(api: StandIn, tmp_path: Path) -> None:
    fetch(api, tmp_path)
    (tmp_path / ".circleci/orbs/acme/tool@1.2.3.yml").unlink()
    api.orbs["acme/tool@1"] = ("1.3.0", "version: 2.1\n")
    api.orbs["acme/tool@1.2.3"] = ORBS["acme/tool@1"]
    assert [each.resolved for each in fetch(api, tmp_path)] == ["acme/tool@1.2.3"]
    assert locks(tmp_path)["acme/tool@1"] == "acme/tool@1.2.3"


def test_another_source_than_the_locked_one_is_refused_and_not_kept(api: StandIn, tmp_path: Path) -> None:
    fetch(api, tmp_path)
    (tmp_path / ".circleci/orbs/acme/tool@1.2.3.yml").unlink()
    api.orbs["acme/tool@1.2.3"] = ("1.2.3", "version: 2.1\ncommands: {go: {steps: [run: other]}}\n")
    with pytest.raises(
        UsageError, match=r"the registry's acme/tool@1\.2\.3 is not the one that \.circleci/orbs\.lock has"
    ):
        fetch(api, tmp_path)
    assert not (tmp_path / ".circleci/orbs/acme/tool@1.2.3.yml").exists()


def test_a_local_source_that_has_changed_is_replaced_by_the_locked_one(api: StandIn, tmp_path: Path) -> None:
    fetch(api, tmp_path)
    place = tmp_path / ".circleci/orbs/acme/base@2.0.0.yml"
    place.write_text("version: 2.1\n")
    assert [each.resolved for each in fetch(api, tmp_path)] == ["acme/base@2.0.0"]
    assert place.read_text() == ORBS["acme/base@2.0.0"][1]


def test_every_orb_that_could_not_be_had_is_reported_with_its_place(tmp_path: Path) -> None:
    config = CONFIG.replace("tool: acme/tool@1\n", "tool: acme/tool@1\n  more: acme/more@2.0.0\n")
    registry = Registry("http://127.0.0.1:9")
    orbs = FetchingOrbs(LocalOrbs(tmp_path, tmp_path), registry, tmp_path / "orbs")
    with pytest.raises(UsageError) as caught:
        fetch_orbs(lambda orbs: compile_config(config, "config.yml", PipelineValues(), orbs), orbs, tmp_path)
    assert [problem.message.split("'")[1] for problem in caught.value.problems] == ["acme/tool@1", "acme/more@2.0.0"]
    assert "orbs add acme/more https://github.com/acme/more-orb --version 2.0.0" in str(caught.value)
    assert not (tmp_path / ".circleci").exists()


def test_a_name_from_the_registry_leaves_no_folder(api: StandIn, tmp_path: Path) -> None:
    orbs = FetchingOrbs(LocalOrbs(tmp_path, tmp_path), Registry(api.address), tmp_path / "orbs")
    assert orbs.find("acme/evil@1") is None
    assert "not a valid name" in orbs.problems[0].message
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("source", ["<html>", "a: [", "- a", "# nothing\n"])
def test_a_source_from_the_registry_that_is_no_orb_is_not_kept(api: StandIn, tmp_path: Path, source: str) -> None:
    api.orbs["acme/tool@1"] = ("1.2.3", source)
    with pytest.raises(UsageError, match=r"what the registry has as acme/tool@1\.2\.3 is not an orb"):
        fetch(api, tmp_path)
    assert not (tmp_path / ".circleci").exists()


def test_progress_names_each_orb_once_and_a_registry_that_is_gone_is_asked_once(api: StandIn, tmp_path: Path) -> None:
    progress: list[str] = []
    orbs = FetchingOrbs(LocalOrbs(tmp_path, tmp_path), Registry(api.address), tmp_path / "orbs", say=progress.append)
    fetch_orbs(compile_with, orbs, tmp_path)
    assert progress == ["fetching acme/tool@1", "fetching acme/base@2.0.0"]
    gone = FetchingOrbs(LocalOrbs(tmp_path / "no"), Registry("http://127.0.0.1:9"), tmp_path / "a", say=progress.append)
    assert [gone.find(name) for name in ("acme/tool@1", "acme/base@2.0.0")] == [None, None]
    assert progress[2:] == ["fetching acme/tool@1"]
    assert len(gone.problems) == 2


def test_a_folder_that_cannot_be_written_is_an_error(api: StandIn, tmp_path: Path) -> None:
    (tmp_path / "orbs").write_text("a file")
    orbs = FetchingOrbs(LocalOrbs(tmp_path, tmp_path), Registry(api.address), tmp_path / "orbs")
    assert orbs.find("acme/base@2.0.0") is None
    assert "cannot be written" in orbs.problems[0].message


def test_the_command_fetches_what_the_config_uses_and_then_all_works_offline(tmp_path: Path, api: StandIn) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    environ = {"CIRCLECI_CLI_HOST": api.address, "CIRCLECI_CLI_TOKEN": "a-token", "HOME": str(tmp_path)}
    assert project.ci("validate", **environ).status == 2
    done = project.ci("orbs", "fetch", **environ)
    assert done.status == 0, done.stderr
    assert "acme/tool@1: acme/tool@1.2.3 is at .circleci/orbs/acme/tool@1.2.3.yml" in done.stdout
    assert (project.path / ".circleci/orbs/acme/base@2.0.0.yml").is_file()
    assert project.ci("validate", HOME=str(tmp_path)).status == 0
    again = project.ci("orbs", "fetch", **environ)
    assert "nothing to fetch" in again.stdout


def test_without_a_network_the_command_says_where_the_orb_most_likely_is_and_what_to_type(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    done = project.ci("orbs", "fetch", CIRCLECI_CLI_HOST="http://127.0.0.1:9", HOME=str(tmp_path))
    assert done.status == 2
    assert "orb 'acme/tool@1' could not be fetched" in done.stderr
    assert "the highest tag v1.* of https://github.com/acme/tool-orb" in done.stderr
    assert "orbs add acme/tool https://github.com/acme/tool-orb --version 1`" in done.stderr
