"""What a project asks for that is the user's: variables, folders, the way out of containers.

None of it counts without the user's consent, which trust/consent.py asks for. What the user says on the command line,
by NOX_CIRCLECI_* variables or in settings of their own needs none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .layers import PREFIX, Layers, first
from .passable import may_pass
from .settings import ProjectSettings

COMMAND_LINE = "--pass-env"
VARIABLE = f"{PREFIX}PASS_ENV"
USER = "your settings"

LINKED = " from "
"""Stands between a context and its file where the project links to that; no name of a context has a slash."""

DEFAULTS: Mapping[str, object] = {
    "engine": "auto",
    "isolation": "auto",
    "machine": "",
    "allow_docker": False,
    "ssh_agent": False,
}
"""Options by which a job may reach more of this machine."""
HARMLESS = {"engine": "docker", "isolation": "namespace", "allow_docker": False, "ssh_agent": False}
"""Their values that only take something away from a job."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A variable of the user's that jobs get, and who asked for it."""

    name: str
    source: str
    folder: bool = False
    """Whether the folder that it names goes along."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing of the user's that a project asks for: a setting, or a key of its config, and the value."""

    key: str
    value: str
    present: bool = field(default=True, compare=False)
    """False for what is not here, such as a variable that is not set: nobody is asked about that."""

    def __str__(self) -> str:
        value = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in self.value)
        return f"{self.key} = {value}"

    @property
    def meaning(self) -> str:
        """Return what a job can do with it."""
        return _MEANING.get((self.key, self.value)) or _MEANING[self.key, ""]


_MEANING = {
    ("pass-env", ""): "every job gets the value of this variable of yours",
    ("pass-folder", ""): "every job gets this variable of yours, and the folder that it names",
    ("share", ""): "jobs on this machine read and write this folder",
    ("engine", "host"): "jobs run on this machine, not in containers",
    ("engine", "circleci"): "jobs run in CircleCI's CLI, with its settings and its server",
    ("engine", ""): "where jobs run is no longer what you have set",
    ("isolation", ""): "jobs on this machine are kept apart less than you have set",
    ("machine", ""): "machine executors run on this machine, not in containers",
    ("allow-docker", ""): "jobs may use this machine's Docker engine, and with it everything here",
    ("context", ""): "jobs that name this context get its variables from a file of yours",
    ("auth", ""): "this variable of yours is sent to that registry",
    ("ssh-agent", ""): "jobs may use the keys of your ssh agent",
}


def choose(layers: Layers, name: str) -> Any:
    """Return the value of an option of DEFAULTS as far as no permission is needed."""
    stated = first(name, None, layers.given, layers.variables)
    if stated is not None:
        return stated
    own, project = first(name, DEFAULTS[name], layers.user), getattr(layers.project, name)
    return project if project is not None and project == HARMLESS.get(name) else own


def passes(layers: Layers, settings: ProjectSettings) -> tuple[Pass, ...]:
    """Return the variables that the user passes, each once."""
    user = settings.user or ProjectSettings()
    found = [
        *(Pass(name, USER, folder=True) for name in user.pass_folder),
        *(Pass(name, COMMAND_LINE) for name in layers.given.pass_env),
        *(Pass(name, VARIABLE) for name in layers.variables.pass_env),
        *(Pass(name, USER) for name in user.pass_env),
    ]
    return tuple({each.name: each for each in reversed(found)}.values())[::-1]


def shared(layers: Layers) -> tuple[str, ...]:
    """Return the folders that the user shares, each once."""
    return tuple(dict.fromkeys([*layers.given.share, *layers.variables.share, *layers.user.share]))


def requested(layers: Layers, settings: ProjectSettings, environ: Mapping[str, str]) -> tuple[Permission, ...]:
    """Return what the project's file asks for and the user does not grant in other ways."""
    return tuple(dict.fromkeys([*_variables(layers, settings, environ), *_folders(layers), *_options(layers)]))


def _variables(layers: Layers, settings: ProjectSettings, environ: Mapping[str, str]) -> Iterator[Permission]:
    own = passes(layers, settings)
    names, folders = {each.name for each in own}, {each.name for each in own if each.folder}
    for key, wanted, known in (("pass-env", settings.pass_env, names), ("pass-folder", settings.pass_folder, folders)):
        for name in wanted:
            if name not in known and may_pass(name):
                yield Permission(key, name, name in environ)


def _folders(layers: Layers) -> Iterator[Permission]:
    for folder in layers.project.share:
        real = os.path.realpath(folder)  # a link of the project's may lead elsewhere tomorrow
        if not {folder, real} & set(shared(layers)):
            yield Permission("share", real, os.path.isdir(real))


def _options(layers: Layers) -> Iterator[Permission]:
    for name in DEFAULTS:
        wanted = getattr(layers.project, name)
        stated = first(name, None, layers.given, layers.variables)
        if stated is None and wanted is not None and wanted != choose(layers, name):
            yield Permission(name.replace("_", "-"), str(wanted).lower() if isinstance(wanted, bool) else wanted)
