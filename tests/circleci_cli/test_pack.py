"""``pack``: a folder of YAML files as one config. The tables are checked against the real CLI where Go can build it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from ci.errors import ConfigError, UsageError
from ci.project.pack import pack

from ..projects import call

TREES = {
    "a file at the top gives its keys": {
        "files": {"a.yml": "version: 2.1\n", "b.yaml": "jobs: {}\n"},
        "packed": {"version": 2.1, "jobs": {}},
    },
    "a folder is a map of its files' names": {
        "files": {
            "@config.yml": "version: 2.1\n",
            "jobs/build.yml": "machine: true\n",
            "jobs/test.yaml": "docker: []\n",
        },
        "packed": {"version": 2.1, "jobs": {"build": {"machine": True}, "test": {"docker": []}}},
    },
    "a file with @ gives its keys to its folder": {
        "files": {
            "commands/@all.yml": "one: {steps: []}\ntwo: {steps: []}\n",
            "commands/three.yml": "steps: [checkout]\n",
        },
        "packed": {"commands": {"one": {"steps": []}, "two": {"steps": []}, "three": {"steps": ["checkout"]}}},
    },
    "folders in folders": {
        "files": {"a/b/c/d.yml": "x: 1\n"},
        "packed": {"a": {"b": {"c": {"d": {"x": 1}}}}},
    },
    "what begins with a dot or is no YAML is left out": {
        "files": {"a.yml": "x: 1\n", ".hidden.yml": "y: 1\n", ".git/b.yml": "z: 1\n", "README.md": "# no\n"},
        "packed": {"x": 1},
    },
    "a file and a folder of one name are one map": {
        "files": {"jobs/build.yml": "machine: true\n", "jobs/build/steps.yml": "first: checkout\n"},
        "packed": {"jobs": {"build": {"machine": True, "steps": {"first": "checkout"}}}},
    },
    "of two files at the top with one key the later counts": {
        "files": {"a.yml": "jobs: {one: 1}\n", "b.yml": "jobs: {two: 2}\n"},
        "packed": {"jobs": {"two": 2}},
    },
    "an empty file is an empty map": {
        "files": {"jobs/none.yml": "# nothing yet\n"},
        "packed": {"jobs": {"none": {}}},
    },
    "anchors and merge keys are resolved": {
        "files": {"a.yml": "base: &base {x: 1}\nother: {<<: *base, y: 2}\n"},
        "packed": {"base": {"x": 1}, "other": {"x": 1, "y": 2}},
    },
    "tags stay as they are": {
        "files": {"commands/go.yml": "steps: [run: echo << parameters.to >>]\n"},
        "packed": {"commands": {"go": {"steps": [{"run": "echo << parameters.to >>"}]}}},
    },
    "only the last extension of a name goes": {
        "files": {"jobs/v1.2.yml": "x: 1\n", "some.folder/a.yml": "y: 1\n"},
        "packed": {"jobs": {"v1.2": {"x": 1}}, "some": {"a": {"y": 1}}},
    },
}


def tree(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize("name", TREES)
def test_pack(tmp_path, name):
    assert pack(tree(tmp_path, TREES[name]["files"])) == TREES[name]["packed"]


@pytest.mark.circleci
@pytest.mark.parametrize("name", TREES)
def test_pack_is_what_the_real_cli_prints(tmp_path, name, real_cli):
    folder = tree(tmp_path, TREES[name]["files"])
    environ = {**os.environ, "CIRCLECI_CLI_SKIP_UPDATE_CHECK": "true"}
    words = [real_cli, "config", "pack", str(folder)]
    theirs = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    ours = call([sys.executable, "-m", "ci", "pack", str(folder)], tmp_path)
    assert ours.status == 0, ours.stderr
    assert yaml.safe_load(ours.stdout) == yaml.safe_load(theirs.stdout) == TREES[name]["packed"]


def test_every_wrong_file_is_reported_at_once(tmp_path):
    folder = tree(tmp_path, {"a.yml": "x: [\n", "jobs/b.yml": "- a list\n", "jobs/good.yml": "x: 1\n"})
    with pytest.raises(ConfigError) as error:
        pack(folder)
    message = str(error.value)
    assert "a.yml:" in message
    assert "jobs/b.yml:1:1" in message
    assert "good" not in message


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        pack(tmp_path / "none")
