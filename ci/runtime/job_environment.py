"""The environment of a job's steps: what it is made of, and what outranks what."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from ..options.passable import may_pass
from ..workflow.model import Pairs
from .box import Box
from .task import Task

BASH_ENV = "bash_env"
"""The file in a box's ``task_data`` by which steps hand variables on."""
_PASSWORD = r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^@/:]*:([^@/]+)@"
LOCALE = ("LANG", "LANGUAGE", "TZ")
_PROXY = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
PROXY = (*_PROXY, *(name.upper() for name in _PROXY))
CERTIFICATES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "DENO_CERT",
    "HTTPLIB2_CA_CERTS",
    "NIX_SSL_CERT_FILE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
)
"""Variables that name the bundle of certificates that tools are to trust."""


def terminal_type(named: str) -> str:
    """Return what TERM is for steps that have a terminal: what it was, unless that says that there is no terminal."""
    return "xterm" if named in ("", "dumb") else named


def passed(environ: Mapping[str, str], names: Iterable[str]) -> Pairs:
    """Those of the named variables that are set."""
    return tuple((name, environ[name]) for name in names if name in environ)


def proxy_passwords(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the passwords of the user's proxies, as they are written and as they are sent.

    Docker's command line gives containers the proxies of its own settings too.
    """
    values = (*(environ.get(name, "") for name in PROXY), *docker_proxies(environ))
    return passwords(values)


def passwords(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the passwords in addresses such as ``http://user:password@host``, as they are written and sent."""
    found = [match[1] for address in addresses if address and (match := re.match(_PASSWORD, address))]
    return tuple(dict.fromkeys([*found, *map(unquote, found)]))


def docker_proxies(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the proxies in the settings of Docker's command line, https://docs.docker.com/engine/cli/proxy/."""
    import json

    folder = environ.get("DOCKER_CONFIG") or os.path.join(environ.get("HOME", ""), ".docker")
    try:
        text = Path(folder, "config.json").read_text(encoding="utf-8")
        proxies = json.loads(text)["proxies"] if '"proxies"' in text else {}
        for each in proxies.values():
            yield from (value for value in each.values() if isinstance(value, str))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):  # not there, or not Docker's
        return


def of_job(task: Task, box: Box, command_folder: str, folders: Pairs = ()) -> Pairs:
    """Return what each step of a job gets, in rising strength, on top of the box's own environment.

    The order of https://circleci.com/docs/guides/security/env-vars/ (order of precedence): contexts, then what
    CircleCI defines, then the job's ``environment``; a step's own comes on top. The folder of the ``circleci``
    command is the first on PATH. ``folders`` are variables that name a folder by its place in the box.
    """
    bash_env = f"{box.task_data}/{BASH_ENV}"
    own = (
        ("CIRCLE_INTERNAL_TASK_DATA", box.task_data),
        ("BASH_ENV", bash_env),
        ("CIRCLE_SHELL_ENV", bash_env),
    )
    path = dict(box.environment).get("PATH", "")
    search = (("PATH", f"{command_folder}:{path}" if path else command_folder),)
    handed = tuple((name, value) for name, value in task.plain if may_pass(name))
    return (*search, *handed, *folders, *task.secrets, *task.variables, *own, *task.job.environment)
