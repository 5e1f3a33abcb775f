"""Records of archives that lie elsewhere than on this machine."""

import json
from dataclasses import replace

import pytest

from ci.runtime.storage.stored_archive import StoredArchive, archive_key, read_record, write_record
from ci.runtime.storage.workspace import load_layer

ARCHIVE = StoredArchive("s3://bucket/p", archive_key("a" * 64), 10, "a" * 64, ("a/b", "odd \n\udcff name"))


def test_a_record_is_read_as_it_was_written(tmp_path):
    write_record(tmp_path / "build.0.stored", ARCHIVE)
    assert read_record(tmp_path / "build.0.stored") == ARCHIVE
    assert (tmp_path / "build.0.stored").stat().st_mode & 0o077 == 0


def test_a_layer_of_an_earlier_run_may_be_a_record(tmp_path):
    write_record(tmp_path / "build.3.1.stored", ARCHIVE)
    layer = load_layer("build", tmp_path / "build.3.1.stored")
    assert (layer.node, layer.members) == (3, ARCHIVE.files)


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"digest": "a"}, {"size": "1"}, {"files": None}, {"files": [1]}, {"key": None}, {"more": 1}],
)
def test_what_is_no_record_is_an_error(tmp_path, change):
    write_record(tmp_path / "x.0.stored", ARCHIVE)
    raw = json.loads((tmp_path / "x.0.stored").read_text())
    (tmp_path / "x.0.stored").write_text(json.dumps({**raw, **change}))
    with pytest.raises(ValueError, match=r"x\.0\.stored"):
        read_record(tmp_path / "x.0.stored")
    (tmp_path / "x.0.stored").write_text("[]")
    with pytest.raises(ValueError, match="is no record"):
        read_record(tmp_path / "x.0.stored")


def test_its_place_and_name_are_where_it_lies():
    assert replace(ARCHIVE, key="k").url == "s3://bucket/p/k"
