"""The pipeline values of a local run: git's where git has them.

Project values and variables reference, "Pipeline values"; which of them the official command line takes from git
stands in its ``LocalPipelineValues``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..process import capture
from ..source.nodes import Value
from .call import NO_PROGRAMS, environment

HOSTS = {"github.com": ("github", "gh"), "bitbucket.org": ("bitbucket", "bb"), "gitlab.com": ("gitlab", "gl")}
"""Host of a remote: the type of a project there, and what its slug begins with."""

_REMOTE = re.compile(
    r"""(?: (?:ssh|https?|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/  # a URL
        |   (?:[^@/:]+@)(?P<scp>[^/:]+):                              # user@host:path
        ) (?P<owner>[^/].*)/(?P<name>[^/]+?)(?:\.git)?/?\Z""",
    re.VERBOSE,
)
_FIELDS = ("%H", "%D", "%an", "%ae", "%s", "%b")
_DECORATED = ("HEAD", "refs/heads", "refs/tags")


class Output(Protocol):
    """What a command printed, and its status."""

    @property
    def status(self) -> int: ...
    @property
    def stdout(self) -> str: ...


class Run(Protocol):
    """Runs a command to its end, as ``process.capture`` does."""

    def __call__(self, args: list[str], cwd: Path, env: Mapping[str, str], timeout: float) -> Output: ...


def _capture(args: list[str], cwd: Path, env: Mapping[str, str], timeout: float) -> Output:
    return capture(args, cwd, env, timeout)


def local_values(
    project: Path, *, branch: str | None = None, tag: str | None = None, run: Run = _capture
) -> Mapping[str, Value]:
    """The pipeline values that the project's git repository has, by name without ``pipeline.``.

    ``branch`` and ``tag`` stand for the current ones; as on CircleCI a pipeline that was asked for one has not the
    other, and the tag counts where both are given. Git is asked once, when the first value is looked up that may come
    from it. In a folder without a repository there are only the values that were asked for.
    """
    return GitValues(lambda: _values(_read(project, run), branch, tag))


class GitValues(Mapping[str, Value]):
    """Values that are read when one of them is needed, and not for others."""

    __slots__ = ("_read", "_values")

    def __init__(self, read: Callable[[], dict[str, Value]]) -> None:
        self._read = read
        self._values: dict[str, Value] | None = None

    def __getitem__(self, name: str) -> Value:
        if name not in NAMES:
            raise KeyError(name)
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, Value]:
        if self._values is None:
            self._values = self._read()
        return self._values


@dataclass(frozen=True, slots=True)
class Repository:
    """What git says of a folder; ``exists`` is false where it is in no repository, and everything empty."""

    exists: bool = False
    revision: str = ""
    branch: str = ""
    default_branch: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    email: str = ""
    subject: str = ""
    body: str = ""
    remote: str = ""


def _read(project: Path, run: Run) -> Repository:
    """Three short commands, the third of them only where there is a remote."""
    variables = environment(os.environ)

    def git(*args: str) -> str | None:
        done = run(["git", *NO_PROGRAMS, *args], project, variables, 10)
        text = done.stdout.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return text if done.status == 0 else None

    patterns = [f"--decorate-refs={pattern}" for pattern in _DECORATED]
    log = git("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--decorate=full", *patterns,
              f"--format={'%x00'.join(_FIELDS)}")  # fmt: skip
    if log is None:  # no commit yet, or no repository
        head = git("symbolic-ref", "HEAD")
        if head is None:
            return Repository()
        return Repository(True, branch=head.strip().removeprefix("refs/heads/"))
    revision, refs, author, email, subject, body = log.split("\0", 5)
    branch, tags = _decorations(refs)
    remote = (git("remote", "get-url", "origin") or "").strip()
    head = git("symbolic-ref", "-q", "refs/remotes/origin/HEAD") if remote else None
    default = (head or "").strip().removeprefix("refs/remotes/origin/")
    return Repository(True, revision, branch, default, tags, author, email, subject, body.strip(), remote)


def _decorations(refs: str) -> tuple[str, tuple[str, ...]]:
    """The current branch and the tags, sorted, out of git's ``HEAD -> refs/heads/main, tag: refs/tags/v1``."""
    each = refs.split(", ") if refs else []
    branch = next((ref.removeprefix("HEAD -> refs/heads/") for ref in each if ref.startswith("HEAD -> ")), "")
    tags = sorted(ref.removeprefix("tag: refs/tags/") for ref in each if ref.startswith("tag: "))
    return branch, tuple(tags)


def _values(git: Repository, branch: str | None, tag: str | None) -> dict[str, Value]:
    values = _commit(git) if git.exists else {}
    if git.revision:
        values.update(dict.fromkeys(_REVISIONS, git.revision))
    values.update(_project(git))
    if tag is not None:
        values["git.tag"], values["git.branch"] = tag, ""
    elif branch is not None:
        values["git.tag"], values["git.branch"] = "", branch
    elif git.exists:
        values["git.tag"], values["git.branch"] = next(iter(git.tags), ""), git.branch
    values["git.branch.is_default"] = bool(git.default_branch) and values.get("git.branch") == git.default_branch
    return values


def _commit(git: Repository) -> dict[str, Value]:
    return {
        "git.commit.author_name": git.author,
        "git.commit.author_email": git.email,
        "git.commit.subject": git.subject,
        "git.commit.body": git.body,
    }


def _project(git: Repository) -> dict[str, Value]:
    """What the remote's address tells, where it is a host that CircleCI serves."""
    found = _REMOTE.match(git.remote)
    host = (found["host"] or found["scp"]) if found else ""
    if found is None or host not in HOSTS:
        return {}
    kind, prefix = HOSTS[host]
    owner, name = found["owner"], found["name"]
    url = f"https://{host}/{owner}/{name}"
    commits = {"github": "commit", "bitbucket": "commits", "gitlab": "-/commit"}[kind]
    return {
        **dict.fromkeys(_URLS, url),
        "project.type": kind,
        "project.slug": f"{prefix}/{owner}/{name}",
        "git.repo_owner": owner,
        "git.repo_name": name,
        "git.ssh_checkout_url": f"git@{host}:{owner}/{name}.git",
        "git.commit.url": f"{url}/{commits}/{git.revision}" if git.revision else "",
    }


_REVISIONS = (
    "git.revision",
    "git.base_revision",
    "config.sha",
    "event.github.after",
    "event.github.pull_request.base.sha",
    "event.github.pull_request.head.sha",
    "trigger_parameters.github_app.checkout_sha",
    "trigger_parameters.github_app.commit_sha",
    "trigger_parameters.gitlab.commit_sha",
)
_URLS = (
    "project.git_url",
    "git.repo_url",
    "config.repository.url",
    "event.context.github.pr_url",
    "event.github.pull_request.url",
    "event.github.repository.url",
)
NAMES = frozenset(
    (
        *_REVISIONS,
        *_URLS,
        *(f"git.commit.{part}" for part in ("author_name", "author_email", "subject", "body", "url")),
        *(f"git.{part}" for part in ("branch", "branch.is_default", "tag", "repo_owner", "repo_name")),
        *("git.ssh_checkout_url", "project.type", "project.slug"),
    )
)
"""The values that may come from git."""
