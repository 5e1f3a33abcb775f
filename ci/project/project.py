"""A project with a CircleCI config: where its files are."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..dataclass import dataclass, field
from ..errors import ConfigError, Position, Problem, UsageError
from ..git.reading import GitReading
from ..options.settings import ProjectSettings, read_settings
from ..source.limits import LIMITS

CONFIG = Path(".circleci") / "config.yml"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a ``.circleci/config.yml``; ``state`` is where its runs and caches are kept."""

    root: Path
    settings: ProjectSettings
    git: GitReading = field(repr=False, compare=False)
    """What git says of the folder, asked once for all who need it."""
    named: str = ""
    """Another config than its own, as it was named."""
    start: Path = Path()
    """The folder from which that is looked for."""

    @property
    def config(self) -> Path:
        return self.start / Path(self.named).expanduser() if self.named else self.root / CONFIG

    @property
    def config_name(self) -> str:
        """Return how messages call the config."""
        return self.named or str(CONFIG)

    @property
    def state(self) -> Path:
        return Path(os.path.realpath(self.root / ".nox")) / "ci"


def find_project(start: Path, environ: Mapping[str, str] | None = None, config: str = "") -> Project:
    """Return the project at ``find_root``, with its settings over the user's own.

    ``config``, else CI_CONFIG, names another config than the project's own, from ``start``.
    Raises UsageError if CI_PROJECT names no folder or a settings file is wrong.
    """
    variables = os.environ if environ is None else environ
    root = find_root(start, variables)
    settings = read_settings(root, variables)
    return Project(root, settings, GitReading(root), config or variables.get("CI_CONFIG", ""), start)


def find_root(start: Path, environ: Mapping[str, str]) -> Path:
    """Return the folder that CI_PROJECT names, else the nearest one from ``start`` up that has a config.

    It is ``start`` if none has one. Raises UsageError if CI_PROJECT names no folder.
    """
    named = environ.get("CI_PROJECT", "")
    if not named:
        candidates = [start, *start.parents]
        return next((folder for folder in candidates if (folder / CONFIG).is_file()), start)
    try:
        root = Path(named).expanduser().resolve()
    except (RuntimeError, ValueError):  # ~NAME of a user that does not exist
        root = None
    if root is None or not root.is_dir():
        raise UsageError(Problem(f"CI_PROJECT names no folder: {named}"))
    return root


def read_config(project: Project) -> str:
    """Return the text of the project's config. Raises ConfigError if it is missing or no text."""
    try:
        if not project.named and project.config.is_fifo():
            raise OSError(errno.EINVAL, "it is a pipe")  # which may never end
        content = _bounded(project.config)
    except (OSError, RuntimeError, ValueError) as error:  # the last two: ~NAME of nobody, NUL
        missing = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
        if project.named or not missing:
            reason = error.strerror if isinstance(error, OSError) else "there is no such file"
            raise ConfigError(Problem(f"the config {project.config_name} cannot be read: {reason}")) from None
        hint = "Run from a CircleCI project, or name one: CI_PROJECT=FOLDER."
        raise ConfigError(Problem(f"there is no {CONFIG} in {project.root}", None, hint)) from None
    return decoded(content, project.config_name)


def read_input(file: str) -> bytes:
    """Return the content of a file that an option names (``-``: standard input); UsageError if it cannot be read."""
    try:
        return sys.stdin.buffer.read(LIMITS.bytes + 1) if file == "-" else _bounded(Path(file))
    except OSError as error:
        raise UsageError(Problem(f"{file}: {error.strerror}")) from None


def _bounded(file: Path) -> bytes:
    """Return no more of a file's content than can be a config: a device has no end."""
    with file.open("rb") as content:
        return content.read(LIMITS.bytes + 1)


def decoded(content: bytes, name: str) -> str:
    """Return a config's bytes as text. Raises ConfigError, with the place, if they are not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        hint = "Save the file as UTF-8."
        raise ConfigError(Problem(f"not UTF-8: {error.reason}", Position(name, line, column), hint)) from None
