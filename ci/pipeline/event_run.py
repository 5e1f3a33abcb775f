"""A run of all that an event starts: every workflow of it, one after another, in one run with one record."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence

from ..dataclass import replace
from ..errors import FAILED, PASSED, Problem, UsageError
from ..escapes import visible_name
from ..options.table import Options
from ..project.project import Project
from ..report.ci_log import ci_log
from ..report.event_plan_text import event_plan_lines
from ..report.style import style_of
from ..run.run_context import RunContext
from ..system.command_names import typed_command
from ..workflow.event_plan import ALL_OUT
from ..workflow.job_instances import Workflow
from ..workflow.plan import Plan, make_plan
from .chosen_event import option_words
from .chosen_steps import set_stops
from .chosen_workflow import find_workflow, selection
from .console_form import output_name
from .detached_options import refuse_several
from .invocation import Invocation, open_invocation
from .loaded_config import LoadedConfig
from .planned_event import PlannedEvent, planned_event
from .prepare import prepare
from .reported_run import run_reported, show_plan, taken_jobs
from .run_mode import RunMode

Report = Callable[[LoadedConfig, Options], None]


def run_event(project: Project, options: Options, mode: RunMode, report_config: Report) -> int:
    """Run what the event starts that the options choose, by default a push; return the worst exit status.

    A config with one workflow runs that one whatever starts it. Raises CiError for bad input.
    """
    planned = planned_event(project, options)
    options = replace(planned.options, unnamed=True)
    report_config(planned.config, options)
    if mode.earlier is None:
        _show(planned, options)
    names = _names(planned)
    if not names:
        plan = typed_command(shlex.join(["plan", *option_words(planned.options)]))
        print(visible_name(f"nothing runs; what would, and by which options: {plan}"), file=sys.stderr)
        return FAILED
    if planned.config.setup:
        from .dynamic_config import run_setup

        return run_setup(project, planned.config, names[0], options, mode)
    refuse_several(options, len(names))
    found = planned.config.workflows()
    plans = _plans([find_workflow(found, name) for name in names], options)
    contexts = _prepared(project, plans, options, mode)
    if options.dry_run:
        return _show_plans(contexts, options)
    return _run(project, planned.config, contexts, options, mode)


def _show(planned: PlannedEvent, options: Options) -> None:
    if options.json or options.quiet:
        return
    of_event = (planned.event, planned.branch, planned.tag, planned.starts)
    _print(event_plan_lines(*of_event, lambda workflow, job: None, style_of(sys.stdout)), options)
    print(flush=True)


def _print(lines: Iterable[str], options: Options) -> None:
    """Print lines that a CI system does not obey, whatever names the config has."""
    log = ci_log(output_name(options.output, os.environ), "")
    for line in lines:
        print(log.line(line) if log else line, flush=True)


def _names(planned: PlannedEvent) -> list[str]:
    names = [each.workflow.name for each in planned.starts if each.starts]
    if not names and len(planned.starts) == 1 and planned.starts[0].reason != ALL_OUT:
        return [planned.starts[0].workflow.name]
    return names


def _plans(workflows: Sequence[Workflow], options: Options) -> list[Plan]:
    """Return the workflows' plans; if executors are chosen, those of the workflows that have them."""
    chosen = selection(options)
    plans, refused = [], list[UsageError]()
    for each in workflows:
        try:
            plans.append(make_plan(each, chosen))
        except UsageError as error:
            if not chosen.executors:
                raise
            refused.append(error)
    if not plans:
        raise UsageError(*(problem for error in refused for problem in error.problems))
    return plans


def _prepared(project: Project, plans: Sequence[Plan], options: Options, mode: RunMode) -> list[RunContext]:
    """Return the contexts of all plans, of one pipeline; the user is asked before anything runs."""
    first = prepare(project, plans[0], options, mode, others=plans)
    others = [prepare(project, each, options, mode, first.pipeline, plans) for each in plans[1:]]
    return [first, *others]


def _show_plans(contexts: Sequence[RunContext], options: Options) -> int:
    if options.json and len(contexts) > 1:
        names = ", ".join(each.plan.workflow.name for each in contexts)
        hint = f"Name one of them; `{typed_command('plan --json')}` has what the event starts."
        raise UsageError(Problem(f"--dry-run --json shows one workflow, and these would run: {names}", None, hint))
    for each in contexts:
        show_plan(each, options.json)
    return PASSED


def _run(
    project: Project, config: LoadedConfig, contexts: Sequence[RunContext], options: Options, mode: RunMode
) -> int:
    taken = [taken_jobs(project, config, each, options, mode) for each in contexts]
    plans = [each.plan for each in contexts]
    statuses: dict[str, int] = {}
    with open_invocation(project, contexts[0], options) as invocation:
        for context, (own, records) in zip(contexts, taken, strict=True):
            name = context.plan.workflow.name
            if options.fail_fast and any(statuses.values()):
                print(visible_name(f"workflow {name} does not run: --fail-fast"), file=sys.stderr)
                continue
            set_stops(mode.pauses, context.plan, options, context.engine.name, plans)
            statuses[name] = run_reported(invocation, config, context, options, own, records)
        _show_results(invocation, options)
    return max(statuses.values())


def _show_results(invocation: Invocation, options: Options) -> None:
    workflows = invocation.record.workflows
    if len(workflows) > 1 and not options.json:
        ended = ", ".join(f"{each.name} {each.result.replace('_', ' ')}" for each in workflows)
        _print([f"workflows: {visible_name(ended)}"], options)
