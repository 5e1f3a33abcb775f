"""No name stands for two things in the package: a reader who searches for one finds one."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

CI = Path(__file__).resolve().parents[1] / "ci"
FAMILIES = {"__init__.py", "engine.py", "box.py", "environment.py"}
"""Each engine has these; a box is also the protocol of ``runtime``."""


def twice(places: dict[str, list[Path]]) -> dict[str, list[str]]:
    return {name: [str(each.relative_to(CI)) for each in found] for name, found in places.items() if len(found) > 1}


def test_no_class_name_stands_twice():
    places: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(CI.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(file)
    assert twice(places) == {}


def test_no_file_name_stands_twice_but_in_a_family():
    places: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(CI.rglob("*.py")):
        if file.name not in FAMILIES and file.parent != CI / "cli":  # a command is named after what it shows
            places[file.name].append(file)
    assert twice(places) == {}


def test_the_package_root_holds_the_kernel_alone():
    assert len(list(CI.glob("*.py"))) <= 7
    assert [file.name for file in CI.iterdir() if file.is_file() and file.suffix != ".py"] == ["py.typed"]
