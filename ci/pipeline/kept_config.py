"""Compiled configs, kept so that what has not changed is not compiled again.

One is used only if everything that the compiler read is the same: the config's text, what it asked of git and of the
orbs here (each question is asked again), what was chosen, the files of this package and of the libraries. Errors are
not kept, nor what comes of parameters, which may be secret.

They are in the user's own cache folder, in files that only the user can have written: never in a project, whose
repository could bring one along.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..dataclass import dataclass, field
from ..options.settings import user_place
from ..system.command_names import typed_command
from ..system.private_files import FILE_MODE, NO_LINK, make_folder
from ..workflow.pipeline_event import PipelineEvent
from .loaded_config import LoadedConfig
from .session_list import Session

TYPE_CHECKING = False
if TYPE_CHECKING:  # a config that asked nothing of git needs nothing that asks
    from ..project.project import Project
    from ..source.nodes import Value

KEPT = 64
"""Files that are kept; the oldest go."""
STAMPED = ("compiler", "git", "orbs", "pipeline", "source", "workflow")
"""Packages that have a part in what a config compiles to, beside the modules at the top."""
LIBRARIES = ("yaml", "yaml._yaml", "regex", "regex._regex", "_yaml", "_regex")
_HEAD = b"nox-circleci config 1 "
_PACKAGE = os.path.dirname(os.path.dirname(__file__))


@dataclass(frozen=True, slots=True)
class ConfigChoice:
    """What the user chose that the compiler knows."""

    branch: str | None = None
    tag: str | None = None
    classic: bool = False
    strict: bool = False
    event: PipelineEvent = field(default_factory=PipelineEvent)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the compiler asked, with the answers."""

    values: Mapping[str, Value]
    """Pipeline values by name; None for what neither git nor the event has."""
    orbs: Sequence[tuple[str, str, object]] = ()
    """Questions about orbs: the method of ``OrbSources``, the reference and the answer as plain data."""


def find_kept(project: Project, choice: ConfigChoice, text: str) -> LoadedConfig | None:
    """Return what the config came to before; None if it is not known, or if anything has changed since."""
    place = _place(project, choice)
    try:
        kept = _read(place) if place else None
        if kept is None or kept["key"] != _key(project, choice) or kept["text"] != text:
            return None
        if kept["stamp"] != package_stamp() or any(_file_stamp(path) != (path, *was) for path, *was in kept["files"]):
            return None
        if kept["named"] not in ("", typed_command("orbs")):  # their hints name another program
            return None
        return _loaded(kept) if _same_answers(project, choice, kept["values"], kept["orbs"]) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError):
        return None


def keep(project: Project, choice: ConfigChoice, text: str, asked: Asked, config: LoadedConfig, stamp: str) -> None:
    """Keep what a config came to; do nothing if the user has no folder for it, or it cannot be written.

    ``stamp`` is the package's before the compiler was loaded: if it has changed, the loaded one may be either.
    """
    place = _place(project, choice)
    if place is None or package_stamp() != stamp:
        return
    with contextlib.suppress(OSError, TypeError, ValueError):
        _write(place, marshal.dumps(_content(project, choice, text, asked, config) | {"stamp": stamp}))
        _prune(place.parent)


def _content(
    project: Project, choice: ConfigChoice, text: str, asked: Asked, config: LoadedConfig
) -> dict[str, object]:
    """Return what is kept, as plain data; raise TypeError or ValueError for what is not plain."""
    from ..workflow.plain_data import to_plain

    files = [_file_stamp(path) for name in LIBRARIES if (path := getattr(sys.modules.get(name), "__file__", None))]
    problems = {name: to_plain(getattr(config, name)) for name in ("unusable", "warnings", "missing")}
    return {
        "key": _key(project, choice),
        "text": text,
        "files": files,
        "values": dict(asked.values),
        "orbs": list(asked.orbs),
        "sessions": [(each.name, each.description, each.arguments, each.tags) for each in config.sessions],
        "named": typed_command("orbs") if any(problems.values()) else "",
        "problems": marshal.dumps(problems) if any(problems.values()) else b"",
        "workflows": marshal.dumps(to_plain(() if config.unusable else config.load())),
        "plain": (config.text, config.chosen, config.setup, config.declared),
    }


def package_stamp() -> str:
    """Return what changes with the files of this package that have a part in compiling, and with this Python."""
    folders = (_PACKAGE, *(os.path.join(_PACKAGE, name) for name in STAMPED))
    files = sorted(_file_stamp(path) for folder in folders for path in _sources(folder))
    text = repr((sys.version, sys.prefix, files))
    return f"{len(files)} {zlib.crc32(text.encode()):08x} {max(changed for _, changed, _ in files)}"


