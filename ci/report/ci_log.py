"""How a CI system shows a log: what folds, what it would obey, what it marks in the changed files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol, TextIO

from .prefixed import LONGEST
from .screens import PlainScreen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .failure import Failure

_SECTION = re.compile(r"(section_(?:start|end):\d+:[\w.-]+(?:\[[^\]\r]*\])?)\r")


class CiLog(Protocol):
    """The form of a CI system's log; texts come with the ends of their lines."""

    def begin(self, title: str, now: float) -> str:
        """Return what begins a part that can be folded."""

    def end(self, now: float) -> str:
        """Return what ends it."""

    def line(self, line: str) -> str:
        """Return a line, without its end, that the system does not obey, whatever a job has written."""

    def mark(self, failure: Failure) -> str:
        """Return what shows a failure at its place in the changed files; empty if the system has nothing for it."""


class GithubLog:
    """The log of a step in GitHub Actions; ``folder`` is the one from which files are named."""

    def __init__(self, folder: str = "") -> None:
        self._folder = folder

    def begin(self, title: str, now: float) -> str:
        from .workflow_commands import workflow_command

        return f"{workflow_command('group', title)}\n"

    def end(self, now: float) -> str:
        return "::endgroup::\n"

    def line(self, line: str) -> str:
        from .workflow_commands import no_command

        return no_command(line) if ":" in line or "#" in line else line

    def mark(self, failure: Failure) -> str:
        from .failure_blocks import failure_lines
        from .style import Style
        from .workflow_commands import annotation

        head, *lines = failure_lines(failure, Style())
        text = "\n".join(line.removeprefix("  ") for line in lines).removeprefix(f"{failure.position}: ")
        return f"{annotation('error', text, failure.position, head.partition(' ')[2], self._folder)}\n"


class GitlabLog:
    """The log of a job in GitLab CI/CD: https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections"""

    def __init__(self) -> None:
        self._number = 0

    def begin(self, title: str, now: float) -> str:
        self._number += 1
        return f"\x1b[0Ksection_start:{int(now)}:{self._name()}[collapsed=true]\r\x1b[0K{title}\n"

    def end(self, now: float) -> str:
        return f"\x1b[0Ksection_end:{int(now)}:{self._name()}\r\x1b[0K\n"

    def line(self, line: str) -> str:
        return _SECTION.sub(r"\1 ", line)

    def mark(self, failure: Failure) -> str:
        return ""

    def _name(self) -> str:
        return f"nox_circleci_{self._number}"


def ci_system(environ: Mapping[str, str]) -> str:
    """Return what runs this program: ``github``, ``gitlab``, ``other`` for another CI system, or nothing."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    if environ.get("GITLAB_CI") == "true":
        return "gitlab"
    return "other" if environ.get("CIRCLECI") == "true" or environ.get("CI") in ("true", "1") else ""


def ci_log(name: str, folder: str) -> CiLog | None:
    """Return the log of a system by its name; None for a log that is a plain text."""
    return GithubLog(folder) if name == "github" else GitlabLog() if name == "gitlab" else None


class CiScreen:
    """A stream that a CI system reads: whole lines, of which none is a command but ours."""

    def __init__(self, stream: TextIO, log: CiLog) -> None:
        self._plain = PlainScreen(stream)
        self._log = log
        self._rest = ""

    def write(self, text: str) -> None:
        head, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._plain.write("".join(f"{self._log.line(line)}\n" for line in head.split("\n")))
        if len(self._rest) > LONGEST:
            self.write("\n")

    def obeyed(self, text: str) -> None:
        """Write whole lines that the system is to obey."""
        if self._rest:
            self.write("\n")
        if text:
            self._plain.write(text)

    def ask(self, job: str, question: str, *, shown: bool = True) -> None:
        if shown:
            self.obeyed("")
            self._plain.write(self._log.line(question))

    def answered(self, job: str, *, line_ended: bool = True) -> None:
        self._plain.answered(job, line_ended=line_ended)

    def end(self) -> None:
        self.obeyed("")
        self._plain.end()
