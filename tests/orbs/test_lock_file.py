"""``.circleci/orbs.lock``: what ``@1`` was, and the hash of its source; written by ``orbs`` alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci.errors import ConfigError
from ci.orbs.lock_file import hash_of, read_lock
from ci.orbs.sources import LocalOrbs

from ..projects import ROOT, Project, make_project

CONFIG = """\
version: 2.1
orbs: {tool: acme/tool@1, exact: acme/other@2.0.0}
jobs: {build: {docker: [{image: a}], steps: [tool/go, exact/go]}}
"""


def source(text: str) -> str:
    return f"version: 2.1\ncommands: {{go: {{steps: [run: echo {text}]}}}}\n"


def put(project: Project, reference: str, text: str) -> None:
    project.write(f".circleci/orbs/{reference}.yml", source(text))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "project", CONFIG)
    put(made, "acme/tool@1.0.0", "one")
    put(made, "acme/tool@1.1.0", "newer")
    put(made, "acme/other@2.0.0", "other")
    return made


def lock(project: Project, **orbs: str) -> None:
    """Lock references, each written as ``acme__tool__1``, to a version and the hash of a text's source."""
    rows = {}
    for name, value in orbs.items():
        namespace, orb, version = name.split("__")
        exact, text = value.split(" ", 1)
        digest = hash_of(source(text))
        rows[f"{namespace}/{orb}@{version}"] = {"resolved": f"{namespace}/{orb}@{exact}", "sha256": digest}
    project.write(".circleci/orbs.lock", json.dumps({"version": 1, "orbs": rows}))


def run(project: Project) -> tuple[int, str, str]:
    done = project.ci("run", "workflow", "--engine", "host", HOME=str(project.path.parent))
    return done.status, done.stdout, done.stderr


def test_without_an_entry_a_run_says_what_it_took_and_writes_nothing(project: Project) -> None:
    status, stdout, _ = run(project)
    assert status == 0
    assert "orb acme/tool@1 is acme/tool@1.1.0 here: .circleci/orbs.lock has no entry" in stdout
    assert "orb acme/other" not in stdout
    assert not (project.path / ".circleci/orbs.lock").exists()
    assert "newer" in stdout


def test_a_locked_version_is_taken_though_a_higher_one_is_here(project: Project) -> None:
    lock(project, acme__tool__1="1.0.0 one")
    status, stdout, stderr = run(project)
    assert (status, stderr) == (0, "")
    assert "echo one" in stdout
    assert "has no entry" not in stdout


def test_a_locked_version_that_is_not_here_is_replaced_with_a_warning(project: Project) -> None:
    lock(project, acme__tool__1="1.0.5 gone")
    status, stdout, stderr = run(project)
    assert status == 0
    assert "echo newer" in stdout
    what = "orb 'acme/tool@1' is acme/tool@1.1.0 here: acme/tool@1.0.5, which .circleci/orbs.lock has, is missing"
    assert f"warning: .circleci/config.yml:2:14: {what}" in stderr


@pytest.mark.parametrize("entry", ["acme__tool__1", "acme__other__2.0.0"])
def test_a_source_that_does_not_fit_the_lock_is_one_error(project: Project, entry: str) -> None:
    version = "1.0.0" if "tool" in entry else "2.0.0"
    lock(project, **{entry: f"{version} something else"})
    status, stdout, stderr = run(project)
    assert (status, stdout) == (2, "")
    assert stderr.count("is not the one that .circleci/orbs.lock has") == 1
    assert f"@{version}.yml:1:1: " in stderr


def test_the_folder_whose_source_fits_is_taken(project: Project) -> None:
    home = Project(project.path.parent)
    put(home, "acme/tool@1.0.0", "mine")
    lock(project, acme__tool__1="1.0.0 mine")
    found = LocalOrbs(project.path, home.path).find("acme/tool@1")
    assert found
    assert found.file == "~/.circleci/orbs/acme/tool@1.0.0.yml"


def test_the_hash_is_the_same_whatever_ends_the_lines(project: Project) -> None:
    lock(project, acme__tool__1="1.0.0 one")
    place = project.path / ".circleci/orbs/acme/tool@1.0.0.yml"
    place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    assert run(project)[0] == 0


