"""``orbs add``: from folders, files, clones and addresses, all real; nothing half-written stays."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ci.errors import CiError
from ci.orbs.adding import Adding
from ci.orbs.sources import LocalOrbs

from ..projects import Project, make_project

CONFIG = """\
version: 2.1
orbs: {tool: acme/tool@1}
jobs: {build: {docker: [{image: a}], steps: [tool/go]}}
"""


def sources(folder: Path, text: str, above: str = "src/") -> None:
    for name, content in {
        "@orb.yml": "version: 2.1\n",
        "commands/go.yml": "steps: [run: {name: go, command: <<include(scripts/go.sh)>>}]\n",
        "scripts/go.sh": f"echo {text}\n",
    }.items():
        path = folder / above / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """An orb's repository with the tags v1.0.0, 1.2.0 and v2.0.0, and one more that is no version."""
    project = Project(tmp_path / "tool-orb")
    project.path.mkdir()
    project.git("init", "-q")
    for tag, text in (("v1.0.0", "one"), ("1.2.0", "one two"), ("v2.0.0", "two"), ("latest", "newest")):
        sources(project.path, text)
        project.commit(text)
        project.git("tag", tag)
    return project


def adding(source: Path | str, folder: Path, orb: str = "acme/tool") -> Adding:
    return Adding(orb, str(source), folder / "orbs", lambda text: None)


def text_of(folder: Path, version: str) -> str:
    return (folder / "orbs" / "acme" / f"tool@{version}.yml").read_text()


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "orbs").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("asked", "version", "text"),
    [
        ("", "2.0.0", "echo two"),
        ("volatile", "2.0.0", "echo two"),
        ("1", "1.2.0", "echo one two"),
        ("1.0", "1.0.0", "echo one\n"),
        ("1.0.0", "1.0.0", "echo one\n"),
        ("v1.2.0", "1.2.0", "echo one two"),
        ("dev:mine", "dev:mine", "echo newest"),
    ],
)
@pytest.mark.parametrize("kind", ["clone", "bare", "address"])
def test_a_version_of_a_repository_is_the_one_of_its_tag(
    repository: Project, tmp_path: Path, kind: str, asked: str, version: str, text: str
) -> None:
    source: Path | str = repository.path
    if kind == "bare":
        source = tmp_path / "bare.git"
        subprocess.run(["git", "clone", "-q", "--bare", repository.path, source], check=True)
    if kind == "address":
        source = f"file://{repository.path}"
    adding(source, tmp_path).add(asked)
    assert written(tmp_path) == [f"tool@{version}.yml"]
    assert text in text_of(tmp_path, version)


def test_dev_of_a_clone_has_its_files_as_they_are(repository: Project, tmp_path: Path) -> None:
    sources(repository.path, "not committed")
    adding(repository.path, tmp_path).add("dev:mine")
    assert "echo not committed" in text_of(tmp_path, "dev:mine")


def test_all_tags_are_added_and_those_that_cannot_be_are_named(repository: Project, tmp_path: Path) -> None:
    (repository.path / "src/scripts/go.sh").unlink()
    repository.commit("broken")
    repository.git("tag", "v3.0.0")
    shutil.rmtree(repository.path / "src")
    repository.write("README.md", "nothing")
    repository.commit("empty")
    repository.git("tag", "v4.0.0")
    work = adding(repository.path, tmp_path)
    work.add_all()
    assert [each.resolved for each in work.added] == [f"acme/tool@{each}" for each in ("1.0.0", "1.2.0", "2.0.0")]
    broken, empty = map(str, work.problems)
    assert f"{repository.path} v3.0.0:src/commands/go.yml:1:34: v3.0.0 is not added: the included file" in broken
    assert "v4.0.0 is not added" in empty
    assert "has no orb" in empty


@pytest.mark.parametrize("above", ["src/", "", "orbs/tool/"])
def test_a_folder_is_packed_where_its_orb_is(tmp_path: Path, above: str) -> None:
    sources(tmp_path / "plain", "plain", above)
    adding(tmp_path / "plain", tmp_path).add("1.2.3")
    assert "echo plain" in text_of(tmp_path, "1.2.3")


