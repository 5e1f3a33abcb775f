"""No name stands for two things in the package: a reader who searches for one finds one."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

CI = Path(__file__).resolve().parents[1] / "ci"
FAMILIES = {"__init__.py", "engine.py", "box.py", "environment.py", "survey.py"}
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


def imported(file: Path, modules: dict[str, Path]) -> set[str]:
    """Return the modules of the package that a file imports, inside of functions too, but not for types alone."""
    parts = file.relative_to(CI.parent).with_suffix("").parts
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join((*parts[: -node.level], *([node.module] if node.module else [])))
            names = {f"{base}.{each.name}" for each in node.names}
            found |= {name if name in modules else base for name in names}
        else:
            waiting += ast.iter_child_nodes(node)
    return found & modules.keys()


def test_no_imports_go_in_a_circle():
    modules = {".".join(file.relative_to(CI.parent).with_suffix("").parts): file for file in CI.rglob("*.py")}
    graph = {name: imported(file, modules) for name, file in modules.items()}
    assert graph["ci.cli.run"] > {"ci.project.project", "ci.dataclass"}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError
