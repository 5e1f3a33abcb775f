"""Settings from files: a project's ``[tool.nox-circleci]`` in pyproject.toml, and the user's own config.toml.

Both have the same keys. What a project's file may take of the user's is decided in permissions.py.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import Position, Problem, UsageError
from ..source.suggest import choices


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The content of one settings file; ``options`` are defaults of command line options."""

    python_from: str = ""
    pass_env: tuple[str, ...] = ()
    pass_folder: tuple[str, ...] = ()
    """Variables to pass that may name a folder, which goes where the steps are."""
    share: tuple[str, ...] = ()
    """Folders that jobs on the host engine share with this machine, absolute or from ``~``."""
    machine_image: str = ""
    images: tuple[tuple[str, str], ...] = ()
    """Executors with the Dockerfile that their image is built from."""
    options: tuple[tuple[str, str], ...] = ()
    user: ProjectSettings | None = None
    """The user's own settings, in a project's."""
    places: tuple[tuple[str, Position], ...] = field(default=(), compare=False)
    """Where each key stands."""

    def place(self, key: str) -> Position | None:
        """Return where a key stands in its file."""
        return dict(self.places).get(key)


OPTIONS = (
    "engine",
    "isolation",
    "parallel",
    "pull",
    "fail-fast",
    "platform",
    "log-limit",
    "machine",
    "allow-docker",
    "ssh-agent",
    "tty",
    "compiler",
)
KNOWN = ("python-from", "pass-env", "pass-folder", "share", "machine-image", "images", *OPTIONS)
PYPROJECT = "pyproject.toml"
_IN_MESSAGE = re.compile(r" ?\(?\bat line (\d+), column (\d+)\)?")


def read_settings(project: Path, environ: Mapping[str, str] | None = None) -> ProjectSettings:
    """Return the settings of a project over those of the user; defaults where neither file has any.

    Raises UsageError for a file that cannot be read, does not parse, has an unknown key or a value of a wrong type.
    """
    user = read_user_settings(os.environ if environ is None else environ)
    found = _read_pyproject(project)
    if user is None:
        return found
    return replace(
        found,
        python_from=found.python_from or user.python_from,
        machine_image=found.machine_image or user.machine_image,
        images=tuple({**dict(user.images), **dict(found.images)}.items()),
        user=user,
    )


def user_file(environ: Mapping[str, str]) -> Path | None:
    """Return the place of the user's own settings; None for a user without a home folder.

    A relative XDG_CONFIG_HOME is ignored: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    return user_place(environ, "XDG_CONFIG_HOME", ".config", "config.toml")


def user_place(environ: Mapping[str, str], variable: str, below_home: str, name: str) -> Path | None:
    """Return a place of ours in one of the user's base directories, which a variable may move."""
    base, home = environ.get(variable, ""), environ.get("HOME", "")
    if os.path.isabs(base):
        return Path(base) / "nox-circleci" / name
    return Path(home) / below_home / "nox-circleci" / name if os.path.isabs(home) else None


def read_user_settings(environ: Mapping[str, str]) -> ProjectSettings | None:
    """Return the user's own settings; None where there is no such file. Raises UsageError as ``read_settings`` does."""
    path = user_file(environ)
    content = _content(path, str(path)) if path else None
    if content is None:
        return None
    text = _decoded(content, str(path))
    return _settings(_File(str(path), text, ""), _parsed(text, str(path)))


def _read_pyproject(project: Path) -> ProjectSettings:
    content = _content(project / PYPROJECT, PYPROJECT)
    if content is None or b"nox-circleci" not in content:
        return ProjectSettings()
    text = _decoded(content, PYPROJECT)
    file = _File(PYPROJECT, text, "tool.nox-circleci")
    tool = _parsed(text, PYPROJECT).get("tool", {})
    table = tool.get("nox-circleci", {}) if isinstance(tool, dict) else tool
    if not isinstance(table, dict):
        raise UsageError(Problem("tool.nox-circleci must be a table", file.place("nox-circleci")))
    return _settings(file, table)


