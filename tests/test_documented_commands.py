"""Every command that README or a page of docs names is one that the program takes."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ci.cli.execute import execute_parser
from ci.errors import UsageError
from ci.options.command_list import COMMANDS, SESSIONS
from ci.options.commands import ARGUMENTS
from ci.options.parser import command_parser, run_parser
from ci.pipeline.kept_config import ConfigChoice
from ci.pipeline.load_project import load_chosen
from ci.project.project import find_project

from .projects import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("nox-circleci", "circleci-local", "circleci local", "python -m ci")
_OURS = re.compile(rf"(?:{'|'.join(PROGRAMS)}|nox(?= -))(?:\s|$)")
VALUES = {"N": "1", "A-B": "1-2", "TIME": "2h", "SIZE": "50MB", "OS/ARCH": "linux/amd64", "FORMAT": "text"}
"""Values for the words that stand for one where the parser looks at it."""
ALLOWED = {"--host"}
"""Words of the official CLI."""
OWN_SESSIONS = {"tests", "lint", "bench", "mutation", "profile"}
"""Those of this project's noxfile, whose options are those of other programs."""


def commands(text: str) -> Iterator[str]:
    """The commands of ours in a page: in blocks of code, and in code within a line."""
    blocks = re.findall(r"^ *```(bash|console|yaml)\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    lines = [line for language, block in blocks for line in typed(language, block.splitlines())]
    lines += [line.strip() for line in re.findall(r"^ {4,}(?:nox|circleci)[- ].*$", text, re.MULTILINE)]
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    lines += [code.replace(r"\|", "|") for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose)]
    for line in lines:
        for part in re.split(r'&&|;| \| |[<>](?!TAB|$)|"?\$\(|\)"?|\s#\s', line):
            words = re.sub(r"^\s*(?:\w+=\S+\s+)*(?:[\w./]*/)?", "", part).strip()
            if _OURS.match(words) and "<TAB" not in part:  # what a shell completes is no command yet
                yield words


def typed(language: str, lines: list[str]) -> list[str]:
    if language == "console":
        return [line[2:] for line in lines if line.startswith("$ ")]
    if language == "yaml":
        return [re.sub(r"^[\s-]*(?:run:)?\s*", "", line) for line in lines]
    return lines


def filled(words: list[str]) -> list[str]:
    """The words of a command as somebody would type them: without brackets, with values in the place of names."""
    kept = [word.strip("[]") for word in words if word not in ("|", "...", "OPTIONS")]
    return [VALUES.get(word, word) for word in kept]


def take(words: list[str]) -> None:
    """Have the parser of a command take its words; raise UsageError if it does not."""
    if not words or words[0] in ALLOWED or words[0] == "COMMAND":
        return
    command, rest = words[0], words[1:]
    assert command in COMMANDS, f"there is no command {command}"
    if command in ("run", "rerun"):
        while rest and not rest[0].startswith("-"):
            rest = rest[1:]
        run_parser(command).parse([word for word in rest if command == "run" or word != "--all"])
    elif command == "execute":
        execute_parser().parse(rest)
    elif rest and f"{command} {rest[0]}" in ARGUMENTS:
        command_parser(f"{command} {rest[0]}", command).parse(rest[1:])
    elif command in ARGUMENTS:
        command_parser(command).parse(rest)


def sessions() -> dict[str, list[str]]:
    """The sessions of this clone, with the words that each stands for."""
    of_config = load_chosen(find_project(ROOT), ConfigChoice()).sessions
    return {each.name: list(each.arguments) for each in of_config} | {name: [name] for name in SESSIONS}


def check(line: str) -> None:
    line = next((line.removeprefix(each) for each in PROGRAMS if line.startswith(each)), line)
    words = shlex.split(line.replace("\\<", "<"))
    if words[:1] == ["nox"]:
        check_session(words[1:])
    else:
        take(filled(words))


def check_session(words: list[str]) -> None:
    own, behind = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    names = own[own.index("-s") + 1 :][:1] if "-s" in own else []
    known = sessions()
    for name in names:
        if name in OWN_SESSIONS:
            continue
        assert name in known or name.isupper(), f"there is no session {name}"
        take([*known.get(name, ["run", "w"]), *filled(behind)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_taken_by_its_parser(page: Path):
    wrong = []
    for line in commands(page.read_text(encoding="utf-8")):
        with contextlib.suppress(SystemExit):  # --help
            try:
                check(line)
            except (UsageError, AssertionError, ValueError) as error:
                wrong.append(f"{line}: {error}")
    assert wrong == []


def test_the_commands_of_a_page_are_found_wherever_they_stand():
    page = """
Say `nox-circleci runs --json` or `CI_PROJECT=x .venv/bin/python -m ci graph \\| less`, not `docker run`.

```console
$ nox -s smoke -- -j build
nox-circleci is what it prints
```
```bash
python -m ci run w --dry-run && circleci local execute     # a comment
eval "$(nox-circleci completion bash)"
```
```yaml
      - run: nox-circleci validate
```
"""
    assert list(commands(page)) == [
        "nox -s smoke -- -j build",
        "python -m ci run w --dry-run",
        "circleci local execute",
        "nox-circleci completion bash",
        "nox-circleci validate",
        "nox-circleci runs --json",
        "python -m ci graph",
    ]


@pytest.mark.parametrize(
    "line",
    ["nox-circleci rnu w", "nox-circleci run w --engin host", "python -m ci graph --parallel", "nox -s nothing",
     "nox -s smoke -- --enginee host", "circleci-local orbs add --all-tag a b", "nox-circleci log --step x"],
)  # fmt: skip
def test_a_command_that_is_not_there_is_noticed(line):
    with pytest.raises((UsageError, AssertionError)):
        check(line)
