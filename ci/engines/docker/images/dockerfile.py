"""The images that a Dockerfile begins from: what a build must have or pull before its first step.

https://docs.docker.com/reference/dockerfile/#from, #arg, #copy---from, #here-documents
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_ARG = re.compile(r"ARG\s+(\w+)(?:=(\S+))?", re.IGNORECASE)
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_COPY = re.compile(r"(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=(\S+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")
_HEREDOC = re.compile(r"(?:RUN|COPY|ADD)\b.*<<-?[\"']?(\w+)", re.IGNORECASE)


def base_images(text: str) -> tuple[str, ...]:
    """Return the images that a Dockerfile takes from elsewhere, each once, without those in unknown variables."""
    known: dict[str, str] = {}
    stages: set[str] = set()
    found: dict[str, None] = {}
    for line in _instructions(text):
        if (argument := _ARG.match(line)) and argument[2] is not None:
            known.setdefault(argument[1], argument[2].strip("\"'"))
        wanted = _FROM.match(line) or _COPY.match(line)
        if wanted and (image := _filled(wanted[1], known)) and not _is_stage(image, stages):
            found[image] = None
        if wanted and wanted.re is _FROM and wanted[2]:
            stages.add(wanted[2].lower())
    return tuple(found)


def _is_stage(name: str, stages: set[str]) -> bool:
    return name.lower() in stages or name == "scratch" or name.isdecimal()


def _filled(name: str, known: Mapping[str, str]) -> str:
    """Return a name with the variables' values in it; empty if one has none."""
    values = [known.get(found[1] or found[2], found[3] or "") for found in _VARIABLE.finditer(name)]
    if not all(values):
        return ""
    filling = iter(values)
    return _VARIABLE.sub(lambda _: next(filling), name)


def _instructions(text: str) -> Iterator[str]:
    """Yield a Dockerfile's instructions, each on one line; comments and here-documents are left out."""
    joined, ending = "", ""
    for line in text.splitlines():
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        if line.lstrip().startswith("#"):
            continue
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        if heredoc := _HEREDOC.match(joined):
            ending = heredoc[1]
        yield joined
        joined = ""
