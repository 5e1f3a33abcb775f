"""Which submodules the user has, and a copy of their repositories for the job's ``git submodule update``.

A submodule counts if the index has it. What ``.gitmodules`` says is text of the repository, which may name any place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...git.remotes import config_lines, quoted
from .repository import GITLINK, Source, copy_objects, write_text

_FILES = ("HEAD", "packed-refs", "shallow")
_FORMATS = ("core.repositoryformatversion", "extensions.objectformat")


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule whose repository the user has."""

    name: str
    path: str
    """Of its work tree, relative to the top."""
    repository: Path


def read_submodules(source: Source) -> tuple[Submodule, ...]:
    """Return the submodules whose repositories the user has, those of the submodules themselves aside."""
    if not is_plain(source.root, ".gitmodules") or not (source.root / ".gitmodules").is_file():
        return ()
    listed = source.git("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    entries = (entry.partition("\n") for entry in listed.stdout.split("\0") if entry)
    paths = {key[len("submodule.") : -len(".path")]: path for key, _, path in entries}
    paths = {name: path for name, path in paths.items() if _stays_below(name) and _stays_below(path)}
    tracked = _gitlinks(source, paths.values())
    found = ((name, path, _repository(source, name, path)) for name, path in paths.items() if path in tracked)
    return tuple(Submodule(name, path, repository) for name, path, repository in found if repository)


def is_plain(base: Path, relative: str) -> bool:
    """Return whether a path below a folder is there and leads through no link."""
    place = os.fspath(base)
    for part in relative.split("/"):
        place = f"{place}/{part}"
        if os.path.islink(place) or not os.path.lexists(place):
            return False
    return True


def _stays_below(name: str) -> bool:
    """Return whether a name or path leads nowhere but down. Git itself refuses the others as names."""
    parts = name.replace("\\", "/").split("/")
    return not {"", ".", "..", ".git"}.intersection(part.lower() for part in parts)


def _gitlinks(source: Source, paths: Iterable[str]) -> set[str]:
    asked = list(paths)
    if not asked:
        return set()
    listed = source.git("--literal-pathspecs", "ls-files", "-s", "-z", "--", *asked).stdout.split("\0")
    entries = (entry.partition("\t") for entry in listed if entry)
    return {path for entry, _, path in entries if entry.startswith(f"{GITLINK} ")}


def _repository(source: Source, name: str, path: str) -> Path | None:
    places = ((source.modules, name), (source.root, f"{path}/.git"))
    return next((base / within for base, within in places if is_plain(base, f"{within}/objects")), None)


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
