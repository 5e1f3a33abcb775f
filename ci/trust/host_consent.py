"""The user's yes to a job that can change this machine: ``circleci-local execute`` once always used a container."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from ..dataclass import replace
from ..engines.exposure import changes_machine, runs_here
from ..errors import Problem, UsageError
from ..escapes import visible_name
from ..options.settings import ProjectSettings
from ..options.table import Options
from ..run.run_context import RunContext
from ..workflow.risks import risk_lines
from .yes_or_no import confirmed

VARIABLE = "NOX_CIRCLECI_ENGINE"
HINT = f"Allow it with --engine host or {VARIABLE}=host, or start Docker or Podman."


def ask_for_host(context: RunContext, asked: bool) -> None:
    """Raise UsageError if a job could change this machine, unless the user has ``asked`` for that, or agrees now."""
    if asked or not changes_machine(context.engine, context.plan, context.settings):
        return
    lines = [f"the job would run on this machine and could change it ({context.engine_reason})", *_risks(context)]
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(Problem("\n    ".join(lines), None, HINT))
    print("\n    ".join(map(visible_name, lines)), file=sys.stderr)
    if not confirmed("Run it on this machine?"):
        raise UsageError(Problem("not allowed: nothing is run", None, HINT))


def names_host(option: str | None, environ: Mapping[str, str], options: Options, settings: ProjectSettings) -> bool:
    """Return whether the user has named the host engine: by an option, a variable, or settings of their own."""
    if own := option or environ.get(VARIABLE):
        return own == "host"
    return options.engine == "host" and "engine" not in dict(settings.options)


def without_host(context: RunContext) -> RunContext:
    """Return the context without a fallback whose jobs could change this machine: nobody is asked any more then."""
    fallback = context.fallback
    if fallback is None or not changes_machine(fallback, context.plan, context.settings):
        return context
    return replace(context, fallback=None)


def _risks(context: RunContext) -> Iterable[str]:
    for each in context.plan.instances:
        if each.job and runs_here(context.engine, each, context.settings):
            yield from risk_lines(each.job)
