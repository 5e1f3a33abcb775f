"""The files of certificates that the user's variables name, as they are given to a job's container."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ...runtime.job_environment import CERTIFICATES
from ...system.digests import sha256
from ...workflow.model import Pairs


def bundles(environ: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return the files that the variables name, each with its place in that folder of the container."""
    files = dict.fromkeys(environ[name] for name in CERTIFICATES if Path(environ.get(name, "")).is_file())
    return {os.path.realpath(file): f"{folder}/certificates-{number}.pem" for number, file in enumerate(files)}


def variables(environ: Mapping[str, str], places: Mapping[str, str]) -> Pairs:
    """Return the variables that name those files, with their places in the container."""
    found = ((name, places.get(os.path.realpath(environ.get(name, "")))) for name in CERTIFICATES)
    return tuple((name, place) for name, place in found if place)


def lines(environ: Mapping[str, str], places: Collection[str]) -> Iterator[str]:
    """Yield which certificates are passed on and which are not, for a reader."""
    if places:
        yield f"certificates of this machine passed on: {', '.join(places)} (--no-host-ca turns this off)"
    given = {name: Path(environ[name]) for name in CERTIFICATES if environ.get(name)}
    folders = [name for name, place in given.items() if place.is_dir()]
    if folders and not places:
        yield f"certificates not passed on: {', '.join(folders)} names a folder; name a file, as SSL_CERT_FILE does"
    absent = [f"{name} ({place})" for name, place in given.items() if not place.exists()]
    if absent:
        yield f"certificates not passed on, no such file: {', '.join(absent)}"


def facts(environ: Mapping[str, str], folder: str) -> Iterator[tuple[str, str]]:
    """Yield what a job can see of those files. Raise OSError."""
    for file, place in bundles(environ, folder).items():
        with open(file, "rb") as opened:
            yield f"certificates {file}", f"{place} {os.stat(file).st_mode:o} {sha256(opened.read()).hex()}"
