"""The values that count, from all layers; what a project's file asks for that is the user's does not count by itself.

What the user sets on the command line, by NOX_CIRCLECI_* variables or in settings of their own needs no consent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from .declaration import Option
from .layers import Layers, Table
from .passable import may_pass
from .permissions import Pass, Permission
from .settings import ENV_COMMANDS, PASS_FOLDER, ProjectSettings
from .table import Options, by_key

USER = "your settings"


def resolve(layers: Layers, table: Table) -> Options:
    """Return the options with what the layers set of that table, as far as no permission is needed."""
    found = {each.field: _value(layers, each) for each in table if each.field != "passes"}
    for one, other in (("branch", "tag"), ("tag", "branch")):  # the one that was typed excludes a default of the other
        if getattr(layers.given, one, None) is not None and getattr(layers.given, other, None) is None:
            found[other] = None
    return Options(**found)


def _value(layers: Layers, option: Option) -> Any:
    if not option.key:
        given = getattr(layers.given, option.field)
        return option.default if given is None else tuple(given) if option.is_repeatable else given
    if option.is_repeatable:
        return layers.collected(option) if option.adds else tuple(layers.first(option))
    return choose(layers, option) if option.consent else layers.first(option)


def choose(layers: Layers, option: Option) -> Any:
    """Return the value of an option that may need consent, as far as it needs none."""
    project = getattr(layers.project, option.field)
    if layers.stated(option) or project is None or not option.consent or project != option.consent.harmless:
        return layers.own(option)
    return project


def passes(layers: Layers, settings: ProjectSettings) -> tuple[Pass, ...]:
    """Return the variables that the user passes, each once."""
    option, user = by_key("pass-env"), settings.user or ProjectSettings()
    found = [
        *(Pass(name, USER, folder=True) for name in user.pass_folder),
        *(Pass(name, f"--{option.name}") for name in layers.given.passes or ()),
        *(Pass(name, option.variable) for name in layers.variables.passes or ()),
        *(Pass(name, USER) for name in layers.user.passes or ()),
    ]
    return tuple({each.name: each for each in reversed(found)}.values())[::-1]


def requested(
    layers: Layers, table: Table, settings: ProjectSettings, environ: Mapping[str, str]
) -> tuple[Permission, ...]:
    """Return what the project's file asks for and the user does not grant in other ways."""
    found = [*_variables(layers, settings, environ), *_commands(layers, settings, environ)]
    found += [*_folders(layers), *_listed(layers, table), *requested_values(layers, table)]
    return tuple(dict.fromkeys(found))


def requested_values(layers: Layers, table: Table) -> tuple[Permission, ...]:
    """Return what the project's file asks for by options that have one value."""
    return tuple(_single(layers, [each for each in table if each.consent and not each.is_repeatable]))


def _variables(layers: Layers, settings: ProjectSettings, environ: Mapping[str, str]) -> Iterator[Permission]:
    own = passes(layers, settings)
    names, folders = {each.name for each in own}, {each.name for each in own if each.folder}
    asked = ((by_key("pass-env"), layers.project.passes or (), names), (PASS_FOLDER, settings.pass_folder, folders))
    for option, wanted, known in asked:
        for name in wanted:
            if name not in known and may_pass(name):
                yield _permission(option, name, name in environ)


def _folders(layers: Layers) -> Iterator[Permission]:
    option = by_key("share")
    for folder in layers.project.share or ():
        real = os.path.realpath(folder)  # a link of the project's may lead elsewhere tomorrow
        if not {folder, real} & set(layers.collected(option)):
            yield _permission(option, real, os.path.isdir(real))


def _commands(layers: Layers, settings: ProjectSettings, environ: Mapping[str, str]) -> Iterator[Permission]:
    """Yield the project's commands that print a secret; those that nothing asks for by ``--env NAME`` are not here."""
    every = (layers.given, layers.variables, layers.project, layers.user)
    asked = {word for layer in every for word in layer.env or () if "=" not in word} - set(environ)
    own = dict((settings.user or ProjectSettings()).env_commands)
    for name, command in settings.env_commands:
        if name not in own:
            yield _permission(ENV_COMMANDS, f"{name}={command}", name in asked)


def _listed(layers: Layers, table: Table) -> Iterator[Permission]:
    """Yield the items of other lists that need consent."""
    for option in table:
        if option.consent and option.is_repeatable and option.key not in ("pass-env", "share"):
            for item in getattr(layers.project, option.field) or ():
                if item not in layers.collected(option):
                    yield _permission(option, item)


def _single(layers: Layers, table: Table) -> Iterator[Permission]:
    for option in table:
        wanted = getattr(layers.project, option.field)
        if not layers.stated(option) and wanted is not None and wanted != choose(layers, option):
            yield _permission(option, str(wanted).lower() if option.is_switch else wanted)


def _permission(option: Option, value: str, present: bool = True) -> Permission:
    return Permission(option.key, value, present, option.consent.explain(value) if option.consent else "")
