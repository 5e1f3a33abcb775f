"""Settings from files: a project's ``[tool.nox-circleci]`` in pyproject.toml, and the user's own config.toml.

Both have the same keys: those of ProjectSettings, and of the options in table.py that have a setting. What a project's
file may take of the user's is decided in resolve.py.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataclass import dataclass, field, replace
from ..errors import Position, Problem, UsageError
from ..source.suggest import choices
from .declaration import Consent, Option, Shape, declarations, setting

if TYPE_CHECKING:
    from .needs import ToolNeed


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The content of one settings file; a project's has the user's own below it."""

    python_from: str = setting("string", "an executor's variable that names its Python: `X.Y`, in quotes")
    pass_folder: tuple[str, ...] = setting(
        "list",
        "as `pass-env`; if the variable names a folder, jobs get the folder too",
        Consent("every job gets this variable of yours, and the folder that it names"),
    )
    env_commands: tuple[tuple[str, str], ...] = setting(
        "table",
        "variables, each with the command that prints its value for `--env NAME`, such as `pass show db`; it runs on "
        "this machine, without a shell",
        Consent("this command runs on your machine, and every job gets what it prints"),
    )
    machine_image: str = setting("string", "the image in whose containers `machine` executors run")
    images: tuple[tuple[str, str], ...] = setting(
        "table", "executors, each with the Dockerfile that its image is built from"
    )
    no_reuse: tuple[str, ...] = setting("list", "jobs that `--reuse` always runs")
    needs: tuple[ToolNeed, ...] = setting("needs", "what jobs need of this machine, for `doctor`: see projects.md")
    options: tuple[tuple[str, str], ...] = ()
    """Settings that are options of the command line too, by key: one pair for each item of a list."""
    user: ProjectSettings | None = None
    """The user's own settings, in a project's."""
    places: tuple[tuple[str, Position], ...] = field(default=(), compare=False)
    """Where each key stands."""

    def place(self, key: str) -> Position | None:
        """Return where a key stands in its file."""
        return dict(self.places).get(key)


SETTINGS = declarations(ProjectSettings)
"""The settings without an option on the command line."""
PASS_FOLDER = next(each for each in SETTINGS if each.field == "pass_folder")
ENV_COMMANDS = next(each for each in SETTINGS if each.field == "env_commands")
PYPROJECT = "pyproject.toml"
_IN_MESSAGE = r" ?\(?\bat line (\d+), column (\d+)\)?"


def read_settings(project: Path, environ: Mapping[str, str] | None = None) -> ProjectSettings:
    """Return the settings of a project over those of the user; defaults if neither file has any.

    Raises UsageError for a file that cannot be read, does not parse, has an unknown key or a value of a wrong type.
    """
    user = read_user_settings(os.environ if environ is None else environ)
    found = _read_pyproject(project)
    if user is None:
        return found
    shared = {each.field: _over(each, found, user) for each in SETTINGS if each.consent is None}
    return replace(found, user=user, **shared)


def _over(setting: Option, project: ProjectSettings, user: ProjectSettings) -> Any:
    """Return a setting of the project's over the user's: entry by entry in a table, together in a list."""
    stronger, weaker = getattr(project, setting.field), getattr(user, setting.field)
    if setting.shape == "list":
        return tuple(dict.fromkeys((*stronger, *weaker)))
    return tuple({**dict(weaker), **dict(stronger)}.items()) if setting.shape == "table" else stronger or weaker


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
    """Return the user's own settings; None if there is no such file. Raises UsageError as ``read_settings`` does."""
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
        """Find the line that sets a key; None if it cannot be found by its spelling."""
        sub_table, _, name = key.rpartition(".")
        assigned = re.compile(rf"""^\s*\[?\s*(?:[\w".-]+\.)?(["']?){re.escape(name)}\1\s*(?:[.=\]])""", re.MULTILINE)
        start = max(self.text.find(self.table), self.text.find(f"[{self._nested(sub_table)}]") if sub_table else -1)
        found = assigned.search(self.text, 0 if start < 0 else self.text.rfind("\n", 0, start) + 1)
        if found is None:
            return None
        at = self.text.index(name, found.start())
        return Position(self.name, self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at))

    def _nested(self, sub_table: str) -> str:
        return f"{self.table}.{sub_table}" if self.table else sub_table

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
        found = re.search(_IN_MESSAGE, str(error))
        place = Position(name, int(found[1]), int(found[2])) if found else _end(text, name)
        message = re.sub(_IN_MESSAGE, "", str(error)).removesuffix(" (at end of document)")
        raise UsageError(Problem(f"not TOML: {message}", place)) from None


