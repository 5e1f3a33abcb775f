"""The archiver's command line, called in this process, and small files to archive."""

import json
import os
import shutil
import sys
import uuid
import zipfile

import pytest


class Outcome(object):
    """What a call of the command line came to."""

    def __init__(self, status, text):
        self.status = status
        self.text = text


class Archiver(object):
    """Calls torch-model-archiver with sound arguments; keywords replace them, None leaves one out."""

    def __init__(self, monkeypatch, capsys, caplog, inputs, store):
        self.monkeypatch, self.capsys, self.caplog = monkeypatch, capsys, caplog
        self.inputs = inputs
        self.store = store
        # The release keeps what it archives in the temporary folder under the model's name, 0.1 in
        # /tmp for good: a name of our own keeps runs apart, and is removed.
        self.name = "accept-" + uuid.uuid4().hex

    def arguments(self, **options):
        chosen = {
            "model_name": self.name,
            "version": "1.7",
            "serialized_file": str(self.inputs / "weights.pt"),
            "handler": str(self.inputs / "handler.py"),
            "export_path": str(self.store),
        }
        chosen.update(options)
        force = chosen.pop("force", False)
        words = ["--force"] if force else []
        for key, value in chosen.items():
            words += [] if value is None else ["--" + key.replace("_", "-"), str(value)]
        return words

    def __call__(self, **options):
        from model_archiver.model_packaging import generate_model_archive

        self.monkeypatch.setattr(sys, "argv", ["torch-model-archiver"] + self.arguments(**options))
        self.caplog.clear()
        try:
            generate_model_archive()
            status, text = 0, ""
        except SystemExit as error:
            status, text = error.code, ""
        except Exception as error:  # the command line would end with a traceback and status 1
            status, text = 1, str(error)
        captured = self.capsys.readouterr()
        return Outcome(status, "\n".join([text, captured.out, captured.err, self.caplog.text]))

    def path(self, suffix=".mar"):
        return self.store / (self.name + suffix)

    def manifest(self, **options):
        outcome = self(**options)
        assert outcome.status == 0, outcome.text
        with zipfile.ZipFile(str(self.path())) as archive:
            return json.loads(archive.read("MAR-INF/MANIFEST.json").decode())

    def clean(self):
        for parent in {"/tmp", os.environ.get("TMPDIR") or "/tmp"}:
            shutil.rmtree(os.path.join(parent, self.name), ignore_errors=True)


@pytest.fixture
def inputs(tmp_path):
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "weights.pt").write_bytes(b"weights " * 100)
    (folder / "handler.py").write_text("def handle(data, context):\n    return data\n")
    (folder / "model.py").write_text("class Model:\n    pass\n")
    (folder / "labels.json").write_text('{"0": "cat"}')
    (folder / "words.txt").write_text("one two\n")
    (folder / "requirements.txt").write_text("numpy\n")
    (folder / "settings.yaml").write_text("minWorkers: 1\n")
    return folder


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def archiver(monkeypatch, capsys, caplog, inputs, store):
    one = Archiver(monkeypatch, capsys, caplog, inputs, store)
    yield one
    one.clean()
