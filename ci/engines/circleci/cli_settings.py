"""What the official CLI finds in place of the user's settings, and which server compiles for it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ...dataclass import dataclass
from ...runtime.job_environment import CERTIFICATES, LOCALE, PROXY, passed, passwords

_USERINFO = re.compile(r"//[^/@\s]*@")
PUBLIC = "https://circleci.com"
TOKEN, HOST = "CIRCLECI_CLI_TOKEN", "CIRCLECI_CLI_HOST"
AGENT = "build_agent_settings.json"
"""The CLI's note of which build agent to take, if the user has chosen one."""
DOCKER = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION")


@dataclass(frozen=True)
class User:
    """The settings of the user's CLI: ``settings`` are cli.yml's without the token."""

    folder: Path
    settings: Mapping[str, Any]
    token: str
    host: str

    @property
    def server(self) -> str:
        """Return the server that the user has chosen or an account on; empty if there is none."""
        return self.host or (PUBLIC if self.token else "")

    @property
    def shown_server(self) -> str:
        """The server without the user and the password that its address may have."""
        return _USERINFO.sub("//", self.server)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no output may show: the token, and the password in the server's address."""
        return (*([self.token] if self.token else []), *passwords([self.host]))


def read_user(environ: Mapping[str, str]) -> User:
    """Return the user's settings; empty ones if there are none, or they cannot be read."""
    folder = Path(environ.get("HOME") or Path.home()) / ".circleci"
    try:
        found = yaml.safe_load((folder / "cli.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        found = None
    settings = dict(found) if isinstance(found, dict) else {}
    token = environ.get(TOKEN) or str(settings.pop("token", None) or "")
    settings.pop("token", None)
    return User(folder, settings, token, environ.get(HOST) or str(settings.get("host") or ""))


def write_home(home: Path, user: User) -> None:
    """Return a home whose ``.circleci`` may be mounted into the agent's container: no token is in it."""
    place = home / ".circleci"
    place.mkdir(parents=True, mode=0o700)
    (place / "cli.yml").write_text(yaml.safe_dump(dict(user.settings)) if user.settings else "", encoding="utf-8")
    if (user.folder / AGENT).is_file():
        shutil.copy(user.folder / AGENT, place / AGENT)


def environment(environ: Mapping[str, str], home: Path, user: User, server: str) -> dict[str, str]:
    """Return what the CLI runs with: its private home, the user's engine, and the token in a variable of its own."""
    made = dict(passed(environ, ("PATH", *LOCALE, *PROXY, *CERTIFICATES, *DOCKER)))
    made |= {"HOME": str(home), "TMPDIR": str(home), HOST: server}
    made |= {"CIRCLECI_CLI_SKIP_UPDATE_CHECK": "true", "CIRCLECI_CLI_TELEMETRY_OPTOUT": "1"}
    made["DOCKER_CONFIG"] = environ.get("DOCKER_CONFIG") or os.path.join(environ.get("HOME", ""), ".docker")
    if user.token:
        made[TOKEN] = user.token
    return made


def socket_words(environ: Mapping[str, str]) -> list[str]:
    """Return the flag by which the agent gets the engine's socket, if it is not the usual one."""
    scheme, _, path = environ.get("DOCKER_HOST", "").partition("://")
    return ["--docker-socket-path", path] if scheme == "unix" else []
