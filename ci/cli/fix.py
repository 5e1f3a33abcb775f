"""``validate --fix``: the safe part of a config's way to version 2.1, written into its file."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
from pathlib import Path

from ..compiler.migration import Migration, migrate
from ..errors import Problem, UsageError
from ..escapes import visible, visible_name
from ..project.project import decoded, find_project
from ..source.load import load

MARK = "\ufeff"


def fix(file: str, start: Path) -> None:
    """Rewrite the file, or without one the project's config, and print what changed; ``-`` prints the new text.

    Raises ConfigError for what is not YAML, UsageError for what cannot be read or written.
    """
    project = None if file else find_project(start)
    path = project.config if project else Path(file)
    name = project.config_name if project else "stdin" if file == "-" else file
    try:
        content = sys.stdin.buffer.read() if file == "-" else path.read_bytes()
        text = decoded(content, name)
        load(text, name)
        found = migrate(text)
        if file == "-":
            sys.stdout.write(found.text)
        elif found.changed:
            _write(path, (MARK if content.startswith(MARK.encode()) else "") + found.text)
            _show(text, found, name)
    except OSError as error:
        raise UsageError(Problem(f"{name}: {error.strerror}")) from None
    for each in found.left:
        print(visible_name(f"warning: {name}: {each}"), file=sys.stderr)


def _write(path: Path, text: str) -> None:
    """Replace the file as a whole, its mode kept; a link stays one."""
    target = path.resolve()
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(text.encode())
        shutil.copymode(target, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _show(old: str, found: Migration, name: str) -> None:
    lines = difflib.unified_diff(old.splitlines(), found.text.splitlines(), name, name, lineterm="", n=1)
    print(visible("\n".join(lines)))