@dataclass(frozen=True, slots=True)
class _File:
    """A settings file, for messages: its name, its text, the table that has the settings."""

    name: str
    text: str
    table: str

    def place(self, key: str) -> Position | None:
        """Find the line that sets a key; None where it cannot be found by its spelling."""
        name = re.escape(key)
        assigned = re.compile(rf"""^\s*\[?\s*(?:[\w".-]+\.)?(["']?){name}\1\s*(?:[.=\]])""", re.MULTILINE)
        start = self.text.find(self.table)
        found = assigned.search(self.text, 0 if start < 0 else self.text.rfind("\n", 0, start) + 1)
        if found is None:
            return None
        at = self.text.index(key, found.start())
        return Position(self.name, self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at))

    def error(self, key: str, message: str, hint: str = "") -> UsageError:
        """Return the error about a key, at its place."""
        place = self.place(key)
        where = "" if place else f"{self.name}: "
        table = f"[{self.table}] " if self.table else ""
        return UsageError(Problem(f"{where}{table}{message}", place, hint))


def _content(path: Path, name: str) -> bytes | None:
    try:
        if not stat.S_ISREG(mode := path.stat().st_mode) and not stat.S_ISDIR(mode):
            raise OSError(errno.EINVAL, "it is a device or a pipe")  # which may never end
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        raise UsageError(Problem(f"{name} is a folder, not a file", None, f"It is {path}.")) from None
    except OSError as error:
        raise UsageError(Problem(f"{name} cannot be read: {error.strerror}", None, f"It is {path}.")) from None


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Position(name, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise UsageError(Problem(f"not UTF-8: {error.reason}", place, "Save the file as UTF-8.")) from None


def _parsed(text: str, name: str) -> Mapping[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UsageError(Problem(f"{name}: too deeply nested")) from None
    except ValueError as error:  # a TOMLDecodeError, or a number or date that does not exist
        found = _IN_MESSAGE.search(str(error))
        place = Position(name, int(found[1]), int(found[2])) if found else _end(text, name)
        message = _IN_MESSAGE.sub("", str(error)).removesuffix(" (at end of document)")
        raise UsageError(Problem(f"not TOML: {message}", place)) from None


def _end(text: str, name: str) -> Position:
    last = text.rstrip("\n")
    return Position(name, last.count("\n") + 1, len(last) - last.rfind("\n"))


def _settings(file: _File, table: Mapping[str, object]) -> ProjectSettings:
    unknown = [
        file.error(key, f"there is no setting {key!r}", choices(key, KNOWN)) for key in table if key not in KNOWN
    ]
    if unknown:
        raise UsageError(*(problem for error in unknown for problem in error.problems))
    places = ((key, file.place(key)) for key in table)
    return ProjectSettings(
        python_from=_text(file, table, "python-from"),
        pass_env=_texts(file, table, "pass-env"),
        pass_folder=_texts(file, table, "pass-folder"),
        share=_texts(file, table, "share"),
        machine_image=_text(file, table, "machine-image"),
        images=_pairs(file, table, "images"),
        options=tuple((key, _option(file, key, table[key])) for key in OPTIONS if key in table),
        places=tuple((key, place) for key, place in places if place),
    )


def _text(file: _File, table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise file.error(key, f"{key} must be a string")
    return value


def _texts(file: _File, table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise file.error(key, f"{key} must be a list of strings")
    return tuple(value)


def _pairs(file: _File, table: Mapping[str, object], key: str) -> tuple[tuple[str, str], ...]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise file.error(key, f"{key} must be a table of strings")
    return tuple(value.items())


def _option(file: _File, key: str, value: object) -> str:
    if not isinstance(value, str | bool | int):
        raise file.error(key, f"{key} must be a string, a number, true or false")
    return str(value).lower() if isinstance(value, bool) else str(value)
