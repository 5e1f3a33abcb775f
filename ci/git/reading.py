"""What git says of a project's repository: one reading for all who need it, so that no two answers differ."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ..dataclass import dataclass
from ..errors import Problem, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # a command that asks git nothing starts no process, and needs nothing that does
    from ..process import Begun, Captured
    from .call import GitSettings
    from .user_repository import Source
    from .work_tree import Place, WorkTree

SECONDS = 10
"""How long git may take for a pipeline value."""
_NO_COMMIT = "does not have any commits yet"
_FIELDS = ("%H", "%D", "%an", "%ae", "%s", "%b")
_DECORATED = tuple(f"--decorate-refs={pattern}" for pattern in ("HEAD", "refs/heads", "refs/tags"))
_LOG = (
    *("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--decorate=full", *_DECORATED),
    f"--format={'%x00'.join(_FIELDS)}",
)
_STATUS = ("status", "--porcelain=v2", "--branch", "--untracked-files=all", "--ignore-submodules=dirty", "-z")


@dataclass(frozen=True, slots=True)
class Head:
    """Where the work tree stands: its revision, empty before the first commit, and its branch, empty if detached."""

    revision: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that is checked out, its texts empty before the first one."""

    head: Head
    tags: tuple[str, ...] = ()
    author: str = ""
    email: str = ""
    subject: str = ""
    body: str = ""


