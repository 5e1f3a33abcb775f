"""What an orb's folder must not have: every wrong file is one line with its place, and nothing outside is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ci.errors import ConfigError, UsageError
from ci.orbs.packing import pack_file, pack_orb


def orb(folder: Path, **files: str) -> Path:
    for name, text in {"@orb.yml": "version: 2.1\n", **files}.items():
        path = folder / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "src"


def command(text: str) -> dict[str, str]:
    return {"commands/c.yml": f"steps:\n  - run: {text}\n"}


def refused(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        pack_orb(folder)
    assert len(caught.value.problems) == 1
    return str(caught.value)


@pytest.mark.parametrize("name", ["../secret", "scripts/../../secret", "/etc/passwd", "scripts/../../src/../secret"])
def test_an_include_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("hidden")
    message = refused(orb(tmp_path, **command(f"<<include({name})>>")))
    assert "commands/c.yml:2:10: " in message
    assert f"the include {name} leaves the orb's folder" in message
    assert "hidden" not in message


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_an_include_through_a_link_that_leaves_the_folder_is_refused(tmp_path: Path, linked: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.sh").write_text("hidden")
    folder = orb(tmp_path, **command("<<include(scripts/a.sh)>>"))
    if linked == "folder":
        (folder / "scripts").symlink_to(tmp_path / "outside")
    else:
        (folder / "scripts").mkdir()
        (folder / "scripts" / "a.sh").symlink_to(tmp_path / "outside" / "a.sh")
    assert "leaves the orb's folder" in refused(folder)


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    folder = orb(tmp_path, **command("<<include(scripts/b.sh)>>"), **{"scripts/a.sh": "in here"})
    (folder / "scripts" / "b.sh").symlink_to("a.sh")
    assert "in here" in pack_orb(folder)


def test_a_part_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("steps: [run: hidden]\n")
    folder = orb(tmp_path, **command("x"))
    (folder / "commands" / "d.yml").symlink_to(tmp_path / "secret.yml")
    assert "commands/d.yml:1:1: it is a link that leaves" in refused(folder)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<<include(scripts/none.sh)>>", "scripts/none.sh cannot be read: No such file"),
        ("<<include(scripts)>>", "scripts cannot be read"),
        ("<<include(pipe)>>", "pipe cannot be read: it is not a regular file"),
        ("echo <<include(a.sh)>>", "must be all of the text"),
        ("|\n      <<include(a.sh)>>", "must be all of the text"),
        ("<<include(a.sh)>><<include(a.sh)>>", "must be all of the text"),
    ],
)
def test_an_include_that_cannot_be_resolved_is_one_line_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    folder = orb(tmp_path, **command(text), **{"scripts/a.sh": "a", "a.sh": "a"})
    os.mkfifo(folder / "pipe")
    message = refused(folder)
    assert "commands/c.yml:2:10: " in message
    assert why in message


def test_an_included_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    folder = orb(tmp_path, **command("<<include(a.sh)>>"))
    (folder / "a.sh").write_bytes(b"echo\n\xff\n")
    assert "a.sh:2:1: not UTF-8" in refused(folder)


def test_all_wrong_files_are_reported_at_once(tmp_path: Path) -> None:
    folder = orb(tmp_path, **command("<<include(../x)>>"), **{"jobs/a.yml": "x: [\n", "jobs/b.yml": "- a list\n"})
    with pytest.raises(ConfigError) as caught:
        pack_orb(folder)
    assert len(caught.value.problems) == 3


def test_a_folder_that_is_not_an_orb_s_is_an_error_with_a_hint(tmp_path: Path) -> None:
    orb(tmp_path)
    with pytest.raises(UsageError, match=r"it has no @orb\.yml\n.*usually src"):
        pack_orb(tmp_path)


def test_an_orb_yml_with_folders_beside_it_is_packed_with_them(tmp_path: Path) -> None:
    folder = orb(tmp_path, **{"orb.yml": "version: 2.1\n", "commands/go.yml": "steps: [run: go]\n"})
    (folder / "@orb.yml").unlink()
    assert "commands:\n  go:" in pack_file(folder / "orb.yml")


def test_an_orb_of_one_file_includes_files_beside_it(tmp_path: Path) -> None:
    folder = orb(
        tmp_path, **{"orb.yml": "version: 2.1\ncommands: {c: {steps: [run: <<include(a.sh)>>]}}\n", "a.sh": "go"}
    )
    assert "go" in pack_file(folder / "orb.yml")
