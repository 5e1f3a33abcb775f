"""A file counts as changed if its content, mode or kind is another than at its last save."""

import pytest

from ci.watch.saved_contents import LARGEST, SavedContents


@pytest.fixture
def contents(tmp_path):
    (tmp_path / "a").write_text("one")
    made = SavedContents(tmp_path)
    assert made.differing(["a"]) == ["a"], "what was in it before is not known"
    return made


def test_a_file_that_was_saved_as_it_was_has_not_changed(contents, tmp_path):
    (tmp_path / "a").write_text("one")
    assert contents.differing(["a"]) == []


def test_another_content_of_the_same_size_is_a_change(contents, tmp_path):
    (tmp_path / "a").write_text("two")
    assert contents.differing(["a"]) == ["a"]
    (tmp_path / "a").write_text("one")
    assert contents.differing(["a"]) == ["a"], "the last run may have seen the other one"


def test_a_mode_a_link_and_a_removal_are_changes(contents, tmp_path):
    (tmp_path / "a").chmod(0o755)
    assert contents.differing(["a"]) == ["a"]
    (tmp_path / "a").unlink()
    assert contents.differing(["a"]) == ["a"]
    assert contents.differing(["a"]) == []
    (tmp_path / "a").symlink_to("b")
    assert contents.differing(["a"]) == ["a"]
    assert contents.differing(["a"]) == []


def test_each_save_of_a_file_counts_that_is_too_large_to_be_read(contents, tmp_path):
    with open(tmp_path / "big", "wb") as file:
        file.truncate(LARGEST + 1)
    assert contents.differing(["big"]) == ["big"]
    assert contents.differing(["big"]) == ["big"]
