"""Artifacts as links that work from the run's folder."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

import pytest

from ci.page.artifact_files import SHOWN, artifact_links, file_href


@pytest.mark.parametrize("name", ["javascript:alert(1)", "//example.org/x", "a #?&%20'\"<>.txt", "../up", "é\udc80\n"])
def test_no_name_turns_a_link_into_another_one(name):
    href = file_href("artifacts/job", name)
    assert href.startswith("./artifacts/job/")
    assert not set(href) & set(" #?<>\"'\n")
    assert os.fsdecode(unquote_to_bytes(href)) == f"./artifacts/job/{name}"


def test_files_are_listed_in_order_with_their_sizes(tmp_path):
    (tmp_path / "artifacts/job/deep").mkdir(parents=True)
    for name, size in (("b", 0), ("a", 999), ("deep/c", 1_500_000), ("deep/d", 12_000)):
        (tmp_path / "artifacts/job" / name).write_bytes(b"x" * size)
    files, more = artifact_links(tmp_path, "artifacts/job")
    assert [(each.text, each.title) for each in files] == [
        ("a", "999 bytes"), ("b", "0 bytes"), ("deep/c", "1.5 MB"), ("deep/d", "12.0 kB"),
    ]  # fmt: skip
    assert (files[2].href, more) == ("./artifacts/job/deep/c", 0)


def test_of_many_files_the_first_are_shown_and_the_others_counted(tmp_path):
    (tmp_path / "artifacts").mkdir()
    for number in range(SHOWN + 7):
        (tmp_path / "artifacts" / f"{number:04}").touch()
    files, more = artifact_links(tmp_path, "artifacts")
    assert (len(files), more) == (SHOWN, 7)


def test_a_folder_behind_a_link_is_not_entered_and_a_missing_one_is_empty(tmp_path):
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").touch()
    (tmp_path / "artifacts" / "link").symlink_to(tmp_path / "outside")
    assert [each.text for each in artifact_links(tmp_path, "artifacts")[0] if "secret" in each.text] == []
    assert artifact_links(tmp_path, "gone") == ((), 0)


@pytest.mark.parametrize("folder", ["link", "link/below", "artifacts/link"])
def test_files_behind_a_link_are_not_listed(tmp_path, folder):
    (tmp_path / "private/below").mkdir(parents=True)
    (tmp_path / "private/below/key").write_text("secret")
    (tmp_path / "run/artifacts").mkdir(parents=True)
    (tmp_path / "run/link").symlink_to(tmp_path / "private")
    (tmp_path / "run/artifacts/link").symlink_to(tmp_path / "private")
    assert artifact_links(tmp_path / "run", folder) == ((), 0)
