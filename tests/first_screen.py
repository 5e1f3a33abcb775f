"""The picture of README's first screen: ``nox -s picture``, or ``python -m tests.first_screen [FILE]``.

Makes a small project whose test fails, runs its workflow in a real terminal, mends the file, runs again what failed,
and draws what the terminal has shown then. Nothing is drawn that was not written by these commands.
"""

from __future__ import annotations

import io
import itertools
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from .projects import ROOT, make_project
from .windows import TerminalWindow

PICTURE = ROOT / "docs" / "first-screen.svg"
COLUMNS, ROWS = 96, 60

CONFIG = """
    version: 2.1
    jobs:
      build:
        docker: [{image: cimg/python:3.12}]
        steps:
          - checkout
          - run: {name: Compile, command: "mkdir -p dist && python3 -m compileall -q shop.py && cp shop.py dist/"}
          - persist_to_workspace: {root: ., paths: [dist]}
      lint:
        docker: [{image: cimg/python:3.12}]
        steps:
          - checkout
          - run: {name: Nothing left to do, command: "! grep -n TODO *.py"}
      test:
        docker: [{image: cimg/python:3.12}]
        steps:
          - checkout
          - attach_workspace: {at: .}
          - run: {name: Unit tests, command: python3 -m pytest -q --junitxml reports/junit.xml}
          - store_test_results: {path: reports}
    workflows:
      check:
        jobs: [build, lint, {test: {requires: [build]}}]
    """
FILES = {
    "shop.py": """\
        def total(prices, discount=0):
            return sum(prices) - discount / 100
        """,
    "conftest.py": "",
    "tests/test_shop.py": """\
        from shop import total


        def test_total():
            assert total([10, 20]) == 30


        def test_discount():
            assert total([10, 20], discount=50) == 15
        """,
    "noxfile.py": """\
        import nox_circleci

        nox_circleci.register(__file__)
        """,
    ".gitignore": ".nox\n__pycache__\n",
}
COMMANDS = (
    "nox -s check -- --parallel --engine host",
    "sed -i 's|- discount / 100|* (1 - discount / 100)|' shop.py",
    "nox -s rerun",
)
SHELL = "\n".join(
    [
        'typed() { printf \'\\033[1;32m$\\033[0m %s\\n\' "$1"; eval "$1"; }',
        *(f"typed {shlex.quote(command)}" for command in COMMANDS),
    ]
)
"""What the window's shell does: each command behind a prompt, then its own output."""

DARK = [0x484F58, 0xFF7B72, 0x3FB950, 0xD29922, 0x58A6FF, 0xBC8CFF, 0x39C5CF, 0xB1BAC4]
BRIGHT = [0x6E7681, 0xFFA198, 0x56D364, 0xE3B341, 0x79C0FF, 0xD2A8FF, 0x56D4DD, 0xF0F6FC]
GROUND, INK = 0x161B22, 0xC9D1D9
DRAWING = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>A workflow fails, its cause is shown, the file is fixed, and what failed is run again</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
<rect fill="#161b22" width="{width}" height="{height}" rx="8"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's frame of a picture without its window and its font, which would be fetched from elsewhere."""


def main(argv: Sequence[str]) -> None:
    file = Path(argv[0]) if argv else PICTURE
    with tempfile.TemporaryDirectory() as folder:
        file.write_text(picture(screen(Path(folder))), encoding="utf-8")


def screen(folder: Path) -> list[Text]:
    """Run the commands in a window in a new project; return what its rows show, to the last that is not empty."""
    (folder / "packages").mkdir()
    (folder / "packages" / "nox_circleci").symlink_to(ROOT / "ci")
    project = make_project(folder / "shop", CONFIG, **FILES)
    environ = {
        "PYTHONPATH": str(folder / "packages"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "NOX_DEFAULT_VENV_BACKEND": "none",
    }
    window = TerminalWindow(["bash", "-c", SHELL], project.path, COLUMNS, ROWS, environ)
    try:
        window.end()
        return list(rows(window.screen))
    finally:
        window.close()


def rows(shown: pyte.Screen) -> Iterator[Text]:
    """The rows of a screen with their colours."""
    used = len("\n".join(line.rstrip() for line in shown.display).rstrip().split("\n"))
    for at in range(used):
        cells = (shown.buffer[at][column] for column in range(shown.columns))
        row = Text()
        for style, alike in itertools.groupby(cells, key=style_of):
            row.append("".join(cell.data for cell in alike), style)
        row.rstrip()
        yield row


def style_of(cell: Any) -> Style:
    return Style(color=colour(cell.fg), bold=cell.bold, reverse=cell.reverse)


def colour(name: str) -> str | None:
    """A colour of pyte's in Rich's words."""
    if name == "default":
        return None
    if len(name) == 6 and all(letter in "0123456789abcdef" for letter in name):
        return f"#{name}"
    return name.replace("bright", "bright_").replace("brown", "yellow")


def theme() -> TerminalTheme:
    """Return the colours of the picture, for a light page as for a dark one."""
    ground, ink, *colours = (tuple(number.to_bytes(3, "big")) for number in (GROUND, INK, *DARK, *BRIGHT))
    return TerminalTheme(ground, ink, colours[:8], colours[8:])


def picture(shown: Sequence[Text]) -> str:
    """Draw rows of a terminal as an SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for row in shown:
        console.print(row, soft_wrap=True)
    return console.export_svg(theme=theme(), code_format=DRAWING, unique_id="first-screen")


if __name__ == "__main__":
    main(sys.argv[1:])
