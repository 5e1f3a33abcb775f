"""The files below a folder: their order, and how deep they may lie."""

import os

from ci.system.files_below import files_below
from ci.system.removal import remove_tree


def names(folder):
    return [os.path.relpath(each.path, folder) for each in files_below(os.fspath(folder))]


def test_a_folders_own_files_come_before_those_of_its_folders(tmp_path):
    for name in ("b/2", "b/1", "a/x/3", "a/z", "c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert names(tmp_path) == ["c", "a/z", "a/x/3", "b/1", "b/2"]


def test_a_link_to_a_folder_is_not_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("")
    (tmp_path / "link").symlink_to("folder")
    assert names(tmp_path) == ["link", "folder/file"]


def test_folders_may_lie_deeper_than_functions_may_call_themselves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        os.mkdir("d")
        os.chdir("d")
    with open("file", "w"):
        pass
    found = len(names(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert remove_tree(tmp_path / "d") is None, "nor can pytest remove it"
    assert found == 1


def test_a_folder_that_is_not_there_has_nothing(tmp_path):
    assert names(tmp_path / "missing") == []
