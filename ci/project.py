"""A project with a CircleCI config: where its files are, and the config compiled with its values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .compiler.compile import compile_config
from .compiler.compiled import Compiled
from .compiler.pipeline import PipelineValues
from .errors import ConfigError, Position, Problem, UsageError
from .options import Options
from .orbs import LocalOrbs
from .pipeline import local_values
from .settings import ProjectSettings, read_settings
from .source.nodes import Value

CONFIG = Path(".circleci") / "config.yml"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a ``.circleci/config.yml``; ``state`` is where its runs and caches are kept."""

    root: Path
    settings: ProjectSettings

    @property
    def config(self) -> Path:
        return self.root / CONFIG

    @property
    def state(self) -> Path:
        return self.root / ".nox" / "ci"


def find_project(start: Path, environ: Mapping[str, str] | None = None) -> Project:
    """The project that CI_PROJECT names, else the nearest folder from ``start`` up that has a config.

    Where none has one it is ``start``. Raises UsageError where CI_PROJECT names no folder.
    """
    named = (os.environ if environ is None else environ).get("CI_PROJECT", "")
    if named:
        root = Path(named).expanduser().resolve()
        if not root.is_dir():
            raise UsageError(Problem(f"CI_PROJECT names no folder: {named}"))
    else:
        candidates = [start, *start.parents]
        root = next((folder for folder in candidates if (folder / CONFIG).is_file()), start)
    return Project(root, read_settings(root))


def read_config(project: Project) -> str:
    """The text of the project's config; ConfigError where it is missing or no text."""
    try:
        content = project.config.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        hint = "Run from a CircleCI project, or name one: CI_PROJECT=FOLDER."
        raise ConfigError(Problem(f"there is no {CONFIG} in {project.root}", None, hint)) from None
    return decoded(content, str(CONFIG))


def decoded(content: bytes, name: str) -> str:
    """A config's bytes as text; ConfigError, with the place, where they are not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        hint = "Save the file as UTF-8."
        raise ConfigError(Problem(f"not UTF-8: {error.reason}", Position(name, line, column), hint)) from None


def pipeline_values(project: Project, options: Options) -> PipelineValues:
    """The values that the config is compiled with: git's, the user's parameters."""
    values = local_values(project.root, branch=options.branch, tag=options.tag)
    texts: dict[str, str] = {}
    for param in options.params:
        name, separator, value = param.partition("=")
        if not separator or not name:
            raise UsageError(Problem(f"--param {param!r} is not NAME=VALUE"))
        texts[name] = value
    return PipelineValues(values=values, arguments=parameter_map(options.pipeline_parameters), texts=texts)


def parameter_map(text: str) -> dict[str, Value]:
    """``--pipeline-parameters``: a YAML map, or the name of a file that has one."""
    if not text:
        return {}
    from .source.load import load

    file = Path(text)
    try:
        is_file = file.is_file()
    except OSError:  # a long map is no file name
        is_file = False
    content = file.read_text(encoding="utf-8") if is_file else text
    plain = load(content, text if is_file else "--pipeline-parameters").plain
    return {key: value for key, value in plain.items() if isinstance(value, str | int | float | bool | None)}


def compile_project(project: Project, options: Options) -> Compiled:
    """The project's config, compiled; ConfigError holds all that is wrong with it."""
    return compile_text(project, options, read_config(project), str(CONFIG))


def compile_file(project: Project, options: Options, content: bytes, name: str) -> Compiled:
    """Another config than the project's own, with the project's values and orbs."""
    return compile_text(project, options, decoded(content, name), name)


def compile_text(project: Project, options: Options, text: str, name: str) -> Compiled:
    """A config's text, compiled with the values that the options choose."""
    return compile_config(text, name, pipeline_values(project, options), LocalOrbs(project.root))
