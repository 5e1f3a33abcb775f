"""What a ``checkout`` gives a job beyond the commit, as facts that can be compared with those of another one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ...git.call import GitError
from ...git.reading import GitReading
from ...git.remotes import config_lines
from ...git.user_repository import OWN_STATE, Source
from ...git.user_submodules import Submodule, open_submodule, read_state, read_submodules
from ...git.work_tree import WorkTree
from ...system.digests import sha256
from ..seen import CheckoutFacts
from .changes import Changes, read_changes
from .repository import LEFT_OUT

_LARGE = 1 << 16
ABSENT = "absent"
NO_FILE = "no file"
"""A socket, pipe or device, which no checkout copies."""


def facts_now(work_tree: WorkTree) -> CheckoutFacts:
    """Return what a checkout would give a job now."""

    def read() -> CheckoutFacts:
        if not work_tree.repository:
            return folder_facts(work_tree.root, work_tree.root)
        source = GitReading(work_tree.root).source
        if source is None:
            return CheckoutFacts({}, {}, f"{work_tree.root} is not a git repository any more")
        return repository_facts(source, work_tree, read_changes(source, work_tree.revision), source.root)

    return sure(read)


def sure(read: Callable[[], CheckoutFacts]) -> CheckoutFacts:
    """Return the facts; what cannot be read is the reason why they are not known."""
    try:
        return read()
    except (GitError, OSError, UnicodeError) as error:
        return CheckoutFacts({}, {}, f"the checkout cannot be read: {error}")


def folder_facts(folder: Path, copy: Path) -> CheckoutFacts:
    """Return those of a folder that is not a repository: all that is in it, ``.nox`` aside, as its copy has it."""
    entries = ((path, _entry(copy / path)) for path in _below(folder))
    return CheckoutFacts({}, {path: entry for path, entry in entries if entry not in (NO_FILE, ABSENT)})


def repository_facts(source: Source, work_tree: WorkTree, changes: Changes, folder: Path) -> CheckoutFacts:
    """Return those of a repository; the files lie below ``folder``, the user's own or the job's copy."""
    files = {path: _entry(folder / path) for path in (*changes.copied, *_lfs_files(source))}
    files |= dict.fromkeys(changes.removed, "removed")
    repository = {"HEAD": work_tree.tag or work_tree.branch or "detached", "revision": work_tree.revision}
    repository |= dict(_references(source))
    states = dict(_submodules(source, read_submodules(source)))
    unsure = f"submodule {changes.submodules[0]} is at another commit" if changes.submodules else ""
    uncommitted = [name for name, state in states.items() if not state]
    if uncommitted:
        unsure = f"{uncommitted[0]} has files that are not committed"
    return CheckoutFacts({**repository, **states}, files, unsure)


def _references(source: Source, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a copy of a repository has of it beside its objects."""
    listed = source.read("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
    pairs = (line.partition(" ") for line in listed if line)
    yield from ((f"{prefix}{name}", value) for name, _, value in pairs if not name.startswith(LEFT_OUT))
    yield f"{prefix}settings", "".join(config_lines(source.settings.own))
    shallow = source.folder / "shallow"
    if shallow.is_file():
        yield f"{prefix}shallow", _entry(shallow)


def _submodules(source: Source, modules: Iterable[Submodule], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each submodule that the user has, with the commit of its work tree; empty if that does not say all."""
    for module in modules:
        name = f"submodule {prefix}{module.path}"
        inner = open_submodule(source, module)
        if inner is None:
            yield name, ""
            continue
        state = read_state(inner)
        yield name, "" if state.files else f"{module.name} {state.head}"
        yield from _references(inner, f"{name} ")
        yield from _submodules(inner, read_submodules(inner), f"{prefix}{module.path}/")


def _lfs_files(source: Source) -> Iterator[str]:
    """Yield the files whose content the repository does not have, but the user's folder."""
    attributes = source.root / ".gitattributes"
    known = (source.folder / "lfs").is_dir() or (
        attributes.is_file() and "filter=lfs" in attributes.read_text(encoding="utf-8", errors="replace")
    )
    if known:
        yield from filter(None, source.read("ls-files", "-z", "--", ":(attr:filter=lfs)").split("\0"))


def _below(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        folders[:] = [name for name in folders if name not in (OWN_STATE, *links)]
        yield from (os.path.relpath(os.path.join(place, name), folder) for name in (*folders, *files, *links))


def _entry(path: Path) -> str:
    """Return what there is at a path: its kind, permissions, and a digest of its content."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return f"link {os.readlink(path)}"
        if stat.S_ISDIR(mode):
            return "folder"
        return f"{stat.S_IMODE(mode):o} {_digest(path)}" if stat.S_ISREG(mode) else NO_FILE
    except FileNotFoundError:
        return ABSENT


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        first = file.read(_LARGE)
        if len(first) < _LARGE:
            return sha256(first).hex()
        import hashlib  # faster for what is large, once it is loaded

        content = hashlib.sha256(first)
        while chunk := file.read(1 << 20):
            content.update(chunk)
        return content.hexdigest()