def _end(text: str, name: str) -> Position:
    last = text.rstrip("\n")
    return Position(name, last.count("\n") + 1, len(last) - last.rfind("\n"))


def _settings(file: _File, table: Mapping[str, object]) -> ProjectSettings:
    from .table import table as options

    keyed = [each for each in options() if each.key]
    known = [each.key for each in (*SETTINGS, *keyed)]
    table = _flat(file, table, {key.partition(".")[0] for key in known if "." in key})
    unknown = [file.error(key, f"there is no setting {key!r}", _hint(key, known)) for key in table if key not in known]
    if unknown:
        raise UsageError(*(problem for error in unknown for problem in error.problems))
    places = ((key, file.place(key)) for key in table)
    return ProjectSettings(
        **{each.field: _READERS[each.shape](file, each.key, table[each.key]) for each in SETTINGS if each.key in table},
        options=tuple(pair for each in keyed if each.key in table for pair in _option(file, each, table[each.key])),
        places=tuple((key, place) for key, place in places if place),
    )


def _flat(file: _File, table: Mapping[str, object], sub_tables: Collection[str]) -> Mapping[str, object]:
    """Return the table with a dotted key for each key of those sub-tables."""
    found: dict[str, object] = {}
    for key, value in table.items():
        if key not in sub_tables:
            found[key] = value
        elif isinstance(value, dict):
            found.update((f"{key}.{name}", each) for name, each in value.items())
        else:
            raise file.error(key, f"{key} must be a table")
    return found


def _hint(key: str, known: Sequence[str]) -> str:
    """Return what may be meant by an unknown key."""
    sub_table, _, name = key.rpartition(".")
    same = [each for each in known if each != key and name in (each, each.rpartition(".")[2], each.rpartition("-")[2])]
    if sub_table and name in known:
        return f"{name} stands outside of the table {sub_table}."
    return f"It is {same[0]}." if sub_table and same else choices(key, known)


def _option(file: _File, option: Option, value: object) -> Iterator[tuple[str, str]]:
    found = _READERS[option.shape](file, option.key, value)
    return ((option.key, each) for each in (found if option.shape == "list" else (found,)))


def _text(file: _File, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise file.error(key, f"{key} must be a string")
    return value


def _texts(file: _File, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise file.error(key, f"{key} must be a list of strings")
    return tuple(value)


def _pairs(file: _File, key: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise file.error(key, f"{key} must be a table of strings")
    return tuple(value.items())


def _needs(file: _File, key: str, value: object) -> tuple[ToolNeed, ...]:
    if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
        raise file.error(key, f"{key} must be a table of tables")
    from .needs import need  # few projects have the table

    found = []
    for name, entry in value.items():
        try:
            found.append(need(name, entry))
        except ValueError as error:
            raise file.error(name, f"{key}.{name}: {error}") from None
    return tuple(found)


def _scalar(file: _File, key: str, value: object) -> str:
    if not isinstance(value, str | bool | int | float):
        raise file.error(key, f"{key} must be a string, a number, true or false")
    return str(value).lower() if isinstance(value, bool) else str(value)


_READERS: Mapping[Shape, Callable[[_File, str, object], Any]] = {
    "value": _scalar,
    "string": _text,
    "list": _texts,
    "table": _pairs,
    "needs": _needs,
}
