"""What each --archive-format writes, and that an archive holds the very files that were given."""

import json
import subprocess
import sys
import tarfile
import zipfile

import pytest


def zip_contents(path):
    with zipfile.ZipFile(str(path)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def given(inputs):
    return {name: (inputs / name).read_bytes() for name in ("weights.pt", "handler.py", "model.py")}


def without_manifest(contents):
    return {name: data for name, data in contents.items() if not name.endswith("MANIFEST.json")}


def test_the_default_format_is_a_deflated_zip_called_mar(archiver, inputs):
    assert archiver(model_file=inputs / "model.py").status == 0
    assert without_manifest(zip_contents(archiver.path())) == given(inputs)
    with zipfile.ZipFile(str(archiver.path())) as archive:
        assert archive.getinfo("weights.pt").compress_type == zipfile.ZIP_DEFLATED


def test_the_format_default_can_be_named(archiver):
    assert archiver(archive_format="default").status == 0
    assert "MAR-INF/MANIFEST.json" in zip_contents(archiver.path())


def test_tgz_writes_a_tarball_with_one_folder_called_as_the_model(archiver, inputs):
    assert archiver(archive_format="tgz", model_file=inputs / "model.py").status == 0
    with tarfile.open(str(archiver.path(".tar.gz")), "r:gz") as archive:
        contents = {one.name: archive.extractfile(one).read() for one in archive.getmembers() if one.isfile()}
    prefix = archiver.name + "/"
    assert all(name.startswith(prefix) for name in contents)
    assert json.loads(contents[prefix + "MAR-INF/MANIFEST.json"].decode())["model"]["modelName"] == archiver.name
    assert without_manifest({name[len(prefix) :]: data for name, data in contents.items()}) == given(inputs)


def test_no_archive_writes_a_folder_with_the_manifest_in_place(archiver, inputs):
    assert archiver(archive_format="no-archive", model_file=inputs / "model.py").status == 0
    folder = archiver.path("")
    manifest = json.loads((folder / "MAR-INF" / "MANIFEST.json").read_text())
    assert manifest["model"]["modelName"] == archiver.name
    assert {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()} == given(inputs)


@pytest.mark.modern
def test_zip_store_writes_a_mar_that_is_not_deflated(archiver):
    assert archiver(archive_format="zip-store").status == 0
    with zipfile.ZipFile(str(archiver.path())) as archive:
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("archive_format", ["default", "tgz", "no-archive"])
def test_an_archive_is_the_only_thing_that_is_exported(archiver, store, archive_format):
    assert archiver(archive_format=archive_format).status == 0
    assert len(list(store.iterdir())) == 1


def test_an_unknown_format_is_refused(archiver, store):
    outcome = archiver(archive_format="rar")
    assert (outcome.status, list(store.iterdir())) == (2, [])
    assert "--archive-format" in outcome.text


def test_without_export_path_the_archive_lands_in_the_working_directory(archiver, store, monkeypatch):
    monkeypatch.chdir(str(store))
    assert archiver(export_path=None).status == 0
    assert archiver.path().exists()


def test_the_command_works_as_a_process_of_its_own(archiver):
    command = [sys.executable, "-m", "model_archiver.model_packaging"] + archiver.arguments()
    assert subprocess.call(command) == 0
    assert archiver.path().exists()
    assert subprocess.call(command, stderr=subprocess.DEVNULL) == 1  # it exists by now


@pytest.mark.modern
def test_the_temporary_copy_is_removed(archiver, tmp_path, monkeypatch):
    import tempfile

    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    assert archiver().status == 0
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.modern
def test_the_same_can_be_had_from_python(archiver, inputs, store):
    from model_archiver import ModelArchiver, ModelArchiverConfig

    config = ModelArchiverConfig(
        model_name=archiver.name, handler=str(inputs / "handler.py"), version="2", export_path=str(store)
    )
    ModelArchiver.generate_model_archive(config)
    assert json.loads(zip_contents(archiver.path())["MAR-INF/MANIFEST.json"].decode())["model"]["modelVersion"] == "2"
