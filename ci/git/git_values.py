"""The pipeline values of a local run: git's if git has them.

Project values and variables reference, "Pipeline values"; which of them the official command line takes from git
stands in its ``LocalPipelineValues``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from ..source.nodes import Value
from .reading import GitReading

HOSTS = {"github.com": ("github", "gh"), "bitbucket.org": ("bitbucket", "bb"), "gitlab.com": ("gitlab", "gl")}
"""Host of a remote: the type of a project there, and what its slug begins with."""

_REMOTE = r"""(?: (?:ssh|https?|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/  # a URL
              |   (?:[^@/:]+@)(?P<scp>[^/:]+):                              # user@host:path
              ) (?P<owner>[^/].*)/(?P<name>[^/]+?)(?:\.git)?/?\Z"""
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
_OF_REMOTE = frozenset(
    (*_URLS, "project.type", "project.slug", "git.repo_owner", "git.repo_name", "git.ssh_checkout_url")
)
_COMMIT_URL = "git.commit.url"
_IS_DEFAULT = "git.branch.is_default"
NAMES = frozenset(
    (
        *_REVISIONS,
        *_OF_REMOTE,
        *(f"git.commit.{part}" for part in ("author_name", "author_email", "subject", "body")),
        *("git.branch", "git.tag", _COMMIT_URL, _IS_DEFAULT),
    )
)
"""The values that may come from git."""


class GitValues(Mapping[str, Value]):
    """The pipeline values that a repository has, by name without ``pipeline.``.

    ``branch`` and ``tag`` stand for the current ones; as on CircleCI a pipeline that was asked for one has not the
    other, and the tag counts if both are given. Git is asked for what is looked up and for nothing else. In a folder
    without a repository there are only the values that were asked for.
    """

    def __init__(self, git: GitReading, branch: str | None = None, tag: str | None = None) -> None:
        self._git = git
        self._asked = (branch, tag)

    def __getitem__(self, name: str) -> Value:
        return self._part(name)[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._of_commit, *self._of_remote, *self._commit_url, *self._is_default))

    def __len__(self) -> int:
        return len(tuple(iter(self)))

    def _part(self, name: str) -> Mapping[str, Value]:
        if name in _OF_REMOTE:
            return self._of_remote
        if name == _COMMIT_URL:
            return self._commit_url
        if name == _IS_DEFAULT:
            return self._is_default
        return self._of_commit if name in NAMES else {}

    @cached_property
    def _of_commit(self) -> dict[str, Value]:
        commit, values = self._git.commit, dict[str, Value]()
        if commit:
            values["git.commit.author_name"] = _text(commit.author)
            values["git.commit.author_email"] = _text(commit.email)
            values["git.commit.subject"] = _text(commit.subject)
            values["git.commit.body"] = _text(commit.body)
        if commit and commit.head.revision:
            values.update(dict.fromkeys(_REVISIONS, commit.head.revision))
        branch, tag = self._asked
        if tag is not None:
            values["git.tag"], values["git.branch"] = tag, ""
        elif branch is not None:
            values["git.tag"], values["git.branch"] = "", branch
        elif commit:
            values["git.tag"], values["git.branch"] = _text(next(iter(commit.tags), "")), _text(commit.head.branch)
        return values

    @cached_property
    def _address(self) -> re.Match[str] | None:
        """The parts of the remote's address, if its host is one that CircleCI serves."""
        remote = self._git.remote
        found = re.match(_REMOTE, _text(remote), re.VERBOSE) if remote else None
        return found if found and _host(found) in HOSTS else None

    @cached_property
    def _of_remote(self) -> dict[str, Value]:
        found = self._address
        if found is None:
            return {}
        host, owner, name = _host(found), found["owner"], found["name"]
        kind, prefix = HOSTS[host]
        return {
            **dict.fromkeys(_URLS, f"https://{host}/{owner}/{name}"),
            "project.type": kind,
            "project.slug": f"{prefix}/{owner}/{name}",
            "git.repo_owner": owner,
            "git.repo_name": name,
            "git.ssh_checkout_url": f"git@{host}:{owner}/{name}.git",
        }

    @cached_property
    def _commit_url(self) -> dict[str, Value]:
        found, revision = self._address, self._of_commit.get("git.revision")
        if found is None:
            return {}
        host = _host(found)
        commits = {"github": "commit", "bitbucket": "commits", "gitlab": "-/commit"}[HOSTS[host][0]]
        url = f"https://{host}/{found['owner']}/{found['name']}"
        return {_COMMIT_URL: f"{url}/{commits}/{revision}" if revision else ""}

    @cached_property
    def _is_default(self) -> dict[str, Value]:
        branch = self._of_commit.get("git.branch")
        return {_IS_DEFAULT: bool(branch) and branch == _text(self._git.default_branch)}


def _host(found: re.Match[str]) -> str:
    return found["host"] or found["scp"]


def _text(raw: str) -> str:
    """Return what git has printed as valid text: its names and messages may have any bytes."""
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
