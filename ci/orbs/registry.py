"""CircleCI's registry of orbs, and orbs by URL: one orb's source over the network."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO

from ..compiler.orb_repositories import add_words, likely_tag, repository_of
from ..dataclass import dataclass
from ..errors import Problem, UsageError
from ..system.command_names import typed_command
from .reference_files import FOLDER, path_of

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
        """Return the resolved reference and the source of an orb. Raises UsageError, which says what to do."""
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
            raise self.failed(reference, "the answer is not the API's") from None
        if errors:
            raise self.failed(reference, "; ".join(errors))
        return data if isinstance(data, dict) else {}

    def _download(self, url: str) -> str:
        return self._open(urllib.request.Request(url), url)

    def _open(self, request: urllib.request.Request, reference: str) -> str:
        opener = urllib.request.build_opener(_Redirects(secure=not self.insecure_urls, allowed=request.data is None))
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                content = _read(response)
            if len(content) > MOST_BYTES:
                raise self.failed(reference, f"it has more than {MOST_BYTES} bytes")
            return str(content.decode("utf-8"))
        except urllib.error.HTTPError as error:
            raise self.failed(reference, f"HTTP status {error.code}") from None
        except UnicodeDecodeError:
            raise self.failed(reference, "it is not UTF-8") from None
        except (OSError, ValueError, HTTPException) as error:
            reason = str(getattr(error, "reason", error))
            raise Unreachable(reason, *self.failed(reference, reason).problems) from None

    def failed(self, reference: str, why: str) -> UsageError:
        """Return the error for an orb that could not be had, with how to go on without the registry."""
        return UsageError(Problem(f"orb '{reference}' could not be fetched: {why}", None, _how_else(reference)))


class Unreachable(UsageError):
    """Nobody answers at all."""

    def __init__(self, reason: str, *problems: Problem | str) -> None:
        self.reason = reason
        super().__init__(*problems)


def _read(response: HTTPResponse) -> bytes:
    """Return an answer, no more than a byte too much of it. Raises OSError if it takes too long altogether."""
    until = time.monotonic() + 4 * TIMEOUT_SECONDS
    content = b""
    while len(content) <= MOST_BYTES and (more := response.read1(MOST_BYTES + 1 - len(content))):
        content += more
        if time.monotonic() > until:
            raise TimeoutError("it takes too long")
    return content


def _how_else(reference: str) -> str:
    if reference.startswith("https://"):
        place = path_of(reference)
        return f"Put its source at {(FOLDER / place).as_posix()} by hand, or try again." if place else ""
    at = f"{likely_tag(reference)} of {repository_of(reference.partition('@')[0])}"
    return f"Most likely it is {at}. From there, or with a clone in its place: `{typed_command(add_words(reference))}`"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect of a question (its token would travel), and none away from HTTPS."""

    def __init__(self, *, secure: bool, allowed: bool) -> None:
        self._secure = secure
        self._allowed = allowed

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if not self._allowed or (self._secure and not newurl.startswith("https://")):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)
