"""A git repository as a job's own: objects, refs, remotes, submodules and LFS content of the user's, nothing shared.

The objects are copies, not hard links, though they never change: a job's ``chmod -R`` or ``chown -R`` would reach the
user's files through a link, and git itself renews the time of an object that it meets again.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...process import Captured, capture
from ..errors import StepError
from ..file_copy import copy_file

LEFT_OUT = ("refs/stash", "refs/bisect/", "refs/worktree/", "refs/rewritten/", "refs/prefetch/")
_CREDENTIALS = re.compile(r"^(https?://)[^/@]*@")
_LOOSE = re.compile(r"[0-9a-f]{2}")
_OWN = ("remote.", "branch.", "extensions.partialclone")


@dataclass(frozen=True, slots=True)
class Source:
    """The user's repository."""

    root: Path
    """The top of the work tree."""
    folder: Path
    """The ``.git`` that all its worktrees share."""
    modules: Path
    """Where its submodules' repositories are, if there are any."""
    object_format: str

    def git(self, *args: str) -> Captured:
        """Ask the user's git; nothing is written, the index neither."""
        return capture(["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *args], self.root, _asking())

    def read(self, *args: str) -> str:
        """What the user's git answers; StepError where it fails."""
        return _answer(self.git(*args), args)


def open_source(root: Path) -> Source:
    """The repository whose work tree has that top."""
    asked = ("rev-parse", "--git-common-dir", "--git-path", "modules", "--show-object-format")
    found = capture(["git", "--no-optional-locks", *asked], root, _asking())
    lines = _answer(found, asked).splitlines()
    own, common = root / lines[1], root / lines[0]
    return Source(root, common, own if own.is_dir() else common / "modules", lines[2])


def own_git(work_tree: Path, *args: str) -> str:
    """Run git in the job's repository, with no configuration but the repository's own. StepError where it fails."""
    environment = _without_git(os.environ) | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    return _answer(capture(["git", *args], work_tree, environment), args)


def make_repository(source: Source, target: Path) -> None:
    """Make an empty folder a repository with all that the source has, except for index, work tree and HEAD."""
    formats = () if source.object_format == "sha1" else (f"--object-format={source.object_format}",)
    own_git(target, "init", "--quiet", "--template=", *formats)
    copy_refs(source, target / ".git")
    with open(target / ".git" / "config", "a", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(config_lines(source))


def remove_repository(work_tree: Path) -> bytes:
    """Remove the ``.git`` of a work tree, whatever it is, without following links; return its index.

    What a step may have left there (hooks, settings, links to another repository) has no effect on what is made next.
    """
    old = work_tree / ".git"
    if old.is_symlink() or not old.is_dir():
        old.unlink()
        return b""
    index = old / "index"
    content = index.read_bytes() if index.is_file() and not index.is_symlink() else b""
    shutil.rmtree(old)
    return content


def add_objects(source: Source, target: Path) -> None:
    """Give a repository the source's objects, those of its submodules, and its LFS files."""
    copy_objects(source.folder / "objects", target / ".git" / "objects")
    if (source.folder / "lfs" / "objects").is_dir():
        _copy_files_below(source.folder / "lfs" / "objects", target / ".git" / "lfs" / "objects")
    if (source.folder / "shallow").is_file():
        _add_lines(source.folder / "shallow", target / ".git" / "shallow")
    for name, repository in submodules(source):
        copy_submodule(repository, target / ".git" / "modules" / name)


def copy_objects(source: Path, target: Path) -> None:
    """Give an object store what another has, and what that borrows from its alternates."""
    # Loose objects first: one that is packed meanwhile is then in a pack that is listed later.
    for store in object_stores(source):
        for each in os.scandir(store):
            if _LOOSE.fullmatch(each.name) and each.is_dir():
                _copy_files(each.path, target / each.name)
        _copy_files(os.fspath(store / "pack"), target / "pack")


def object_stores(first: Path) -> list[Path]:
    """An object store and its alternates, the alternates' own too."""
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


def copy_refs(source: Source, folder: Path) -> None:
    """Write the source's branches, tags and remote branches into a new ``.git``."""
    refs = source.read("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    kept = [line for line in refs if not line.split(" ", 1)[1].startswith(LEFT_OUT)]
    text = "\n".join(["# pack-refs with: sorted ", *kept, ""])
    (folder / "packed-refs").write_text(text, encoding="utf-8", errors="surrogateescape")


def config_lines(source: Source) -> Iterator[str]:
    """The configuration that a job's repository has: the user's remotes and branches, no credentials, no gc."""
    yield "[gc]\n\tauto = 0\n"
    for entry in source.git("config", "--local", "-z", "--list").stdout.split("\0"):
        key, _, value = entry.partition("\n")
        if not key.lower().startswith(_OWN):
            continue
        section, _, name = key.rpartition(".")
        section, _, subsection = section.partition(".")
        head = f'[{section} "{_quoted(subsection)}"]' if subsection else f"[{section}]"
        yield f'{head}\n\t{name} = "{_quoted(_CREDENTIALS.sub(lambda match: match[1], value))}"\n'


def submodules(source: Source) -> Iterator[tuple[str, Path]]:
    """The names of the submodules whose repositories the user has, and where those are."""
    if not (source.root / ".gitmodules").is_file():
        return
    listed = source.git("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    for entry in filter(None, listed.stdout.split("\0")):
        key, _, path = entry.partition("\n")
        name = key[len("submodule.") : -len(".path")]
        if ".." in Path(name).parts:
            continue
        for folder in (source.modules / name, source.root / path / ".git"):
            if (folder / "objects").is_dir():
                yield name, folder
                break


def copy_submodule(source: Path, target: Path) -> None:
    """Copy a submodule's repository, for ``git submodule update`` to find; its submodules come too."""
    target.mkdir(parents=True, exist_ok=True)
    copy_objects(source / "objects", target / "objects")
    for name in ("HEAD", "config", "packed-refs", "shallow"):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
    shutil.copytree(source / "refs", target / "refs", dirs_exist_ok=True)
    for nested in sorted((source / "modules").glob("**/objects")):
        if (nested.parent / "HEAD").is_file():
            copy_submodule(nested.parent, target / "modules" / nested.parent.relative_to(source / "modules"))


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


def _add_lines(source: Path, target: Path) -> None:
    lines = set(source.read_text().splitlines())
    if target.is_file():
        lines |= set(target.read_text().splitlines())
    target.write_text("".join(f"{line}\n" for line in sorted(lines)))


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def _answer(captured: Captured, args: tuple[str, ...]) -> str:
    if not captured.ok:
        said = "; ".join(captured.stderr.strip().splitlines()[-3:])
        raise StepError(f"git {_command(args)} failed with {captured.status}: {said}")
    return captured.stdout


def _command(args: tuple[str, ...]) -> str:
    """What git was asked to do, behind its own options."""
    words = iter(args)
    for word in words:
        if word == "-c":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def _asking() -> dict[str, str]:
    return _without_git(os.environ) | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def _without_git(environ: os._Environ[str]) -> dict[str, str]:
    """An environment without what a git hook sets to say which repository it is about."""
    told = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
    return {name: value for name, value in environ.items() if name not in told}