def _sources(folder: str) -> Iterator[str]:
    return (entry.path for entry in os.scandir(folder) if entry.name.endswith(".py"))


def _file_stamp(path: str) -> tuple[str, int, int]:
    found = os.stat(path)
    return path, found.st_mtime_ns, found.st_size


def _key(project: Project, choice: ConfigChoice) -> str:
    event = choice.event
    chosen = (choice.branch, choice.tag, choice.classic, choice.strict, event.kind, event.action, event.schedule)
    return repr((str(project.root), project.config_name, project.settings.python_from, chosen))


def _place(project: Project, choice: ConfigChoice) -> Path | None:
    """Return the file for a config; None if there is no folder that only the user writes to."""
    folder = user_place(os.environ, "XDG_CACHE_HOME", ".cache", "configs")
    if folder is None or not hasattr(os, "geteuid") or not _is_the_users(folder, project.root):
        return None
    return folder / f"{zlib.crc32(_key(project, choice).encode(errors='surrogateescape')):08x}"


def _is_the_users(folder: Path, root: Path) -> bool:
    """Return whether neither the project nor any repository can have brought a folder along."""
    real, top = os.path.realpath(folder), os.path.realpath(root)
    above = [real]
    while above[-1] != os.path.dirname(above[-1]):
        above.append(os.path.dirname(above[-1]))
    return top not in above and not any(os.path.lexists(os.path.join(each, ".git")) for each in above)


def _read(place: Path) -> Any:
    """Return the content of a file that only the user can have written; None for any other, and a damaged one."""
    with open(place, "rb", opener=lambda path, flags: os.open(path, flags | NO_LINK)) as file:
        status = os.fstat(file.fileno())
        if (
            not stat.S_ISREG(status.st_mode)
            or status.st_uid != os.geteuid()
            or stat.S_IMODE(status.st_mode) != FILE_MODE
        ):
            return None
        content = file.read()
    head, data = content[: len(_HEAD) + 8], content[len(_HEAD) + 8 :]
    return marshal.loads(data) if head == _head(data) else None


def _head(data: bytes) -> bytes:
    return _HEAD + f"{zlib.crc32(data):08x}".encode()


def _write(place: Path, data: bytes) -> None:
    """Write a file in one move: a reader finds the old one or the new one."""
    make_folder(place.parent)
    new = f"{place}.{os.getpid()}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, FILE_MODE), "wb") as file:
        file.write(_head(data) + data)
    os.replace(new, place)


def _prune(folder: Path) -> None:
    files = sorted(os.scandir(folder), key=lambda each: each.stat(follow_symlinks=False).st_mtime_ns)
    for each in files[:-KEPT]:
        os.unlink(each.path)


def _same_answers(project: Project, choice: ConfigChoice, values: Mapping[str, Any], orbs: Sequence[Any]) -> bool:
    """Return whether git and the folders of orbs answer as before."""
    if values:
        from ..git.event_values import EventValues

        now = EventValues(project.git, choice.event, choice.branch, choice.tag)
        if any(not _is_same(now.get(name), value) for name, value in values.items()):
            return False
    if not orbs:
        return True
    from ..errors import ConfigError
    from ..orbs.sources import LocalOrbs

    here = LocalOrbs(project.root)
    try:
        return all(orb_answer(getattr(here, method)(reference)) == answer for method, reference, answer in orbs)
    except ConfigError:
        return False


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def orb_answer(found: Any) -> object:
    """Return the answer of a source of orbs as plain data."""
    if found is None or isinstance(found, tuple):
        return found
    return [found.reference_resolved, found.text, found.file, found.warning, found.locked]


def _loaded(kept: Mapping[str, Any]) -> LoadedConfig:
    text, chosen, setup, declared = kept["plain"]
    problems = {"unusable": (), "warnings": (), "missing": ()}
    if kept["problems"]:
        from ..workflow.plain_data import from_plain

        problems = {name: from_plain(data) for name, data in marshal.loads(kept["problems"]).items()}

    def load() -> Any:
        from ..workflow.plain_data import from_plain

        return from_plain(marshal.loads(kept["workflows"]))

    return LoadedConfig(
        load=load,
        sessions=tuple(Session(*row) for row in kept["sessions"]),
        text=text,
        chosen=chosen,
        setup=setup,
        declared=declared,
        **problems,
    )
