"""Mutation testing of single modules, by mutmut in a copy of the project: ``nox -s mutation -- MODULE [MODULE ...]``.

MODULE is a file such as ``ci/compiler/expression.py``. The tests that must notice its mutants are those of its mirror,
``tests/compiler/test_expression.py``; ``TESTS`` names the tests of a module that has others. mutmut changes functions
and methods; tables and patterns at the top of a module stay as they are.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS: dict[str, list[str]] = {}
"""The tests of a module whose mirror is missing or not all of them; few and fast, each runs for most mutants."""
SLOW = {
    "ci/runtime/files/archive.py": "in_proportion or any_tree_survives",
}
"""Tests of a module that take seconds, in words of ``-k``: others notice what they would."""
LEFT_OUT = shutil.ignore_patterns(".git", ".nox", ".venv", "__pycache__", ".*_cache", "mutants")
SURVIVED = ("survived", "no tests", "suspicious")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="nox -s mutation --", description=__doc__)
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="a file of ci/")
    parser.add_argument("--keep", action="store_true", help="keep the copy with the mutants, and print where it is")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants that are tried at once")
    options = parser.parse_args(arguments)
    missing = [module for module in options.modules if not (ROOT / module).is_file()]
    if missing:
        parser.error(f"there is no {missing[0]}: name a file such as ci/compiler/expression.py")
    return max([_mutate(module, options.keep, options.jobs) for module in options.modules])


def _mutate(module: str, keep: bool, jobs: int) -> int:
    """Print what became of the mutants of one module; return 1 if mutmut could not run them."""
    folder = Path(tempfile.mkdtemp(prefix="nox-circleci-mutation-"))
    try:
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT, dirs_exist_ok=True)
        with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(_settings(module))
        ran = _mutmut(folder, "run", "--max-children", str(jobs))
        if ran.returncode:
            print(ran.stdout[-4000:], ran.stderr[-4000:], f"{module}: mutmut failed", sep="\n")
            return 1
        _report(module, folder)
    finally:
        if keep:
            print(f"the mutants are in {folder}")
        else:
            shutil.rmtree(folder)
    return 0


def _settings(module: str) -> str:
    package, name = module.removeprefix("ci/").rsplit("/", 1) if module.count("/") > 1 else ("", module[3:])
    tests = TESTS.get(module) or [str(Path("tests", package, f"test_{name}"))]
    picked = ["-k", f"not ({SLOW[module]})"] if module in SLOW else []
    copied = [path.name for path in ROOT.iterdir() if path.name not in (".git", ".nox", "ci", "tests", "mutants")]
    return f"""
[tool.mutmut]
source_paths = ["ci"]
only_mutate = ["{module}"]
also_copy = {copied}
pytest_add_cli_args = {["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", *picked]}
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
"""


def _mutmut(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    start = "import sys; sys.setrecursionlimit(10_000); from mutmut.__main__ import cli; cli()"  # three frames for one
    command = [sys.executable, "-c", start, *words]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONHASHSEED": "0"}, capture_output=True, text=True
    )


def _report(module: str, folder: Path) -> None:
    """Print the change of each mutant that no test noticed, with its line, and how many did not survive."""
    found = re.findall(r"^ +(\S+): (.+)$", _mutmut(folder, "results", "--all", "1").stdout, re.MULTILINE)
    source = (folder / "mutants" / module).read_text(encoding="utf-8")
    mutants, lines = _functions(source), source.splitlines()
    originals = _functions((folder / module).read_text(encoding="utf-8"))
    for name, status in found:
        if status in SURVIVED:
            mutant = name.rpartition(".")[2]
            at, change = _change(mutant, mutants, lines)
            print(f"# {status}: {module}:{originals[_original(mutant)].lineno + at} {mutant}\n{change}")
    counts = Counter(status for _, status in found)
    killed = len(found) - sum(counts[status] for status in SURVIVED)
    share = 100 * killed / len(found) if found else 0.0
    each = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    print(f"{module}: {killed} of {len(found)} mutants killed, {share:.1f} of 100 ({each})", flush=True)


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    """Return the functions of a module, methods as ``Class.method``."""
    tree = ast.parse(source)
    methods = [(each.name + ".", each) for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
    bodies = [*methods, ("", tree)]
    return {
        f"{prefix}{node.name}": node
        for prefix, body in bodies
        for node in body.body
        if isinstance(node, ast.FunctionDef)
    }


def _original(mutant: str) -> str:
    """Return the name of the function that a mutant is of: ``x_f`` is f, ``xǁCǁf`` is C.f."""
    name = re.sub(r"__mutmut_\d+$", "", mutant)
    return name[2:].replace("ǁ", ".")


def _change(mutant: str, functions: dict[str, ast.FunctionDef], lines: list[str]) -> tuple[int, str]:
    """Return how many lines behind its ``def`` a mutant begins to differ, and the lines that it changes."""
    owner = _original(mutant).rpartition(".")[0]
    names = [re.sub(r"__mutmut_\d+$", "__mutmut_orig", mutant), mutant]
    before, after = (
        lines[node.lineno : node.end_lineno]
        for node in (functions[f"{owner}.{name}" if owner else name] for name in names)
    )
    pairs = zip(before, after, strict=False)
    at = next((number for number, (one, other) in enumerate(pairs) if one != other), 0)
    shown = difflib.unified_diff(before, after, n=0, lineterm="")
    return 1 + at, "\n".join(line for line in shown if line[:2] not in ("--", "++", "@@"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
