"""The project's own settings: ``[tool.nox-circleci]`` in its pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import Problem, UsageError
from .source.choices import choices


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What a project's pyproject.toml says to the runner; ``options`` are defaults of command line options."""

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


OPTIONS = ("engine", "isolation", "parallel", "pull", "fail-fast", "platform", "machine")
KNOWN = ("python-from", "pass-env", "pass-folder", "share", "machine-image", "images", *OPTIONS)


def read_settings(project: Path) -> ProjectSettings:
    """The settings of a project; the defaults where it has no pyproject.toml or no such table.

    Raises UsageError for a file that does not parse, an unknown setting or a value of a wrong type.
    """
    path = project / "pyproject.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ProjectSettings()
    if "nox-circleci" not in text:
        return ProjectSettings()
    table = _table(text, path)
    for key in table:
        if key not in KNOWN:
            message = f"{path.name}: [tool.nox-circleci] has no setting {key!r}"
            raise UsageError(Problem(message, None, choices(key, KNOWN)))
    return ProjectSettings(
        python_from=_text(table, "python-from"),
        pass_env=_texts(table, "pass-env"),
        pass_folder=_texts(table, "pass-folder"),
        share=_texts(table, "share"),
        machine_image=_text(table, "machine-image"),
        images=_pairs(table, "images"),
        options=tuple((key, _option(table[key])) for key in OPTIONS if key in table),
    )


def _table(text: str, path: Path) -> Mapping[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from None
    table = tool.get("nox-circleci", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path.name}: tool.nox-circleci must be a table")
    return table


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"pyproject.toml: [tool.nox-circleci] {key} must be a string")
    return value


def _texts(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"pyproject.toml: [tool.nox-circleci] {key} must be a list of strings")
    return tuple(value)


def _pairs(table: Mapping[str, object], key: str) -> tuple[tuple[str, str], ...]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise UsageError(f"pyproject.toml: [tool.nox-circleci] {key} must be a table of strings")
    return tuple(value.items())


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
