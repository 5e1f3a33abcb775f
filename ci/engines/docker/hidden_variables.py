"""Variables of a container that are in no process list: every user of this machine can read the options of ``run``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...dataclass import dataclass
from ...workflow.model import Pairs

STANDARD_INPUT = "/dev/stdin"
_CLIENTS_OWN = re.compile(
    r"PATH|HOME|USER|TERM|LANG|LC_\w+|TMPDIR|TMP|TEMP|(HTTPS?|ALL|NO|FTP)_PROXY|DOCKER_\w+|BUILDKIT_\w+|BUILDX_\w+"
    r"|COMPOSE_\w+|MOBY_\w+|PODMAN_\w+|_?CONTAINERS?_\w+|REGISTRY_\w+|STORAGE_\w+|REGISTRIES_\w+|NETAVARK_\w+"
    r"|XDG_\w+|DBUS_\w+|SSH_\w+|SSL_CERT_\w+|LD_\w+|DYLD_\w+|GO\w+|OTEL_\w+|NOTIFY_SOCKET|LISTEN_\w+",
    re.IGNORECASE,
)
"""Variables that change what the engine's command line itself does."""


@dataclass(frozen=True)
class Variables:
    """The options of ``run`` for some variables, without a value among them.

    The values are in ``environment``, which is the command's own, and in ``file``, which is its standard input.
    """

    options: tuple[str, ...] = ()
    environment: Pairs = ()
    file: bytes | None = None


def unseen(variables: Pairs, named: Iterable[str] = ()) -> Variables:
    """Return how a container gets those variables; ``named`` are in the command's environment in any case."""
    last = dict(variables)
    by_file = {name: value for name, value in last.items() if _CLIENTS_OWN.fullmatch(name) and "\n" not in value}
    for name in named:
        by_file.pop(name, None)
    by_name = {name: value for name, value in last.items() if name not in by_file}
    options = [word for name in by_name for word in ("--env", name)]
    if not by_file:
        return Variables(tuple(options), tuple(by_name.items()))
    content = "".join(f"{name}={value}\n" for name, value in by_file.items())
    options += ["--env-file", STANDARD_INPUT]
    return Variables(tuple(options), tuple(by_name.items()), content.encode("utf-8", "surrogateescape"))