def test_of_several_orbs_in_a_repository_the_one_of_the_name_is_taken(tmp_path: Path) -> None:
    sources(tmp_path / "plain", "this", "orbs/tool/")
    sources(tmp_path / "plain", "that", "orbs/other/")
    adding(tmp_path / "plain", tmp_path).add("1.2.3")
    assert "echo this" in text_of(tmp_path, "1.2.3")
    with pytest.raises(CiError, match="several orbs, and none of them is called third"):
        adding(tmp_path / "plain", tmp_path, "acme/third").add("1.2.3")


@pytest.mark.parametrize("name", ["src/orb.yml", "orb.yml"])
def test_an_orb_of_one_file(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path / "plain")
    project.write(name, "version: 2.1\ncommands: {go: {steps: [run: one]}}\n")
    adding(project.path, tmp_path).add("1.2.3")
    adding(project.path / name, tmp_path).add("1.2.4")
    assert text_of(tmp_path, "1.2.3") == text_of(tmp_path, "1.2.4")


def test_a_file_of_a_commit_that_leaves_it_by_a_link_is_refused(repository: Project, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    (repository.path / "src/scripts/go.sh").unlink()
    (repository.path / "src/scripts/go.sh").symlink_to(tmp_path / "secret")
    repository.commit("a link")
    repository.git("tag", "v5.0.0")
    with pytest.raises(CiError, match=r"v5\.0\.0:src/commands/go\.yml:1:34: .* leaves the orb's folder"):
        adding(repository.path, tmp_path).add("5")
    assert not (tmp_path / "orbs").exists()


def test_files_of_a_submodule_are_not_in_a_tag_and_the_error_says_so(repository: Project, tmp_path: Path) -> None:
    other = make_project(tmp_path / "scripts", "version: 2.1\n", **{"go.sh": "echo from a submodule\n"})
    shutil.rmtree(repository.path / "src/scripts")
    repository.commit("without scripts")
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "src/scripts")
    repository.git(*words)
    repository.commit("a submodule")
    repository.git("tag", "v7.0.0")
    with pytest.raises(CiError, match=r"cannot be read.*\n.*no files of submodules \(src/scripts\)"):
        adding(repository.path, tmp_path).add("7.0.0")
    adding(repository.path / "src", tmp_path).add("7.0.0")
    assert "from a submodule" in text_of(tmp_path, "7.0.0")


