"""A git repository as a job's own: objects, refs, remotes, submodules and LFS content of the user's, nothing shared.

The objects are copies, not hard links, though they never change: a job's ``chmod -R`` or ``chown -R`` would reach the
user's files through a link, and git itself renews the time of an object that it meets again.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from ...dataclass import dataclass
from ...git.call import isolated_git
from ...git.remotes import config_lines
from ...git.user_repository import Source
from ...system.file_copy import copy_file

LEFT_OUT = ("refs/stash", "refs/bisect/", "refs/worktree/", "refs/rewritten/", "refs/prefetch/")
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class CheckoutHead:
    """Where a job's repository stands: at a revision (empty before the first), on a branch or detached."""

    revision: str
    branch: str = ""
    """The whole name of the reference, as is ``tag``."""
    tag: str = ""


def make_repository(source: Source, target: Path, head: CheckoutHead) -> None:
    """Make a folder a repository with the source's references and remotes, without objects, index and files."""
    formats = () if source.object_format == "sha1" else (f"--object-format={source.object_format}",)
    isolated_git(target, "init", "--quiet", "--template=", *formats)
    write_refs(source, target / ".git", head)
    with open(target / ".git" / "config", "a", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(config_lines(source.settings.own))


@dataclass(frozen=True, slots=True)
class Index:
    """A repository's index file: its content and the time of its last change, in nanoseconds."""

    content: bytes
    changed: int

    def write(self, path: Path) -> None:
        """Write it as it was, its time too.

        Git compares the content of a file only if the file is as new as the index, or newer. With a later time on the
        index, a file that changed in the same tick of the clock, to the same length, would count as unchanged.
        https://git-scm.com/docs/racy-git
        """
        path.write_bytes(self.content)
        os.utime(path, ns=(self.changed, self.changed))


def remove_repository(work_tree: Path) -> Index | None:
    """Remove the ``.git`` of a work tree, whatever it is, without following links; return its index if it has one.

    What a step may have left there (hooks, settings, links to another repository) has no effect on what is made next.
    """
    old = work_tree / ".git"
    if old.is_symlink() or not old.is_dir():
        old.unlink()
        return None
    index = old / "index"
    found = index.is_file() and not index.is_symlink()
    kept = Index(index.read_bytes(), index.stat().st_mtime_ns) if found else None
    shutil.rmtree(old)
    return kept


def add_objects(source: Source, folder: Path) -> None:
    """Give a ``.git`` the source's objects and its LFS files."""
    copy_objects(source.folder / "objects", folder / "objects")
    if (source.folder / "lfs" / "objects").is_dir():
        _copy_files_below(source.folder / "lfs" / "objects", folder / "lfs" / "objects")
    if (source.folder / "shallow").is_file():
        shutil.copyfile(source.folder / "shallow", folder / "shallow")


def copy_objects(source: Path, target: Path) -> None:
    """Give an object store what another has, and what that borrows from its alternates."""
    # Loose objects first: one that is packed meanwhile is then in a pack that is listed later.
    for store in object_stores(source):
        for each in os.scandir(store):
            if len(each.name) == 2 and _HEX.issuperset(each.name) and each.is_dir():
                _copy_files(each.path, target / each.name)
        _copy_files(os.fspath(store / "pack"), target / "pack")


def object_stores(first: Path) -> list[Path]:
    """Return an object store and its alternates, the alternates' own too."""
    found: list[Path] = []
    waiting = [first]
    while waiting:
        store = waiting.pop()
        if store in found or not store.is_dir():
            continue
        found.append(store)
        alternates = store / "info" / "alternates"
        if alternates.is_file():
            lines = alternates.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            waiting += [Path(os.path.normpath(store / line)) for line in lines if line and not line.startswith("#")]
    return found


def write_refs(source: Source, folder: Path, head: CheckoutHead) -> None:
    """Write the source's branches, tags and remote branches into a new ``.git``, and where its HEAD is."""
    listed = source.read("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
    pairs = (line.partition(" ") for line in listed if line)
    refs = {name: value for name, _, value in pairs if not name.startswith(LEFT_OUT)}
    if head.revision and head.branch:
        refs[head.branch] = head.revision
    elif head.revision and head.tag:
        refs.setdefault(head.tag, head.revision)
    lines = (f"{value} {name}" for name, value in sorted(refs.items(), key=lambda item: os.fsencode(item[0])))
    write_text(folder / "packed-refs", "\n".join(["# pack-refs with: sorted ", *lines, ""]))
    if head.branch or head.revision:
        write_text(folder / "HEAD", f"ref: {head.branch}\n" if head.branch else f"{head.revision}\n")


def write_text(file: Path, text: str) -> None:
    """Write text whose names may have bytes that are not UTF-8."""
    file.write_text(text, encoding="utf-8", errors="surrogateescape")


def _copy_files(source: str, target: Path) -> None:
    try:
        entries = list(os.scandir(source))
    except FileNotFoundError:  # packed and removed meanwhile, or none at all
        return
    target.mkdir(parents=True, exist_ok=True)
    for each in entries:
        if not each.name.startswith(("tmp_", ".tmp", "multi-pack-index")) and each.is_file(follow_symlinks=False):
            try:
                copy_file(each.path, f"{target}/{each.name}", stat.S_IMODE(each.stat().st_mode))
            except (FileNotFoundError, FileExistsError):  # an alternate may have the same object
                continue


def _copy_files_below(source: Path, target: Path) -> None:
    for folder, _, _ in os.walk(source):
        _copy_files(folder, target / Path(folder).relative_to(source))