class GitReading:
    """The answers of git about the repository that holds a folder.

    Each question is asked once, when its answer is first needed. Where the work tree stands is what the first answer
    that has it says, though somebody may commit meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._head: Head | None = None
        self._begun: dict[tuple[str, ...], Begun] = {}

    def begin(self) -> None:
        """Ask at once what a run needs in any case; whoever needs an answer waits for it."""
        if self.absent:
            return
        from .call import SETTINGS, begin_asking
        from .work_tree import PLACE

        self._begun |= {each: begin_asking(self.folder, *each) for each in (PLACE, SETTINGS, _LOG)}

    def begin_status(self) -> None:
        """Ask at once what differs from the revision; what is wrong with the repository is said later."""
        if "_status" in self.__dict__:  # of the run's workflow before this one
            return
        try:
            source = self.source
            settings = self.settings.overrides() if source else ()
        except UsageError:
            return
        if source:
            from .call import begin_asking

            self._begun[_STATUS] = begin_asking(source.root, *_STATUS, settings=settings)

    def _answer(self, question: tuple[str, ...], timeout: float | None = None) -> Captured | None:
        """Return the answer to a question that was begun; None for any other."""
        begun = self._begun.pop(question, None)
        return begun.result(timeout) if begun else None

    @cached_property
    def absent(self) -> bool:
        """Whether there is surely no repository: no folder from here up has a name that git looks for."""
        return no_repository(self.folder)

    @cached_property
    def place(self) -> Place | None:
        """Where the repository is; None if there is none. Raises UsageError for one that git does not read."""
        if self.absent:
            return None
        from .work_tree import PLACE, find_place

        return find_place(self.folder, self._answer(PLACE))

    @cached_property
    def settings(self) -> GitSettings:
        """Git's settings here. Raises UsageError if git is too old to say whose each is."""
        from .call import SETTINGS, read_settings

        return read_settings(self.folder, self._answer(SETTINGS))

    @cached_property
    def source(self) -> Source | None:
        """The repository as checkouts read it; None if there is none. Raises UsageError as ``place`` does."""
        place = self.place
        if place is None:
            return None
        from .user_repository import Source

        modules = place.modules if place.modules.is_dir() else place.folder / "modules"
        return Source(place.top, place.folder, modules, place.object_format, self.settings)

    @cached_property
    def commit(self) -> Commit | None:
        """The commit that is checked out; None if there is no repository, or git does not read it."""
        if self.absent:
            return None
        if self._head and not self._head.revision:
            return Commit(self._head)
        question = (*_LOG, *((self._head.revision,) if self._head else ()))
        log = self._answer(question, SECONDS) or _ask(self.folder, *question, timeout=SECONDS)
        if not log.ok:  # no commit yet, or no repository
            head = self._line("symbolic-ref", "HEAD")
            return Commit(self._pinned(Head(branch=head.removeprefix("refs/heads/")))) if head else None
        oid, refs, author, email, subject, body = log.stdout.split("\0", 5)
        branch, tags = _decorations(refs)
        return Commit(self._pinned(Head(oid, branch)), tags, author, email, subject, body.strip())

    @cached_property
    def remote(self) -> str:
        """The address of the remote ``origin``; empty if there is none."""
        if self.absent:
            return ""
        try:
            known = self.settings.remote("origin")
        except UsageError:
            known = None
        return self._line("remote", "get-url", "origin") if known is None else known

    @cached_property
    def default_branch(self) -> str:
        """The branch that is the remote's default one, as far as it is known here."""
        if self.absent:
            return ""
        return self._line("symbolic-ref", "-q", "refs/remotes/origin/HEAD").removeprefix("refs/remotes/origin/")

    @cached_property
    def _status(self) -> tuple[Head, int]:
        """Where the work tree stands, and how many files differ from that."""
        source = self.source
        if source is None:
            return Head(), 0
        status = self._answer(_STATUS) or _ask(source.root, *_STATUS, settings=self.settings.overrides())
        headers, changes = _split(status.stdout)
        branch = headers.get("branch.head", "")
        if not status.ok or branch == "(unknown)":
            from .work_tree import not_read

            raise not_read(source.root, status if not status.ok else _ask(source.root, "log", "-1"))
        if (source.root / ".gitmodules").is_file():
            from .user_submodules import uncommitted

            changes += uncommitted(source)
        revision = headers.get("branch.oid", "")
        head = Head("" if revision == "(initial)" else revision, "" if branch == "(detached)" else branch)
        return self._pinned(head), changes

    def work_tree(self, branch: str | None = None, tag: str | None = None) -> WorkTree:
        """Return the work tree that holds the folder, or the bare folder if there is no repository.

        ``branch`` and ``tag`` are what the pipeline says, if the user chose them. Raises UsageError as ``place`` does.
        """
        from .work_tree import WorkTree

        source = self.source
        if source is None:
            return WorkTree(self.folder, False, branch=branch or "", tag=tag or "")
        head, dirty = self._status
        current = head.branch if branch is None else branch
        return WorkTree(source.root, True, head.revision, "" if tag else current, tag or "", dirty, source)

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the repository; nothing if git reads it, or if there is none."""
        try:
            log = _ask(self.place.top, "log", "-1", "--format=") if self.place else None
            if self.place and log and not log.ok and _NO_COMMIT not in log.stderr:
                from .work_tree import not_read

                raise not_read(self.place.top, log)
        except UsageError as error:
            return error.problems
        return ()

    def _pinned(self, head: Head) -> Head:
        self._head = self._head or head
        return self._head

    def _line(self, *args: str) -> str:
        asked = _ask(self.folder, *args, timeout=SECONDS)
        return asked.stdout.strip() if asked.ok else ""


def no_repository(folder: Path) -> bool:
    """Return whether no folder from this one up has what makes it a repository: ``.git``, or a bare one's ``HEAD``.

    Git looks nowhere else, since ``call.environment`` takes GIT_DIR and its like away.
    """
    real = os.path.realpath(folder)
    while True:
        if any(os.path.lexists(os.path.join(real, name)) for name in (".git", "HEAD")):
            return False
        real, below = os.path.dirname(real), real
        if real == below:
            return True


def _ask(folder: Path, *args: str, settings: Sequence[str] = (), timeout: float | None = None) -> Captured:
    from .call import ask

    return ask(folder, *args, settings=settings, timeout=timeout)


def _decorations(refs: str) -> tuple[str, tuple[str, ...]]:
    """Return the current branch and the tags, sorted, of git's ``HEAD -> refs/heads/main, tag: refs/tags/v1``."""
    each = refs.split(", ") if refs else []
    branch = next((ref.removeprefix("HEAD -> refs/heads/") for ref in each if ref.startswith("HEAD -> ")), "")
    tags = sorted(ref.removeprefix("tag: refs/tags/") for ref in each if ref.startswith("tag: "))
    return branch, tuple(tags)


def _split(porcelain: str) -> tuple[dict[str, str], int]:
    """Return the headers of ``git status``, and how many files it lists."""
    headers: dict[str, str] = {}
    changes = 0
    fields = iter(porcelain.split("\0"))
    for each in fields:
        if each.startswith("# "):
            key, _, value = each[2:].partition(" ")
            headers[key] = value
        elif each:
            if each.startswith("2 "):  # a rename: its old name is a field of its own
                next(fields, None)
            if not each.startswith("? .nox/"):
                changes += 1
    return headers, changes