def test_a_clone_s_own_hooks_and_filters_are_not_run(repository: Project, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    repository.git("config", "filter.own.smudge", f"touch {marker}; cat")
    repository.git("config", "core.fsmonitor", f"touch {marker}")
    repository.write(".gitattributes", "*.sh filter=own\n")
    repository.commit("attributes")
    repository.git("tag", "v6.0.0")
    marker.unlink(missing_ok=True)
    adding(repository.path, tmp_path).add("6.0.0")
    adding(f"file://{repository.path}", tmp_path).add("6.0.0")
    assert not marker.exists()


def test_a_program_as_an_address_is_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for source in (f"ext::touch {marker}", f"ext://x touch {marker}", f"--upload-pack=touch {marker}"):
        with pytest.raises(CiError):
            adding(source, tmp_path).add()
    assert not marker.exists()


REFUSED = {
    "a folder without an orb": ("empty", "1.0.0", "has no orb"),
    "a folder that is not there": ("none", "1.0.0", "there is no folder"),
    "a folder without a version": ("plain", "", "which version is it?"),
    "a folder with a part of a version": ("plain", "1.2", "does not say which version"),
    "a tag that is not there": ("tool-orb", "1.3", "has no tag of version 1.3"),
    "what is no version": ("tool-orb", "newest", "not a version of an orb"),
    "a repository without tags": ("untagged", "", "no tag that is a version"),
    "an orb that defines nothing": ("nothing", "1.0.0", "it defines no command, job or executor"),
    "a config": ("config.yml", "1.0.0", "is not an orb"),
    "a file that is not YAML": ("broken.yml", "1.0.0", "not YAML"),
    "an address where nothing is": ("file:///nowhere/at/all", "", "cannot be cloned"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_orb_is_one_clear_line_and_nothing_is_written(
    repository: Project, tmp_path: Path, name: str
) -> None:
    sources(tmp_path / "plain", "plain")
    (tmp_path / "empty").mkdir()
    Project(tmp_path / "nothing").write("src/@orb.yml", "version: 2.1\ndescription: nothing\n")
    untagged = Project(tmp_path / "untagged")
    untagged.write("src/@orb.yml", "version: 2.1\n")
    untagged.git("init", "-q")
    (tmp_path / "config.yml").write_text("version: 2.1\nworkflows: {w: {jobs: [a]}}\n")
    (tmp_path / "broken.yml").write_text("a: [\n")
    source, version, why = REFUSED[name]
    with pytest.raises(CiError) as caught:
        adding(source if "://" in source else tmp_path / source, tmp_path).add(version)
    assert len(caught.value.problems) == 1
    assert why in str(caught.value)
    assert not (tmp_path / "orbs").exists()


def test_credentials_of_an_address_are_not_shown(tmp_path: Path) -> None:
    with pytest.raises(CiError) as caught:
        adding("https://me:hidden@127.0.0.1:9/orb", tmp_path).add()
    assert "hidden" not in str(caught.value)
    assert "https://127.0.0.1:9/orb cannot be cloned" in str(caught.value)


def test_the_command_adds_to_the_project_or_for_the_user_and_then_all_works(
    repository: Project, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    home = {"HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir()
    added = project.ci("orbs", "add", "acme/tool", str(repository.path), "--version", "1", **home)
    assert added.status == 0, added.stderr
    assert (
        f"acme/tool@1.2.0: packed from {repository.path} 1.2.0, at .circleci/orbs/acme/tool@1.2.0.yml" in added.stdout
    )
    assert project.run("workflow", **home).output("build") == "one two\n"
    assert project.ci("orbs", "add", "acme/tool", str(repository.path), "--all-tags", "--user", **home).status == 0
    assert len(list((tmp_path / "home/.circleci/orbs/acme").iterdir())) == 3


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["acme/tool", ".", "--version", "1", "--version", "2"], "give one --version, or --all-tags, not both"),
        (["acme/tool", ".", "--version", "1", "--all-tags"], "give one --version, or --all-tags, not both"),
        (["acme/tool@1", "."], "is not NAMESPACE/NAME"),
        (["../tool", "."], "is not NAMESPACE/NAME"),
        (["acme/tool", ".", "--all-tags"], "has no tag that is a version|has no version that can be added"),
    ],
)
def test_words_that_make_no_sense_are_one_line(tmp_path: Path, words: list[str], why: str) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    done = project.ci("orbs", "add", *words, HOME=str(tmp_path))
    assert done.status == 2
    assert any(each in done.stderr for each in why.split("|"))
    assert "Traceback" not in done.stderr


def test_two_at_once_do_not_disturb_each_other(repository: Project, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", CONFIG)
    words = ("orbs", "add", "acme/tool", str(repository.path))
    with ThreadPoolExecutor(4) as pool:
        asked = [(*words, "--version", each) for each in ("1.0.0", "1.2.0")] + [(*words, "--all-tags")] * 2
        done = list(pool.map(lambda each: project.ci(*each, HOME=str(tmp_path)), asked))
    assert [each.status for each in done] == [0] * 4, [each.stderr for each in done]
    names = sorted(path.name for path in (project.path / ".circleci/orbs/acme").iterdir())
    assert names == ["tool@1.0.0.yml", "tool@1.2.0.yml", "tool@2.0.0.yml"]
    assert project.ci("validate", HOME=str(tmp_path)).status == 0


def test_what_cannot_be_written_leaves_what_was_there(repository: Project, tmp_path: Path) -> None:
    adding(repository.path, tmp_path).add("1.0.0")
    before = text_of(tmp_path, "1.0.0")
    (tmp_path / "orbs/acme/tool@1.2.0.yml").mkdir()
    with pytest.raises(CiError, match="cannot be written"):
        adding(repository.path, tmp_path).add("1.2.0")
    assert text_of(tmp_path, "1.0.0") == before
    assert sorted(os.listdir(tmp_path / "orbs/acme")) == ["tool@1.0.0.yml", "tool@1.2.0.yml"]


def test_no_scratch_folder_stays(repository: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    adding(f"file://{repository.path}", tmp_path).add()
    assert not list(scratch.iterdir())
    assert LocalOrbs(tmp_path, tmp_path).find("acme/tool@2.0.0") is None
