"""A copy of the repositories of the user's submodules, for the job's ``git submodule update``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...git.remotes import config_lines, quoted
from ...git.user_repository import Source
from ...git.user_submodules import Submodule, is_plain
from .repository import copy_objects, write_text

_FILES = ("HEAD", "packed-refs", "shallow")
_FORMATS = ("core.repositoryformatversion", "extensions.objectformat")


def copy_submodules(source: Source, modules: Sequence[Submodule], folder: Path) -> None:
    """Copy submodules' repositories, and those of theirs, into a ``.git``, where ``git submodule update`` looks."""
    copies = [
        (place, folder / "modules" / module.name / place.relative_to(module.repository))
        for module in modules
        for place in (module.repository, *_nested(module.repository))
    ]
    settings = _settings(source, [place for place, _ in copies])
    for place, target in copies:
        _copy_repository(place, target, settings.get(place, ()))


def _nested(repository: Path) -> Iterator[Path]:
    for objects in sorted((repository / "modules").glob("**/objects")):
        relative = objects.relative_to(repository).as_posix()
        if is_plain(repository, relative) and (objects.parent / "HEAD").is_file():
            yield objects.parent


def _settings(source: Source, repositories: Sequence[Path]) -> Mapping[Path, Sequence[tuple[str, str]]]:
    """Return what each repository's own file of settings says, asked in one call: the files as includes of one."""
    if not repositories:
        return {}
    files = {f"file:{each}/config": each for each in repositories if is_plain(each, "config")}
    includes = "".join(f'[include]\npath = "{quoted(str(each))}/config"\n' for each in files.values())
    listed = source.git("config", "-z", "--show-origin", "--includes", "--file", "-", "--list", given=includes)
    fields = iter(listed.stdout.split("\0"))
    found: dict[Path, list[tuple[str, str]]] = {each: [] for each in repositories}
    for origin in fields:
        key, _, value = next(fields, "").partition("\n")
        if origin in files:
            found[files[origin]].append((key, value))
    return found


def _copy_repository(source: Path, target: Path, settings: Sequence[tuple[str, str]]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    copy_objects(source / "objects", target / "objects")
    for name in _FILES:
        if is_plain(source, name) and (source / name).is_file():
            shutil.copyfile(source / name, target / name)
    if is_plain(source, "refs"):
        shutil.copytree(source / "refs", target / "refs", ignore=_links, dirs_exist_ok=True)
    formats = [
        f"[{key.split('.')[0]}]\n\t{key.split('.')[1]} = {value}\n" for key, value in settings if key in _FORMATS
    ]
    write_text(target / "config", "".join([*formats, "[core]\n\tbare = false\n", *config_lines(settings)]))


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if os.path.islink(os.path.join(folder, name))]
