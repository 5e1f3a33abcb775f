"""``orbs add``: an orb from its sources (a folder, one file, a clone, a git URL), packed into a folder of orbs."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..dataclass import dataclass, field, replace
from ..errors import CiError, ConfigError, Position, Problem, UsageError
from ..source.load import load
from ..source.nodes import MapNode
from .folder_of_orbs import store
from .orb_repository import SUBMODULE, Repository, Version, cloned, is_address, is_repository
from .packing import ROOT_FILE, SINGLE_FILES, pack_file, pack_orb

NAME = re.compile(r"[A-Za-z0-9][\w-]*/[A-Za-z0-9][\w-]*\Z", re.ASCII)
PARTS = ("commands", "executors", "jobs", "orbs")

_VERSION = re.compile(r"(dev:[\w.-]+|\d+(\.\d+){0,2}|volatile)\Z", re.ASCII)
_DEPTH = 4
_FILES = (ROOT_FILE, *SINGLE_FILES)


@dataclass(frozen=True, slots=True)
class Added:
    """An orb that was added: its name with the version, what it was packed from, and where it is."""

    resolved: str
    origin: str
    path: Path


@dataclass(slots=True)
class Adding:
    """One orb that is being added to ``folder``; ``problems`` are of versions that could not be packed."""

    orb: str
    source: str
    folder: Path
    say: Callable[[str], None]
    added: list[Added] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, version: str = "") -> None:
        """Add one version: the one that is named, else the highest of a repository's tags.

        Raises UsageError or ConfigError if that cannot be.
        """
        check_name(self.orb)
        version = _checked(version)
        if is_address(self.source):
            with self._clone() as repository:
                self._of_repository(repository, version)
        elif is_repository(place := self._place()):
            if version.startswith("dev:") and (place / ".git").exists():
                self._of_files(place, version)
            else:
                self._of_repository(Repository(place, self.source), version)
        else:
            self._of_files(place, version)

    def add_all(self) -> None:
        """Add every version that has a tag. Raises UsageError if there is none, or none can be packed."""
        check_name(self.orb)
        if is_address(self.source):
            with self._clone() as repository:
                self._all_of(repository)
            return
        place = self._place()
        if not is_repository(place):
            hint = "Name a clone or a git URL; one version of a plain folder is added with --version."
            raise UsageError(Problem(f"{self.source} is not a git repository, so it has no tags", None, hint))
        self._all_of(Repository(place, self.source))

    def _place(self) -> Path:
        place = Path(self.source).expanduser()
        if not os.path.exists(place):
            hint = "A source is a folder, a packed file, a clone, or a URL such as https://github.com/OWNER/NAME-orb."
            raise UsageError(Problem(f"there is no folder {self.source}", None, hint))
        return place

    @contextmanager
    def _clone(self) -> Iterator[Repository]:
        with tempfile.TemporaryDirectory(prefix="nox-circleci-orb-") as scratch:
            self.say("cloning")
            yield cloned(self.source, Path(scratch) / "repository")

    def _of_files(self, place: Path, version: str) -> None:
        if _is_partial(version):
            asked = f"--version {version} does not say which version it is" if version else "which version is it?"
            hint = "Name it: --version 5.2.1 or --version dev:NAME. A git repository's tags name it too."
            raise UsageError(Problem(f"{self.source} is not a git repository: {asked}", None, hint))
        self._keep(version, self.source, pack_place(place, self.orb, self.source))

    def _of_repository(self, repository: Repository, version: str) -> None:
        if version.startswith("dev:"):
            self._of_revision(repository, "HEAD", version)
            return
        tags = repository.versions()
        if not tags:
            hint = "--version dev:NAME packs its files as they are."
            raise UsageError(Problem(f"{repository.name} has no tag that is a version, such as v1.2.3", None, hint))
        wanted = _numbers(version)
        fitting = [each for each in tags if each[: len(wanted)] == wanted]
        if not fitting:
            newest = ", ".join(tags[each] for each in list(tags)[-8:])
            hint = f"Its highest versions are {newest}." if len(tags) > 8 else f"There are {newest}."
            raise UsageError(Problem(f"{repository.name} has no tag of version {version}", None, hint))
        self._of_revision(repository, f"refs/tags/{tags[fitting[-1]]}", _text(fitting[-1]))

    def _all_of(self, repository: Repository) -> None:
        tags = repository.versions()
        for number, (version, tag) in enumerate(tags.items(), 1):
            self.say(f"packing {self.orb}@{_text(version)} ({number} of {len(tags)})")
            try:
                self._of_revision(repository, f"refs/tags/{tag}", _text(version))
            except CiError as error:
                first = error.problems[0]
                more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
                self.problems.append(Problem(f"{tag} is not added: {first.message}{more}", first.position, first.hint))
        if not self.added:
            reason = self.problems or [Problem("no tag is a version, such as v1.2.3")]
            raise UsageError(Problem(f"{repository.name} has no version that can be added"), *reason)

    def _of_revision(self, repository: Repository, revision: str, version: str) -> None:
        label = f"{repository.name} {revision.removeprefix('refs/tags/')}"
        files = repository.files(revision)
        root = orb_place(files, self.orb, label)
        above = root.rpartition("/")[0]
        inside = {name: entry for name, entry in files.items() if not above or name.startswith(f"{above}/")}
        with tempfile.TemporaryDirectory(prefix="nox-circleci-orb-") as scratch:
            repository.write(inside, Path(scratch))
            submodules = [name for name, entry in inside.items() if entry.mode == SUBMODULE]
            with _relabelled(scratch, label, submodules):
                source = pack_one(Path(scratch, root), label)
        self._keep(version, label, source)

    def _keep(self, version: str, origin: str, source: str) -> None:
        resolved = f"{self.orb}@{version}"
        self.added.append(Added(resolved, origin, store(self.folder, resolved, source)))


def check_name(orb: str) -> None:
    """Raise UsageError for what is not NAMESPACE/NAME."""
    if not NAME.match(orb):
        hint = "Such as circleci/node; --version names the version." if "@" in orb else "Such as circleci/node."
        raise UsageError(Problem(f"{orb!r} is not NAMESPACE/NAME", None, hint))


def pack_place(place: Path, orb: str, label: str) -> str:
    """Return the packed source of an orb in a folder, or of the folder below it that has the orb, or of one file."""
    if os.path.isfile(place):
        return pack_one(place, label)
    return pack_one(place / orb_place(_names(place), orb, label), label)


def pack_one(root: Path, label: str) -> str:
    """Return the packed source of an orb by its root file. Raises UsageError if it is not an orb."""
    source = pack_orb(root.parent) if root.name == ROOT_FILE else pack_file(root)
    if not any(isinstance(part := load(source, label).get(key), MapNode) and part.entries for key in PARTS):
        raise UsageError(Problem(f"{label} is not an orb: it defines no command, job or executor"))
    return source


def orb_place(names: Iterable[str], orb: str, label: str) -> str:
    """Return the root file of the orb among the names of files. Raises UsageError if there is none, or several fit."""
    found = [name for name in names if name.rpartition("/")[2] in _FILES]
    for wanted in (
        f"src/{ROOT_FILE}",
        ROOT_FILE,
        *(f"{above}{name}" for name in SINGLE_FILES for above in ("src/", "")),
    ):
        if wanted in found:
            return wanted
    roots = [name for name in found if name.endswith(ROOT_FILE)] or found
    own = orb.partition("/")[2]
    fitting = [name for name in roots if own in name.split("/")] if len(roots) > 1 else roots
    if len(fitting) == 1:
        return fitting[0]
    if roots:
        hint = f"Name one of their folders in a clone: {', '.join(sorted(roots)[:5])}."
        raise UsageError(Problem(f"{label} has several orbs, and none of them is called {own}", None, hint))
    hint = f"An orb's sources have a file {ROOT_FILE}, usually in src."
    raise UsageError(Problem(f"{label} has no orb", None, hint))


def _names(folder: Path) -> Iterator[str]:
    """Yield the root files in a folder, a few levels deep; links to folders are not followed."""
    for above, folders, files in os.walk(folder):
        inner = Path(above).relative_to(folder)
        folders[:] = [] if len(inner.parts) >= _DEPTH else sorted(each for each in folders if each[0] != ".")
        yield from ((inner / name).as_posix() for name in sorted(files) if name in _FILES)


@contextmanager
def _relabelled(scratch: str, label: str, submodules: Sequence[str]) -> Iterator[None]:
    """In errors call a scratch folder what it was filled from, and name the submodules that it lacks."""
    try:
        yield
    except CiError as error:
        problems = [_relabel(each, os.path.realpath(scratch), scratch, label) for each in error.problems]
        if submodules:
            hint = (
                f"A tag has no files of submodules ({', '.join(submodules)}): name the folder of a clone that has them."
            )
            problems = [replace(each, hint=hint) for each in problems]
        raise (ConfigError(*problems) if isinstance(error, ConfigError) else UsageError(*problems)) from None


def _relabel(problem: Problem, real: str, scratch: str, label: str) -> Problem:
    def named(text: str) -> str:
        for folder in (real, scratch):
            text = text.replace(f"{folder}/", f"{label}:").replace(folder, label)
        return text

    at = problem.position
    position = at and Position(named(at.file), at.line, at.column)
    return replace(problem, message=named(problem.message), position=position, hint=named(problem.hint))


def _checked(version: str) -> str:
    """Return a version without the ``v`` of a tag. Raises UsageError for what is not a version."""
    plain = version.removeprefix("v") if version[1:2].isdigit() else version
    if plain and not _VERSION.match(plain):
        hint = "A version is 5, 5.2, 5.2.1, volatile or dev:NAME."
        raise UsageError(Problem(f"--version {version} is not a version of an orb", None, hint))
    return plain


def _is_partial(version: str) -> bool:
    return not version.startswith("dev:") and len(_numbers(version)) < 3


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if version[:1].isdigit() else ()


def _text(version: Version) -> str:
    return ".".join(map(str, version))
