"""``orb pack``: an orb's folder as one file. The table is checked against the real CLI where Go can build it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from ci.orbs.packing import pack_orb

from ..projects import call
from .test_pack import tree

ROOT = "version: 2.1\ndescription: An orb.\n"
FOLDERS = {
    "the parts of an orb are folders": {
        "files": {
            "@orb.yml": f"{ROOT}display: {{home_url: https://example.com}}\n",
            "commands/go.yml": "steps: [checkout]\n",
            "jobs/build.yml": "executor: default\nsteps: [go]\n",
            "executors/default.yml": "docker: [{image: a}]\n",
        },
        "packed": {
            "version": 2.1,
            "description": "An orb.",
            "display": {"home_url": "https://example.com"},
            "commands": {"go": {"steps": ["checkout"]}},
            "jobs": {"build": {"executor": "default", "steps": ["go"]}},
            "executors": {"default": {"docker": [{"image": "a"}]}},
        },
    },
    "an include in a command": {
        "files": {
            "@orb.yml": ROOT,
            "scripts/go.sh": "echo go\necho on\n",
            "commands/go.yml": "steps:\n  - run:\n      command: <<include(scripts/go.sh)>>\n",
        },
        "packed": {
            "version": 2.1,
            "description": "An orb.",
            "commands": {"go": {"steps": [{"run": {"command": "echo go\necho on\n"}}]}},
        },
    },
    "an include in a job and in an executor, with spaces": {
        "files": {
            "@orb.yml": "version: 2.1\n",
            "scripts/a.sh": "a",
            "jobs/build.yml": "machine: true\nsteps: [run: << include(scripts/a.sh) >>]\n",
            "executors/e.yml": "docker: [{image: a}]\nenvironment: {A: <<include(./scripts/../scripts/a.sh)>>}\n",
        },
        "packed": None,
    },
    "an include in the steps of a condition and in a parameter": {
        "files": {
            "@orb.yml": "version: 2.1\n",
            "scripts/a.sh": "a\n",
            "commands/c.yml": (
                "parameters: {s: {type: string, default: <<include(scripts/a.sh)>>}}\n"
                "steps: [when: {condition: true, steps: [run: {command: <<include(scripts/a.sh)>>}]}]\n"
            ),
        },
    },
    "what opens a tag in a script is escaped": {
        "files": {
            "@orb.yml": "version: 2.1\n",
            "scripts/a.sh": "cat <<EOF\n<< parameters.x >>\nEOF\ncat <<< x; echo '\\<<'\n",
            "commands/c.yml": "steps: [run: <<include(scripts/a.sh)>>]\n",
        },
    },
    "an include of the file at the top": {
        "files": {
            "@orb.yml": "version: 2.1\ncommands: {c: {steps: [run: <<include(a.sh)>>]}}\n",
            "a.sh": "a\n",
        },
        "packed": {"version": 2.1, "commands": {"c": {"steps": [{"run": "a\n"}]}}},
    },
    "no include in the description, an example or display": {
        "files": {
            "@orb.yml": "version: 2.1\ndescription: <<include(a.sh)>>\n",
            "a.sh": "a\n",
            "examples/e.yml": "description: <<include(a.sh)>>\nusage: {version: 2.1, workflows: {w: {jobs: [x]}}}\n",
        },
    },
    "an example keeps what the CLI knows": {
        "files": {
            "@orb.yml": "version: 2.1\n",
            "examples/e.yml": (
                "description: how\nusage: {version: 2.1, setup: true, orbs: {x: a/b@1}, commands: {c: {steps: []}},"
                " jobs: {j: {machine: true}}}\nresult: {version: 2.1, workflows: {w: {jobs: [x]}}}\nother: 1\n"
            ),
        },
    },
    "other folders and keys do not count": {
        "files": {
            "@orb.yml": "version: 2.1\nname: mine\nparameters: {x: {type: string}}\n",
            "scripts/a.yml": "x: 1\n",
            "tests/b.yml": "x: 1\n",
            "commands/.hidden/c.yml": "steps: []\n",
            "commands/d.yml": "steps: []\n",
            "commands/deeper/e.yml": "steps: []\n",
        },
        "packed": {"version": 2.1, "commands": {"d": {"steps": []}}},
    },
    "orbs of an orb, anchors and merge keys": {
        "files": {
            "@orb.yml": "version: 2.1\norbs:\n  cli: acme/cli@1.2\n",
            "jobs/a.yml": "docker: &image [{image: a}]\nenvironment: {<<: {A: b}}\nsteps: [cli/install]\n",
        },
    },
    "text of several lines with tags and odd ends": {
        "files": {
            "@orb.yml": "version: 2.1\n",
            "scripts/a.sh": "echo 'x'   \n\n  indented\n\ttab\n# ends without a newline",
            "commands/c.yml": "steps:\n  - run: |\n      echo << parameters.x >>\n  - run: <<include(scripts/a.sh)>>\n",
        },
    },
}


@pytest.mark.parametrize("name", [name for name, case in FOLDERS.items() if case.get("packed")])
def test_an_orb_is_packed(tmp_path, name):
    assert yaml.safe_load(pack_orb(tree(tmp_path, FOLDERS[name]["files"]))) == FOLDERS[name]["packed"]


@pytest.mark.circleci
@pytest.mark.parametrize("name", FOLDERS)
def test_an_orb_is_packed_as_the_real_cli_packs_it(tmp_path, name, real_cli):
    folder = tree(tmp_path, FOLDERS[name]["files"])
    environ = {**os.environ, "CIRCLECI_CLI_SKIP_UPDATE_CHECK": "true"}
    words = [real_cli, "orb", "pack", str(folder)]
    theirs = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    ours = call([sys.executable, "-m", "ci", "orb", "pack", str(folder)], tmp_path)
    assert ours.status == 0, ours.stderr
    assert yaml.safe_load(ours.stdout) == yaml.safe_load(theirs.stdout)


def test_a_script_in_a_packed_orb_runs_as_it_was_written(tmp_path):
    from ci.compiler.compile import compile_config
    from ci.compiler.pipeline_values import PipelineValues
    from ci.orbs.sources import LocalOrbs

    case = FOLDERS["what opens a tag in a script is escaped"]["files"]
    script = "cat <<EOF\n<< parameters.x >>\nEOF\ncat <<< x\n"
    folder = tree(tmp_path / "orb", {**case, "scripts/a.sh": script})
    tree(tmp_path, {".circleci/orbs/acme/tool@1.0.0.yml": pack_orb(folder)})
    config = "version: 2.1\norbs: {t: acme/tool@1}\njobs: {build: {docker: [{image: a}], steps: [t/c]}}\n"
    compiled = compile_config(config, "config.yml", PipelineValues(), LocalOrbs(tmp_path, tmp_path))
    assert compiled.jobs["build"].node.plain["steps"] == [{"run": {"command": script}}]


def test_circleci_local_has_the_same_words(tmp_path):
    folder = tree(tmp_path / "src", FOLDERS["an include in a command"]["files"])
    program = "import sys; from ci.cli.circleci_local import local; sys.exit(local(sys.argv[1:]))"
    done = call([sys.executable, "-c", program, "orb", "pack", str(folder)], tmp_path)
    assert done.status == 0, done.stderr
    assert done.stdout == pack_orb(folder)
