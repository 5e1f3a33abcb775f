"""``extension``: this program among the commands that ``circleci --help`` of a 1.x CLI lists.

That CLI runs every ``circleci-NAME`` of PATH as ``circleci NAME``, and lists those alone that have a manifest in its
folder of extensions (its sources: internal/extension/store.go, internal/cmd/extension/extension.go).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import PASSED, Problem, UsageError
from ..options.parser import command_parser
from .screen import show

NAME, PROGRAM = "local", "circleci-local"
VERSION = "dev"
"""For any other one the CLI asks its registry, up to three seconds long, whether there is a newer one."""


def command(argv: Sequence[str], start: Path) -> int:
    """Write the manifest, or remove the one that was written."""
    given = command_parser("extension").parse(argv)
    folder = _folder(os.environ)
    manifest = folder / "manifest.yml"
    try:
        if given.what == "remove":
            _remove(manifest)
        else:
            _write(manifest, _program())
    except OSError as error:
        raise UsageError(Problem(f"{manifest}: {error.strerror}")) from None
    return PASSED


def _folder(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_DATA_HOME") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".local/share")
    return Path(base) / "circleci" / "extensions" / PROGRAM


def _program() -> Path:
    """Return where the installed program is; raise UsageError for a clone, which has none."""
    running = Path(os.path.abspath(sys.argv[0]))
    own = running if running.name == PROGRAM else Path(sys.executable).with_name(PROGRAM)
    if not own.is_file():
        hint = "Install the package: pip install . in its clone."
        hint = "Install the package: pip install . in its clone."
        raise UsageError(Problem(f"there is no program {own}", None, hint))
    return own


def _write(manifest: Path, program: Path) -> None:
    if manifest.exists() and not _is_ours(manifest):
        hint = "Remove it: circleci extension remove local"
        hint = "Remove it: circleci extension remove local"
        raise UsageError(Problem(f"{manifest} is of another extension", None, hint))
    manifest.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"name: {NAME}", f"binary_name: {PROGRAM}", f"version: {VERSION}", f"path: {json.dumps(str(program))}")
    draft = manifest.with_name(f"{manifest.name}.{os.getpid()}")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(manifest)
    show(f"{manifest} written: `circleci --help` of a 1.x CLI lists `{NAME}`, from any folder")


def _remove(manifest: Path) -> None:
    if not manifest.exists() or not _is_ours(manifest):
        show("nothing to remove")
        return
    manifest.unlink()
    manifest.parent.rmdir()
    show(f"{manifest} removed")


def _is_ours(manifest: Path) -> bool:
    """Return whether we wrote a manifest: those of the CLI's own downloads have an address."""
    text = manifest.read_text(encoding="utf-8", errors="replace")
    return f"version: {VERSION}\n" in text and "url:" not in text
