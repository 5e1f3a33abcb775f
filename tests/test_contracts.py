"""The contracts on imports catch what they are there for: each forbidden import is planted, alone, in a copy."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from .projects import ROOT

PLANTED = (
    ("engines/host/box.py", "from ..docker import client"),
    ("engines/docker/engine.py", "from ..circleci import config"),
    ("engines/circleci/engine.py", "from ...server import compile_api"),
    ("engines/container/quoting.py", "from ..docker import box"),
    ("compiler/logic.py", "import os"),
    ("compiler/filters.py", "def f():\n    from pathlib import Path"),
    ("compiler/template.py", "from ..process import capture"),
    ("compiler/matrix.py", "import http.client"),
    ("compiler/compile.py", "from ..git import call"),
    ("workflow/graph.py", "from ..compiler import compile"),
    ("workflow/plan.py", "from time import monotonic"),
    ("workflow/model.py", "from ..server import compile_api"),
    ("source/load.py", "import pathlib"),
    ("source/nodes.py", "from .. import options"),
    ("errors.py", "import tempfile"),
    ("runtime/job.py", "from ..report import console"),
    ("run/scheduler.py", "from ..cli import main"),
    ("options/parser.py", "from ..project import project"),
    ("doctor/check.py", "import subprocess"),
    ("workflow/risks.py", "from dataclasses import dataclass"),
    ("trust/consent.py", "def f():\n    import subprocess"),
    ("__main__.py", "import subprocess"),
    ("unplaced/__init__.py", ""),
)
"""A file of the package and what is added to it. The last is a package that is in no layer."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    words = [sys.executable, "-c", code, "--no-cache"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copytree(ROOT / "ci", folder / "ci", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_package_keeps_its_contracts(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_map_shows_the_layers_in_their_order():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    place = {name: at for at, line in enumerate(contracts[0]["layers"]) for name in line.split(" | ")}
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things live")[2]
    shown = [name for name in re.findall(r"\b(\w+)/(?=\s)", section.split("```")[1]) if (ROOT / "ci" / name).is_dir()]
    packages = sorted(file.parent.name for file in (ROOT / "ci").glob("*/__init__.py"))
    assert sorted(shown) == packages
    assert shown == sorted(shown, key=place.__getitem__)


@pytest.mark.parametrize(("file", "line"), PLANTED, ids=[f"{file}: {line}" for file, line in PLANTED])
def test_a_forbidden_import_breaks_a_contract(copy, file, line):
    place = copy / "ci" / file
    text = place.read_text(encoding="utf-8") if place.exists() else None
    try:
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"{text or ''}\n{line}\n", encoding="utf-8")
        done = lint(copy)
    finally:
        if text is None:
            shutil.rmtree(place.parent)
        else:
            place.write_text(text, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "unplaced" in done.stdout, done.stdout + done.stderr
