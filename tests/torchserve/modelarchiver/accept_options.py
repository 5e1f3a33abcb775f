"""Extra files, --force, and what is refused."""

import zipfile

import pytest


def names(archiver):
    with zipfile.ZipFile(str(archiver.path())) as archive:
        return set(archive.namelist()) - {"MAR-INF/MANIFEST.json"}


def test_extra_files_come_along(archiver, inputs):
    assert archiver(extra_files="%s,%s" % (inputs / "labels.json", inputs / "words.txt")).status == 0
    assert names(archiver) == {"weights.pt", "handler.py", "labels.json", "words.txt"}


@pytest.mark.modern
def test_an_extra_folder_comes_along_with_its_content(archiver, inputs):
    folder = inputs / "more" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    assert archiver(extra_files=inputs / "more").status == 0
    assert names(archiver) == {"weights.pt", "handler.py", "deep/a.txt"}


@pytest.mark.modern
def test_extra_files_may_be_a_pattern(archiver, inputs):
    assert archiver(extra_files=inputs / "*.json").status == 0
    assert names(archiver) == {"weights.pt", "handler.py", "labels.json"}


@pytest.mark.modern
def test_the_requirements_and_settings_files_come_along(archiver, inputs):
    options = {"requirements_file": inputs / "requirements.txt", "config_file": inputs / "settings.yaml"}
    assert archiver(**options).status == 0
    assert names(archiver) == {"weights.pt", "handler.py", "requirements.txt", "settings.yaml"}


@pytest.mark.modern
def test_a_handler_may_name_its_entry_function(archiver, inputs):
    assert archiver(handler="%s:handle" % (inputs / "handler")).status == 0
    assert names(archiver) == {"weights.pt", "handler.py"}


@pytest.mark.of2020
def test_the_vocabulary_comes_along(archiver, inputs):
    assert archiver(handler="text_classifier", source_vocab=inputs / "words.txt").status == 0
    assert names(archiver) == {"weights.pt", "words.txt"}


SUFFIXES = {"default": ".mar", "tgz": ".tar.gz", "no-archive": ""}


@pytest.mark.parametrize("archive_format", sorted(SUFFIXES))
def test_an_archive_that_exists_is_kept_without_force(archiver, archive_format):
    present = archiver.path(SUFFIXES[archive_format])
    present.write_bytes(b"here before")
    outcome = archiver(archive_format=archive_format)
    assert outcome.status == 1
    assert "already exists" in outcome.text
    assert "--force" in outcome.text
    assert present.read_bytes() == b"here before"


@pytest.mark.parametrize("archive_format", ["default", "tgz"])
def test_force_overwrites_an_archive(archiver, archive_format):
    present = archiver.path(SUFFIXES[archive_format])
    present.write_bytes(b"here before")
    assert archiver(archive_format=archive_format, force=True).status == 0
    assert present.read_bytes() != b"here before"


def test_force_writes_anew_into_a_folder(archiver):
    assert archiver(archive_format="no-archive").status == 0
    stale = archiver.path("") / "weights.pt"
    stale.write_bytes(b"stale")
    assert archiver(archive_format="no-archive", force=True).status == 0
    assert stale.read_bytes() == (archiver.inputs / "weights.pt").read_bytes()


@pytest.mark.parametrize("option", ["model_name", "version", "handler"])
def test_an_option_that_must_be_there_is_asked_for(archiver, store, option):
    outcome = archiver(**{option: None})
    assert (outcome.status, list(store.iterdir())) == (2, [])
    assert "--" + option.replace("_", "-") in outcome.text


@pytest.mark.of2020
def test_weights_must_be_there(archiver):
    assert archiver(serialized_file=None).status == 2


@pytest.mark.parametrize("name", ["a b", "../up", ".hidden", "ümlaut", "a/b", "x$"])
def test_a_model_name_of_other_characters_is_refused(archiver, store, name):
    outcome = archiver(model_name=name)
    assert (outcome.status, list(store.iterdir())) == (1, [])
    assert "special characters" in outcome.text


def test_an_export_path_that_is_no_folder_is_refused(archiver, store):
    outcome = archiver(export_path=store / "absent")
    assert outcome.status == 1
    assert "not a directory" in outcome.text


@pytest.mark.parametrize("option", ["serialized_file", "handler", "model_file", "extra_files"])
def test_a_file_that_is_not_there_is_an_error_that_names_it(archiver, inputs, store, option):
    outcome = archiver(**{option: inputs / "absent.py"})
    assert (outcome.status, list(store.iterdir())) == (1, [])
    assert "absent.py" in outcome.text


def test_an_unknown_runtime_is_refused(archiver):
    outcome = archiver(runtime="cobol")
    assert outcome.status == 2
    assert "--runtime" in outcome.text


@pytest.mark.of2020
def test_a_text_classifier_without_a_vocabulary_is_refused(archiver):
    outcome = archiver(handler="text_classifier")
    assert outcome.status == 1
    assert "vocab" in outcome.text


@pytest.mark.of2020
def test_a_handler_that_is_no_python_file_is_refused(archiver, inputs):
    outcome = archiver(handler=inputs / "words.txt")
    assert outcome.status == 1
    assert "Handler should be" in outcome.text
