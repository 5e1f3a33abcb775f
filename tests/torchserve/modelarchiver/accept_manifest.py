"""MAR-INF/MANIFEST.json, from which TorchServe learns what is in an archive."""

import datetime

import pytest


def test_it_names_the_model_and_its_version(archiver):
    model = archiver.manifest(version="3.1-beta")["model"]
    assert (model["modelName"], model["modelVersion"]) == (archiver.name, "3.1-beta")


def test_it_names_the_serialized_file_without_its_folder(archiver):
    assert archiver.manifest()["model"]["serializedFile"] == "weights.pt"


def test_it_names_the_handler_without_its_folder(archiver):
    assert archiver.manifest()["model"]["handler"] == "handler.py"


def test_it_names_the_model_file_without_its_folder(archiver, inputs):
    assert archiver.manifest(model_file=inputs / "model.py")["model"]["modelFile"] == "model.py"


def test_a_model_without_a_model_file_has_no_such_field(archiver):
    assert "modelFile" not in archiver.manifest()["model"]


def test_a_default_handler_is_named_and_no_file_is_added(archiver):
    import zipfile

    assert archiver.manifest(handler="image_classifier")["model"]["handler"] == "image_classifier"
    with zipfile.ZipFile(str(archiver.path())) as archive:
        assert sorted(archive.namelist()) == ["MAR-INF/MANIFEST.json", "weights.pt"]


def test_the_runtime_is_python_unless_stated(archiver):
    assert archiver.manifest()["runtime"] == "python"


def test_the_runtime_can_be_chosen(archiver):
    assert archiver.manifest(runtime="python3")["runtime"] == "python3"


@pytest.mark.modern
def test_it_names_the_archiver_that_wrote_it(archiver, version):
    assert archiver.manifest()["archiverVersion"] == version


@pytest.mark.modern
def test_it_says_when_it_was_written(archiver):
    before = datetime.datetime.now().replace(microsecond=0)
    written = datetime.datetime.strptime(archiver.manifest()["createdOn"], "%d/%m/%Y %H:%M:%S")
    assert before <= written <= datetime.datetime.now()


@pytest.mark.modern
def test_it_names_the_requirements_file(archiver, inputs):
    manifest = archiver.manifest(requirements_file=inputs / "requirements.txt")
    assert manifest["model"]["requirementsFile"] == "requirements.txt"


@pytest.mark.modern
def test_it_names_the_settings_file(archiver, inputs):
    assert archiver.manifest(config_file=inputs / "settings.yaml")["model"]["configFile"] == "settings.yaml"


@pytest.mark.modern
def test_a_model_without_weights_has_no_such_field(archiver):
    assert "serializedFile" not in archiver.manifest(serialized_file=None)["model"]


@pytest.mark.of2020
@pytest.mark.parametrize("field", ["specificationVersion", "implementationVersion", "modelServerVersion"])
def test_it_names_the_versions_of_its_format(archiver, field):
    assert archiver.manifest()[field] == "1.0"


@pytest.mark.of2020
def test_it_names_the_vocabulary(archiver, inputs):
    manifest = archiver.manifest(handler="text_classifier", source_vocab=inputs / "words.txt")
    assert manifest["model"]["sourceVocab"] == "words.txt"
