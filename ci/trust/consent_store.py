"""The store of consents: what the user has allowed the settings files of which project.

A folder for each project, named by the hash of its resolved path, below the user's state folder; in it a file for each
permission, named by the hash of its setting and value. Nothing is read, changed and written back: two runs at once
lose nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..options.permissions import Permission
from ..options.settings import user_place


@dataclass(frozen=True, slots=True)
class Consents:
    """What is allowed for one project; ``folder`` is None for a user without a state folder."""

    project: Path
    folder: Path | None

    @classmethod
    def of(cls, project: Path, environ: Mapping[str, str]) -> Consents:
        """Return those of a project, in $XDG_STATE_HOME or ~/.local/state."""
        root = project.resolve()
        base = user_place(environ, "XDG_STATE_HOME", ".local/state", "trust")
        return cls(root, base / _digest(os.fsencode(root)) if base else None)

    def __contains__(self, permission: Permission) -> bool:
        return self.folder is not None and self._read(self.folder / _name(permission)) == permission

    def __iter__(self) -> Iterator[Permission]:
        """Iterate over everything that is allowed, by setting and value."""
        files = sorted(self.folder.glob("*.json")) if self.folder else []
        found = [permission for file in files if (permission := self._read(file))]
        return iter(sorted(found, key=lambda each: (each.key, each.value)))

    def add(self, permissions: Iterable[Permission]) -> None:
        """Remember consents; UsageError if the user has no state folder, OSError if it cannot be written."""
        if self.folder is None:
            hint = "Set HOME or XDG_STATE_HOME; NOX_CIRCLECI_TRUST=1 allows it for one run."
            raise UsageError(Problem("there is no folder to remember a consent in", None, hint))
        _make_private(self.folder)
        for permission in permissions:
            content = {"project": str(self.project), "key": permission.key, "value": permission.value}
            _write(self.folder / _name(permission), json.dumps(content) + "\n")

    def revoke(self) -> int:
        """Forget everything that is allowed for the project; return how many consents that were."""
        files = list(self.folder.glob("*.json")) if self.folder else []
        for file in files:
            file.unlink(missing_ok=True)
        if self.folder:
            with contextlib.suppress(OSError):
                self.folder.rmdir()
        return len(files)

    def _read(self, file: Path) -> Permission | None:
        """Read a consent; None for a file that is missing, damaged, or another user's."""
        try:
            with open(file, encoding="utf-8") as opened:
                if os.fstat(opened.fileno()).st_uid != os.geteuid():
                    return None
                content = json.load(opened)
            if content["project"] != str(self.project):
                return None
            permission = Permission(content["key"], content["value"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return permission if file.name == _name(permission) else None


def _name(permission: Permission) -> str:
    return f"{_digest(f'{permission.key}={permission.value}'.encode(errors='surrogateescape'))}.json"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _make_private(folder: Path) -> None:
    folder.parent.parent.parent.mkdir(parents=True, exist_ok=True)
    for each in (folder.parent.parent, folder.parent, folder):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)


def _write(file: Path, text: str) -> None:
    """Write a private file that is there whole or not at all."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write(text)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
