"""GitHub's workflow commands: lines of a log that its runner obeys, and lines that it must not.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands and the runner's own
``ActionCommand.cs``: a line is a command if it begins with ``::`` behind blanks, or has ``##[`` anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from ..errors import Position

_DATA = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}
_LINE_ENDS = re.compile(r"[\r\n\x85\u2028\u2029]+")
_UNSEEN = r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]*"
"""Characters that a comparison of .NET's, in the language of the machine, may pass over."""
_COMMAND = re.compile(rf"^(?:{_UNSEEN}\s)*{_UNSEEN}(?=:{_UNSEEN}:)")
_OLD_COMMAND = re.compile(rf"#{_UNSEEN}#(?={_UNSEEN}\[)")


def workflow_command(name: str, message: str, **properties: object) -> str:
    """Return the line of a command; whatever is in the message and the properties, it stays that one command."""
    pairs = ((key, str(value).translate(_PROPERTY)) for key, value in properties.items() if value not in ("", None))
    head = ",".join(f"{key}={value}" for key, value in pairs)
    return f"::{name}{f' {head}' if head else ''}::{message.translate(_DATA)}"


def annotation(level: str, message: str, position: Position | None, title: str, folder: str = "") -> str:
    """Return the command that shows a message (``error``, ``warning``) at its place in the changed files."""
    place: dict[str, object] = {}
    if position:
        place = {"file": repository_path(position.file, folder), "line": position.line, "col": position.column}
    return workflow_command(level, message, **place, title=title)


def no_command(line: str) -> str:
    """Return a line, without its end, that the runner takes for no command: ``| `` stands before what looks like one.

    A carriage return within it ends a line for the runner.
    """
    parts = [_OLD_COMMAND.sub("# # ", _COMMAND.sub(r"\g<0>| ", part)) for part in _LINE_ENDS.split(line)]
    return "\n".join(parts)


def no_command_in(line: bytes) -> bytes:
    """Return a line of a log, with its end, as ``no_command`` does; bytes that are no UTF-8 stay."""
    text = line.decode("utf-8", "surrogateescape")
    body = text.rstrip("\r\n")
    return (no_command(body) + text[len(body) :]).encode("utf-8", "surrogateescape")


def repository_path(file: str, folder: str, environ: Mapping[str, str] | None = None) -> str:
    """Return the path of a file, named from ``folder``, as GitHub wants it: from the top of the checkout, if known."""
    top = (os.environ if environ is None else environ).get("GITHUB_WORKSPACE", "")
    place = os.path.realpath(os.path.join(folder or ".", file))
    if not top or not os.path.isfile(place):
        return file
    path = os.path.relpath(place, os.path.realpath(top))
    return file if path.startswith("..") else path