WRONG = {
    "no JSON": ("{", ":1:2: it is not JSON"),
    "a list": ("[]", "not a lock of version 1"),
    "a later version": ('{"version": 2, "orbs": {}}', "not a lock of version 1"),
    "an entry without a hash": ('{"version": 1, "orbs": {"a/b@1": {"resolved": "a/b@1.0.0"}}}', "the entry of 'a/b@1'"),
    "an entry that leaves the folder": (
        '{"version": 1, "orbs": {"acme/tool@1": {"resolved": "../../x@1.0.0", "sha256": "0"}}}',
        "the entry of 'acme/tool@1'",
    ),
    "an entry of another orb": (
        '{"version": 1, "orbs": {"acme/tool@1": {"resolved": "acme/other@2.0.0", "sha256": "0"}}}',
        "is of another orb",
    ),
    "depth": ('{"orbs":' * 100_000, "nests too deeply"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_lock_that_is_wrong_is_one_clear_line(project: Project, name: str) -> None:
    text, why = WRONG[name]
    project.write(".circleci/orbs.lock", text)
    for words in (["list"], ["orbs", "list"], ["orbs", "fetch"]):
        done = project.ci(*words, HOME=str(project.path.parent))
        assert done.status == 2
        assert why in done.stderr
        assert done.stderr.count("Restore it, or remove it") == 1
        assert "Traceback" not in done.stderr


def test_a_lock_that_is_no_text_or_no_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci/orbs.lock").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"orbs\.lock:1:1: not UTF-8"):
        read_lock(tmp_path)
    (tmp_path / ".circleci/orbs.lock").unlink()
    (tmp_path / ".circleci/orbs.lock").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_lock(tmp_path)
    assert read_lock(tmp_path / "elsewhere").orbs == {}


def locked(project: Project) -> dict[str, str]:
    return {name: each.resolved.partition("@")[2] for name, each in read_lock(project.path).orbs.items()}


def test_adding_locks_what_the_config_uses_and_keeps_what_is_locked(project: Project) -> None:
    home = {"HOME": str(project.path.parent)}
    file = project.write("packed.yml", source("added"))
    done = project.ci("orbs", "add", "acme/tool", file.name, "--version", "1.2.0", **home)
    assert done.status == 0, done.stderr
    assert "acme/tool@1 is locked: acme/tool@1.2.0" in done.stdout
    assert locked(project) == {"acme/tool@1": "1.2.0", "acme/other@2.0.0": "2.0.0"}
    project.ci("orbs", "add", "acme/tool", file.name, "--version", "1.3.0", **home)
    assert locked(project)["acme/tool@1"] == "1.2.0"
    project.write("packed.yml", source("changed"))
    again = project.ci("orbs", "add", "acme/tool", file.name, "--version", "1.2.0", **home)
    assert "acme/tool@1 is locked: acme/tool@1.2.0, with another source" in again.stdout
    assert locked(project)["acme/tool@1"] == "1.2.0"
    assert run(project)[0] == 0
    newer = project.ci("orbs", "add", "acme/tool", file.name, "--version", "1.3.1", "--update", **home)
    assert "acme/tool@1 is locked: acme/tool@1.3.1, not acme/tool@1.2.0 any more" in newer.stdout


def test_two_versions_of_one_orb_at_once_have_an_entry_each(project: Project) -> None:
    config = CONFIG.replace("acme/other@2.0.0", "acme/tool@1.0")
    project.write(".circleci/config.yml", config)
    file = project.write("packed.yml", source("added"))
    project.ci("orbs", "add", "acme/tool", file.name, "--version", "1.4.0", HOME=str(project.path.parent))
    assert locked(project) == {"acme/tool@1": "1.4.0", "acme/tool@1.0": "1.0.0"}


def test_two_commands_that_add_orbs_at_once_lose_no_entry(tmp_path: Path) -> None:
    names = [f"acme/orb{number}" for number in range(3)]
    orbs = ", ".join(f"o{number}: {name}@1" for number, name in enumerate(names))
    steps = ", ".join(f"o{number}/go" for number in range(len(names)))
    config = f"version: 2.1\norbs: {{{orbs}}}\njobs: {{build: {{docker: [{{image: a}}], steps: [{steps}]}}}}\n"
    project = make_project(tmp_path / "project", config)
    sources = {name: tmp_path / name.rpartition("/")[2] / "orb.yml" for name in names}
    for name, file in sources.items():
        file.parent.mkdir()
        file.write_text(source(name))
    # each has read the lock before any of them writes it
    program = """
import sys
import ci.orbs.locking as locking
from ci.cli.main import main
write = locking.write_lock
def when_all_have_read(*args):
    print("read", flush=True)
    sys.stdin.readline()
    return write(*args)
locking.write_lock = when_all_have_read
sys.exit(main(sys.argv[1:]))
"""
    started = []
    for name, file in sources.items():
        words = ["orbs", "add", name, str(file), "--version", "1.0.0"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "CI_PROJECT": str(project.path)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        each = subprocess.Popen([sys.executable, "-c", program, *words], cwd=project.path, env=environ, **pipes)
        started.append(each)
        while each.stdout.readline() not in ("read\n", ""):
            pass
    for each in reversed(started):  # the first one has seen none of the others' orbs
        each.stdin.write("\n")
        each.stdin.flush()
        assert each.wait() == 0
    for each in started:
        each.stdout.close()
        each.stdin.close()
    assert sorted(read_lock(project.path).orbs) == [f"{name}@1" for name in names]
