"""Dynamic config: a setup workflow, then the workflows of the config that it continues with.

https://circleci.com/docs/guides/orchestrate/dynamic-config/
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..compiler.compile import Mode, compile_config
from ..compiler.compiled import Compiled
from ..compiler.pipeline_values import PipelineValues
from ..dataclass import replace
from ..errors import ConfigError, Position, Problem, UsageError
from ..escapes import visible_name
from ..options.table import Options
from ..orbs.sources import LocalOrbs
from ..project.project import Project
from ..report.problems import report_missing, warn_briefly
from ..source.nodes import Value
from ..system.command_names import typed_command
from ..workflow.job_instances import Workflow
from ..workflow.plan import Plan, Selection, make_plan
from .chosen_steps import options_of_setup
from .chosen_workflow import find_workflow, selection
from .compile_project import pipeline_values
from .detached_options import refuse_setup
from .invocation import Invocation, open_invocation
from .loaded_config import LoadedConfig, loaded
from .prepare import prepare
from .reported_run import run_reported, show_plan, taken_jobs
from .rerun_command import CONTINUATION
from .run_mode import RunMode

if TYPE_CHECKING:
    from ..server.continuation import Received


def run_setup(project: Project, config: LoadedConfig, name: str, options: Options, mode: RunMode) -> int:
    """Run the setup workflow, then what it continues with: every workflow there, or the one of that name.

    ``-j`` and ``-e`` choose in the workflow that was named, and so do steps without a job. Returns the worst exit
    status.
    """
    from ..server.continuation import endpoint

    refuse_setup(options)
    found = config.workflows()
    named = name in [each.name for each in found]
    setup = find_workflow(found, name) if named else _only_active(found)
    chosen = options if named else replace(options, jobs=(), executors=())
    plan = make_plan(setup, selection(chosen))
    chosen = options_of_setup(chosen, plan, named)
    context = prepare(project, plan, chosen, mode)
    if options.dry_run:
        show_plan(context, options.json, "the workflows of the config that it continues with")
        return 0
    with open_invocation(project, context, options) as invocation:
        taken = [param.partition("=")[0] for param in options.params]
        with endpoint(*context.engine.listen_and_reach(), taken) as (continuation, received):
            settings = replace(context.settings, continuation=continuation)
            status = run_reported(invocation, config, replace(context, settings=settings), chosen, mode)
        if status:
            return status
        if not received.continued:
            print("the setup workflow has not continued the pipeline: nothing more runs", file=sys.stderr)
            if not named:
                invocation.end("failed")
            return 0 if named else 1
        return _continue(project, invocation, received, "" if named else name, options, mode, plan)


def _only_active(found: tuple[Workflow, ...]) -> Workflow:
    active = [each for each in found if each.instances]
    if len(active) != 1:
        raise UsageError(
            Problem(f"a setup config runs one workflow, and the active ones are {len(active)}", None, "Name one.")
        )
    return active[0]


def _continue(
    project: Project,
    invocation: Invocation,
    received: Received,
    name: str,
    options: Options,
    mode: RunMode,
    setup: Plan,
) -> int:
    compiled = compile_continuation(project, received.configuration, received.parameters, options)
    config = loaded(compiled, project.settings.python_from)
    found = config.workflows()
    wanted = [find_workflow(found, name)] if name else [each for each in found if each.instances]
    chosen = selection(options) if name else Selection()
    plans = [make_plan(workflow, chosen) for workflow in wanted]
    worst = 0
    for workflow, plan in zip(wanted, plans, strict=True):
        if not name and not plan.instances:  # as on CircleCI, it is not created and fails nothing
            print(f"workflow {visible_name(workflow.name)}: filters leave out all of its jobs", file=sys.stderr)
            continue
        context = prepare(project, plan, options, mode, others=(setup, *plans))
        own, taken = taken_jobs(project, config, context, options, mode)
        worst = max(worst, run_reported(invocation, config, context, options, own, taken))
    return worst


def compile_continuation(project: Project, text: str, parameters: Mapping[str, Value], options: Options) -> Compiled:
    """Compile the continuation's config with its parameters, and with those of the user's that it declares.

    Prints its warnings. Raises ConfigError if it is wrong, is a setup config again, or has warnings under
    ``--strict``.
    """
    values = pipeline_values(project, replace(options, params=()))
    given = PipelineValues(values=values.values, arguments={**values.arguments, **parameters})
    texts = _declared(project, text, given, options)
    given, orbs = replace(given, texts=texts), LocalOrbs(project.root)
    mode = Mode(time.monotonic, partial=not options.strict, command=typed_command)
    compiled = compile_config(text, CONTINUATION, given, orbs, mode=mode)
    warn_briefly(compiled.warnings, options.strict)
    report_missing(compiled.missing)
    if compiled.setup:
        message = "a pipeline cannot be continued with another setup configuration"
        raise ConfigError(Problem(message, Position(CONTINUATION, 1, 1), "Leave out setup: true."))
    return compiled


def _declared(project: Project, text: str, given: PipelineValues, options: Options) -> dict[str, str]:
    """Return the user's ``--param`` that the continuation declares too; the setup config has checked the others."""
    from ..source.load import load

    declared = load(text, CONTINUATION).plain.get("parameters")
    names = declared if isinstance(declared, dict) else {}
    pairs = (param.partition("=") for param in options.params)
    return {name: value for name, _, value in pairs if name in names}
