"""The settings that a job's repository gets from the user's: remotes and branches, without credentials or programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_REMOTE = (
    *("fetch", "followremotehead", "mirror", "partialclonefilter", "promisor", "prune", "prunetags", "push"),
    *("pushurl", "skipdefaultupdate", "skipfetchall", "tagopt", "url"),
)
_BRANCH = ("merge", "pushremote", "rebase", "remote")
_USER = re.compile(r"([a-z][a-z0-9+.-]*://)([^/?#\s]*)@", re.IGNORECASE)
_PROGRAM = re.compile(r"\s*ext::(?![a-z][a-z0-9+.-]*://)", re.IGNORECASE)
"""An address that is a command line, and may have a password anywhere. https://git-scm.com/docs/git-remote-ext"""
_SECRET_NAME = re.compile(r"token|secret|passw|key|sig|auth", re.IGNORECASE)


def config_lines(settings: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a job's ``.git/config`` that follow those of ``git init``, from the user's own settings."""
    yield "[gc]\n\tauto = 0\n"
    for key, value in settings:
        section, _, name = key.rpartition(".")
        section, _, subsection = section.partition(".")
        if _comes_along(section, name):
            head = f'[{section} "{quoted(without_credentials(subsection))}"]' if subsection else f"[{section}]"
            yield f'{head}\n\t{name} = "{quoted(without_credentials(value))}"\n'


def _comes_along(section: str, name: str) -> bool:
    """Return whether a setting is about where a remote or branch is; ``uploadpack``, ``proxy`` and the like are not."""
    if section == "extensions":
        return name == "partialclone"
    return name in {"remote": _REMOTE, "branch": _BRANCH}.get(section, ())


def without_credentials(address: str) -> str:
    """Return an address without user and password; with ssh the user stays, which is not secret.

    Nothing is left of a command line.
    """
    if _PROGRAM.match(address):
        return "ext::"
    place, _, query = _USER.sub(_public, address).partition("?")
    kept = [part for part in query.split("&") if part and not _SECRET_NAME.search(part.partition("=")[0])]
    return f"{place}?{'&'.join(kept)}" if kept else place


def _public(found: re.Match[str]) -> str:
    scheme, user = found[1], found[2]
    return f"{scheme}{user.partition(':')[0]}@" if "ssh" in scheme.lower() and user else scheme


def quoted(value: str) -> str:
    """Return a value as it stands between quotes in a file of git's settings."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
