"""The form in which a run is shown: chosen by ``--output``, else found out from the environment and the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TextIO

from ..dataclass import dataclass, replace
from ..options.table import Options
from ..report.style import Style, moves_cursor, style_of
from .chosen_steps import stops_wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..report.ci_log import CiLog

CI_VARIABLES = ("GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "CI")
"""Variables by which CI systems say that they run a program."""


@dataclass(frozen=True, slots=True)
class ConsoleForm:
    """How the console writes: what the stream can show, whether it draws what runs, and the log of a CI system."""

    style: Style
    live: bool = False
    hint: str | None = None
    """Why it does not draw."""
    log: CiLog | None = None


def console_form(options: Options, folder: str, stream: TextIO, environ: Mapping[str, str]) -> ConsoleForm:
    """Return the form for a stream; files are named from ``folder``."""
    style = style_of(stream, environ)
    name = output_name(options.output, environ)
    if name in ("github", "gitlab"):
        from ..report.ci_log import ci_log

        return ConsoleForm(replace(style, color=not environ.get("NO_COLOR")), log=ci_log(name, folder))
    if name == "plain" or options.quiet:
        return ConsoleForm(style)
    hint: str | None
    if not moves_cursor(stream, environ):
        hint = "no live view: standard output is not a terminal on which lines can be drawn again"
        return ConsoleForm(style, hint=hint if name == "live" else None)
    if _leaves(options):
        return ConsoleForm(style)
    from ..report.live_view import live_view_lacks

    hint = live_view_lacks()
    return ConsoleForm(style, live=hint is None, hint=hint)


def output_name(chosen: str, environ: Mapping[str, str]) -> str:
    """Return ``github``, ``gitlab``, ``plain``, ``live``, or ``auto`` where the terminal decides."""
    if chosen != "auto" or not any(map(environ.get, CI_VARIABLES)):
        return chosen
    from ..report.ci_log import ci_system

    return {"other": "plain", "": "auto"}.get(found := ci_system(environ), found)


def _leaves(options: Options) -> bool:
    """Return whether the run may go on behind the user's back, with paused jobs: it must not draw on the terminal."""
    return stops_wanted(options) and not sys.stdin.isatty()


def step_summary_file(options: Mapping[str, object], environ: Mapping[str, str]) -> str:
    """Return the file of GitHub's step summary; empty if a run with those options has none."""
    shown = output_name(str(options.get("output", "auto")), environ) == "github" and not options.get("json")
    return environ.get("GITHUB_STEP_SUMMARY", "") if shown else ""
