"""Registries: which one has an image, how an engine is asked for it, and a login that lasts for one pull."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping

from ....dataclass import dataclass
from ....errors import EngineError, Problem
from ....system.temporary import temporary_folder
from ....workflow.model import Image, Pairs
from ..client import Client

HUB = "docker.io"
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


def registry_of(image: str) -> str:
    """Return the registry that an image's name begins with; Docker Hub's if it begins with none."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else HUB


def remote(client: Client, image: str) -> str:
    """Return the name by which an engine is asked to fetch an image. Podman takes none for Docker Hub's by itself.

    https://circleci.com/docs/reference/configuration-reference/#docker, ``image``
    """
    first = image.partition("/")[0]
    if not client.podman or registry_of(image) != HUB or first == HUB:
        return image
    return f"{HUB}/{image}" if "/" in image else f"{HUB}/library/{image}"


@dataclass(frozen=True)
class Words:
    """The options of a pull that is logged in: those before the command and those after."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@contextlib.contextmanager
def logged_in(client: Client, image: Image, variables: Pairs = ()) -> Iterator[Words]:
    """Yield the options under which a pull of that image is logged in; none if it has no ``auth``.

    The variables that this names are looked up in ``variables``.

    The password goes through standard input, into a folder that nobody else can read and that goes again.
    """
    if image.auth is None:
        yield Words()
        return
    known = dict(variables)
    user, password = (expanded(text, known) for text in image.auth)
    with temporary_folder() as folder:
        words = Words(after=("--authfile", f"{folder}/auth.json")) if client.podman else Words(("--config", folder))
        registry = registry_of(image.image)
        asked = ["login", *words.after, "--username", user, "--password-stdin", registry]
        done = client.call(*words.before, *asked, input=password.encode())
        if not done.ok:
            reason = " ".join(done.stderr.split())
            hint = f"Check the auth of {image.image} and at the variables that it names."
            raise EngineError(Problem(f"logging in to {registry} as {user} failed: {reason}", None, hint))
        yield words


def auth_variables(image: Image) -> tuple[str, ...]:
    """Return the names of the variables that the ``auth`` of an image is made of."""
    return tuple(name for text in image.auth or () for name in _VARIABLE.findall(text))


def expanded(text: str, environ: Mapping[str, str]) -> str:
    """Return a value of ``auth`` with the user's variables in place; raise EngineError for one that is not set."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in environ:
            message = f"the image's auth needs the variable {found[1]}, which is not set"
            raise EngineError(Problem(message, None, f"Set it: export {found[1]}=..., or in a context of the job."))
        return environ[found[1]]

    return _VARIABLE.sub(value, text)
