"""What the commands of a step do that reaches beyond a job's own folder: for whoever reads before running."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Job, Run

_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
_JOINED = re.compile(r"\\\n")
_ENDS = re.compile(r"[;&|()`{}\n]|\$\(")
_BEFORE = ("if", "then", "else", "elif", "do", "while", "until", "!", "time", "exec", "env", "nohup", "sudo", "xargs")
_ASSIGNED = re.compile(r"\w+=")
_SUDO_IN_VARIABLE = re.compile(r"\w+=[\"']?sudo\b")


def risk_lines(job: Job) -> Iterator[str]:
    """Yield a line for each step of a job that uses sudo or removes absolute paths: ``step 2 'name' uses sudo``."""
    for number, step in enumerate(job.steps, 1):
        found = risks(step.command) if isinstance(step, Run) else ()
        if found:
            yield f"step {number} {step.name!r} {', '.join(found)}"


def risks(command: str) -> tuple[str, ...]:
    """Return what a step's text does as root or to absolute paths: ``uses sudo``, ``runs rm -rf /usr/go``."""
    found: dict[str, None] = {}
    for words in _commands(command):
        if "sudo" in words[: _own_word(words) + 1] or any(_SUDO_IN_VARIABLE.match(word) for word in words):
            found["uses sudo"] = None
        if removed := _removed(words[_removal(words) :]):
            found[f"runs {removed}"] = None
    return tuple(found)


def _commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command, as well as that can be seen without running it."""
    plain = _COMMENT.sub("", _JOINED.sub(" ", text))
    yield from filter(None, (part.split() for part in _ENDS.split(plain)))


def _own_word(words: list[str]) -> int:
    """Return the index of a command's own name, behind assignments, ``if`` and the like, ``sudo`` and its options."""
    number, behind_sudo = 0, False
    while number < len(words) - 1:
        word = words[number]
        if not (word in _BEFORE or _ASSIGNED.match(word) or (behind_sudo and word.startswith("-"))):
            break
        behind_sudo = behind_sudo or word == "sudo"
        number += 1
    return number


def _removal(words: list[str]) -> int:
    """Return the index that an ``rm`` may have.

    That is a command's own name, or any word behind ``sudo``, whose options may have values.
    """
    own = _own_word(words)
    behind_sudo = (number for number in range(own, len(words)) if _name(words[number]) == "rm")
    return next(behind_sudo, own) if "sudo" in words[:own] else own


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def _removed(words: list[str]) -> str:
    """Return an ``rm -r`` of absolute paths as it is written, without its other words; empty for any other command."""
    if _name(words[0]) != "rm":
        return ""
    flags = [word for word in words[1:] if word.startswith("-")]
    recursive = any(word == "--recursive" or (not word.startswith("--") and set(word) & set("rR")) for word in flags)
    targets = [word for word in words[1:] if word.lstrip("\"'").startswith("/")]
    return " ".join(("rm", *flags, *targets)) if recursive and targets else ""
