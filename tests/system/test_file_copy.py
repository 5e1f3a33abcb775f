"""What a copied folder keeps, and that nothing in it is the original."""

import os
import stat

from ci.system.file_copy import copy_tree, copy_with_time


def test_a_copied_folder_has_permissions_times_and_links(tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    (source / "folder").mkdir(parents=True)
    (source / "folder/file").write_bytes(b"x" * 100_000)
    (source / "folder/file").chmod(0o640)
    os.symlink("folder/file", source / "link")
    os.utime(source / "folder/file", ns=(1, 1_600_000_000_123_456_789))
    os.utime(source / "folder", ns=(1, 1_500_000_000_000_000_001))
    (source / "folder").chmod(0o555)
    copy_tree(str(source), str(copy))
    assert os.readlink(copy / "link") == "folder/file"
    for name, mode in (("folder", 0o555), ("folder/file", 0o640)):
        assert stat.S_IMODE((copy / name).stat().st_mode) == mode
        assert (copy / name).stat().st_mtime_ns == (source / name).stat().st_mtime_ns
    assert (copy / "folder/file").read_bytes() == b"x" * 100_000
    assert not os.path.samefile(copy / "folder/file", source / "folder/file")


def test_names_of_one_file_are_names_of_one_copy(tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    (source / "inner").mkdir(parents=True)
    (source / "a").write_text("x")
    os.link(source / "a", source / "inner/b")
    (source / "c").write_text("x")
    copy_tree(str(source), str(copy))
    assert os.path.samefile(copy / "a", copy / "inner/b")
    assert len({os.stat(each).st_ino for each in (copy / "a", copy / "c", source / "a")}) == 3


def test_a_check_is_called_between_the_parts_of_a_large_file(tmp_path, monkeypatch):
    monkeypatch.setattr("ci.system.file_copy.CHUNK", 1 << 20)
    monkeypatch.setattr("ci.system.file_copy._clone", lambda source, target: False)
    (tmp_path / "large").write_bytes(bytes(3 << 20))
    called = []
    copy_with_time(str(tmp_path / "large"), str(tmp_path / "copy"), check=lambda: called.append(1))
    assert len(called) == 3
    assert (tmp_path / "copy").stat().st_size == 3 << 20
