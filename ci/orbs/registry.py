"""Fetches orbs from CircleCI's registry, and URL orbs, into a folder of orbs."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import IO

from ..compiler.orbs import OrbSource, OrbSources
from ..errors import ConfigError, Problem, UsageError
from .local import FOLDER, LocalOrbs, path_of
from .store import store

HOST = "https://circleci.com"
ENDPOINT = "graphql-unstable"
QUERY = (
    "query($orbVersionRef: String!) { orbVersion(orbVersionRef: $orbVersionRef) { id version orb { name } source } }"
)
TIMEOUT_SECONDS = 30.0
MOST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Registry:
    """Where orbs come from; ``token`` is needed for private ones alone, and goes to ``host`` alone."""

    host: str = HOST
    token: str = ""
    insecure_urls: bool = False

    def get(self, reference: str) -> tuple[str, str]:
        """The resolved reference and the source of an orb. Raises UsageError, which says what to do."""
        if reference.startswith("https://") or (self.insecure_urls and reference.startswith("http://")):
            return reference, self._download(reference)
        answer = self._ask(reference)
        orb = answer.get("orbVersion")
        if not isinstance(orb, dict) or not isinstance(orb.get("source"), str):
            hint = "Check the name and the version; a private orb needs the token CIRCLECI_CLI_TOKEN."
            raise UsageError(Problem(f"the registry has no orb '{reference}'", None, hint))
        return f"{reference.partition('@')[0]}@{orb.get('version') or reference.partition('@')[2]}", orb["source"]

    def _ask(self, reference: str) -> dict[str, object]:
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = self.token
        body = json.dumps({"query": QUERY, "variables": {"orbVersionRef": reference}}).encode()
        text = self._open(urllib.request.Request(f"{self.host}/{ENDPOINT}", body, headers), reference)
        try:
            answer = json.loads(text)
            errors = [str(each["message"]) for each in answer.get("errors") or []]
            data = answer.get("data") or {}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._failed(reference, "the answer is not the API's") from None
        if errors:
            raise self._failed(reference, "; ".join(errors))
        return data if isinstance(data, dict) else {}

    def _download(self, url: str) -> str:
        return self._open(urllib.request.Request(url), url)

    def _open(self, request: urllib.request.Request, reference: str) -> str:
        opener = urllib.request.build_opener(_Redirects(secure=not self.insecure_urls, allowed=request.data is None))
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                content = response.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise self._failed(reference, f"it has more than {MOST_BYTES} bytes")
            return str(content.decode("utf-8"))
        except urllib.error.HTTPError as error:
            raise self._failed(reference, f"HTTP status {error.code}") from None
        except UnicodeDecodeError:
            raise self._failed(reference, "it is not UTF-8") from None
        except (OSError, ValueError) as error:
            raise self._failed(reference, str(getattr(error, "reason", error))) from None

    def _failed(self, reference: str, why: str) -> UsageError:
        place = path_of(reference)
        hint = f"Put its source at {(FOLDER / place).as_posix()} by hand, or try again." if place else ""
        return UsageError(Problem(f"orb '{reference}' could not be fetched: {why}", None, hint))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect of a question (its token would travel), and none away from HTTPS."""

    def __init__(self, *, secure: bool, allowed: bool) -> None:
        self._secure = secure
        self._allowed = allowed

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        if not self._allowed or (self._secure and not newurl.startswith("https://")):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Fetched:
    """An orb that was fetched: what was asked for, what it is, and where it lies."""

    reference: str
    resolved: str
    path: Path


@dataclass(slots=True)
class FetchingOrbs:
    """The local orbs, and those that were missing fetched into ``folder`` when the compiler asks for them.

    With ``update``, what is asked for by a partial version, ``volatile`` or ``dev:`` is fetched though it is there.
    """

    local: LocalOrbs
    registry: Registry
    folder: Path
    update: bool = False
    fetched: list[Fetched] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def versions(self, reference: str) -> tuple[str, ...]:
        return self.local.versions(reference)

    def find(self, reference: str) -> OrbSource | None:
        newest = self.update and reference.partition("@")[2].count(".") < 2
        if not newest or any(reference in (each.reference, each.resolved) for each in self.fetched):
            found = self.local.find(reference)
            if found:
                return found
        try:
            resolved, source = self.registry.get(reference)
            path = store(self.folder, resolved, source)
        except UsageError as error:
            self.problems += error.problems
            return self.local.find(reference)
        self.fetched.append(Fetched(reference, resolved, path))
        return OrbSource(resolved, source, str(path))


def fetch_orbs(
    compile: Callable[[OrbSources], object], local: LocalOrbs, registry: Registry, folder: Path, *, update: bool = False
) -> list[Fetched]:
    """Fetch the orbs that compiling a config asks for, theirs too, into ``folder``; what was fetched.

    ``compile`` compiles the config with the orbs that it is given; other problems of the config do not matter here.
    Raises UsageError with every orb that could not be had.
    """
    orbs = FetchingOrbs(local, registry, folder, update)
    with contextlib.suppress(ConfigError):
        compile(orbs)
    if orbs.problems:
        raise UsageError(*dict.fromkeys(orbs.problems))
    return orbs.fetched
