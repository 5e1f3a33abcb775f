"""The contracts of pyproject.toml catch the imports that they are about: each is planted in a copy of the package."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter")

PACKAGE = Path(__file__).parent.parent
PLANTED = [
    ("source/suggest.py", "import os", "ci.source.suggest -> os"),
    ("source/nodes.py", "from ..options import parser", "ci.source.nodes -> ci.options"),
    ("source/limits.py", "import socket", "ci.source.limits -> socket"),
    ("workflow/plan.py", "import time", "ci.workflow.plan -> time"),
    ("workflow/graph.py", "from .. import process", "ci.workflow.graph -> ci.process"),
    ("workflow/duration.py", "from ..compiler import logic", "ci.workflow.duration -> ci.compiler.logic"),
    ("workflow/model.py", "from ..server import compile_api", "ci.workflow.model -> ci.server"),
    ("compiler/template.py", "import pathlib", "ci.compiler.template -> pathlib"),
    ("compiler/emit.py", "import http.client", "ci.compiler.emit -> http"),
    ("compiler/matrix.py", "def late():\n    import urllib.request", "ci.compiler.matrix -> urllib"),
    ("compiler/logic.py", "from ..git import call", "ci.compiler.logic -> ci.git.call"),
    ("compiler/filters.py", "from ..system import temporary", "ci.compiler.filters -> ci.system.temporary"),
    ("compiler/scope.py", "import subprocess", "ci.compiler.scope -> subprocess"),
    ("errors.py", "import tempfile", "ci.errors -> tempfile"),
    ("spelling.py", "import shutil", "ci.spelling -> shutil"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What import-linter reports of a copy of the package in which every import of the table is planted."""
    root = tmp_path_factory.mktemp("planted")
    shutil.copytree(PACKAGE / "ci", root / "ci", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "pyproject.toml", root)
    for name, line, _ in PLANTED:
        file = root / "ci" / name
        file.write_text(f"{file.read_text()}\n{line}\n")
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    return re.sub(r"\s+", " ", done.stdout)


@pytest.mark.parametrize(("name", "line", "chain"), PLANTED, ids=[chain for _, _, chain in PLANTED])
def test_a_forbidden_import_is_caught(report, name, line, chain):
    assert chain in report
