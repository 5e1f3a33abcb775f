"""``run``: from options to exit status; puts the pieces together, decides nothing that they could."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from ..compiler.compiled import Compiled
from ..compiler.emit import emit as emit_yaml
from ..engines.choose import choose
from ..engines.exposure import explained, runs_here
from ..errors import Problem, UsageError
from ..escapes import visible_name
from ..options.parser import Options
from ..project.executor_images import builds
from ..project.project import Project
from ..report.reporters import Reporter, reporting
from ..run.approval import Approvals
from ..run.circle_variables import Pipeline
from ..run.cleaning import left_line
from ..run.folder import RunFolder, clean_leftovers, next_number, open_run, prune
from ..run.masked_events import masked
from ..run.secrets import job_secrets, passed_variables
from ..run.state_folder import check_state
from ..run.work_tree import named_folders, read_origin
from ..run.workflow_run import Invocation, RunStatus, run_invocation
from ..runtime.job_environment import passed
from ..runtime.masking.stream import Masker
from ..runtime.task import Settings
from ..source.suggest import choices
from ..system.private_files import opener, write_text
from ..system.temporary import user_name
from ..trust.config_permissions import with_config
from ..trust.consent import consented
from ..workflow.load_jobs import workflows
from ..workflow.model import JobInstance, Workflow
from ..workflow.plan import Plan, Selection, has_job, make_plan
from .compile_project import pipeline_values

EXIT: dict[RunStatus, int] = {"success": 0, "on_hold": 0, "failed": 1, "canceled": 1}


def run_workflow(project: Project, compiled: Compiled, name: str, options: Options) -> int:
    """Run a workflow of a compiled config as the options say; returns the exit status.

    Raises CiError for bad input, KeyboardInterrupt (everything cleaned up) where the user ended it.
    """
    workflow = find_workflow(workflows(compiled, project.settings.python_from), name)
    refuse_uncalled(compiled, workflow, options)
    plan = make_plan(workflow, Selection(options.jobs, options.executors, options.parents))
    invocation = prepare(project, plan, options)
    if options.dry_run:
        show_plan(invocation)
        return 0
    return run_prepared(project, compiled, invocation, options)


def refuse_uncalled(compiled: Compiled, workflow: Workflow, options: Options) -> None:
    """Raise UsageError for a job that the config defines and the workflow does not call, and for arguments."""
    if options.job_params:
        hint = "A job is run alone, with arguments, without the workflow's name: run -j JOB --job-param NAME=VALUE."
        raise UsageError(Problem(f"--job-param: workflow {workflow.name!r} gives its jobs their arguments", None, hint))
    for job in options.jobs:
        if job in compiled.declared and workflow.active and not has_job(workflow, job):
            hint = f"It runs without the workflow's name: run -j {job} (arguments: --job-param NAME=VALUE)."
            raise UsageError(Problem(f"workflow {workflow.name!r} does not call job {job!r}", workflow.position, hint))


def find_workflow(found: tuple[Workflow, ...], name: str) -> Workflow:
    """The workflow of that name; UsageError with the nearest one where there is none."""
    for workflow in found:
        if workflow.name == name:
            return workflow
    raise UsageError(Problem(f"there is no workflow {name!r}", None, choices(name, [each.name for each in found])))


def prepare(project: Project, plan: Plan, options: Options) -> Invocation:
    """Everything that the run of a plan needs, decided before anything starts."""
    if not options.dry_run:
        check_state(project.root, project.state)
    asking = with_config(project.root, options, plan.instances, os.environ)
    options, notices = consented(project.root, asking, os.environ)
    settings = engine_settings(project, options, plan.instances)
    choice = choose(options.engine, plan, settings, _compile_server)
    plan = choice.engine.adapt_plan(plan, settings)
    origin = read_origin(project.root, options.branch, options.tag)
    values = {key: str(value) for key, value in pipeline_values(project, options).values.items()}
    number = 0 if options.dry_run else next_number(project.state)
    secrets = job_secrets(project.root, Path.home(), options, plan.instances)
    return Invocation(
        plan=plan,
        engine=choice.engine,
        engine_reason=explained(choice.reason, choice.engine, plan, settings),
        fallback=choice.fallback,
        origin=origin,
        settings=replace(settings, registry_variables=(*secrets.all(), *passed(os.environ, options.auth_variables))),
        pipeline=Pipeline.of(number, values, user_name()),
        secrets=secrets,
        passed=passed_variables(options.passes, os.environ),
        approve=Approvals(options.approve, _terminal(options)).ask,
        width=options.parallel,
        fail_fast=options.fail_fast,
        notices=notices,
    )


def _compile_server() -> AbstractContextManager[str]:
    """Start this project's compiler as a server for CircleCI's CLI."""
    from ..server.compile_api import own_server

    return own_server()


def engine_settings(project: Project, options: Options, instances: Sequence[JobInstance]) -> Settings:
    """The options that engines must know."""
    chosen = options.settings
    return Settings(
        project=project.root,
        python_from=chosen.python_from,
        folders=named_folders((each.name for each in options.passes if each.folder), os.environ),
        state=project.state,
        pull=options.pull,
        platform=options.platform,
        machine=options.machine,
        isolation=options.isolation,
        shared_folders=options.share,
        machine_image=chosen.machine_image,
        builds=tuple(builds(project, instances).items()),
        keep=options.keep,
        host_ca=options.host_ca,
        allow_docker=options.allow_docker,
        allow_ssh_agent=options.ssh_agent,
        tty=options.tty,
        node=options.node,
    )


def _terminal(options: Options) -> bool:
    return not options.json and sys.stdin.isatty() and sys.stdout.isatty()


def show_plan(invocation: Invocation) -> None:
    """Print what a run would do, from the very objects that would do it."""
    from ..report.dry_run import plan_lines
    from ..workflow.risks import risk_lines

    engine, settings = invocation.engine, invocation.settings
    lines = plan_lines(
        invocation.plan,
        engine.name,
        invocation.engine_reason,
        lambda each: engine.skip_reason(each, settings),
        lambda each: engine.preview(each, settings),
        lambda each: risk_lines(each.job) if each.job and runs_here(engine, each, settings) else (),
    )
    for line in (*lines, *invocation.passed.lines, *invocation.notices):
        print(visible_name(line))


def run_prepared(project: Project, compiled: Compiled, invocation: Invocation, options: Options) -> int:
    """Run what was prepared in a folder of its own, with the reporters that the options ask for."""
    with ExitStack() as stack:
        behind = [left_line(each) for each in clean_leftovers() if each.left]
        invocation = replace(invocation, notices=(*invocation.notices, *compiled.chosen, *behind))
        engines = [each.name for each in (invocation.engine, invocation.fallback) if each]
        # on other engines there is nothing to see in it
        on_host = "host" in (*engines, invocation.settings.machine)
        folder = stack.enter_context(open_run(project.state, keep=options.keep and on_host))
        stack.callback(prune, project.state)
        masker = Masker(invocation.secret_values(os.environ))
        write_text(folder.compiled, masker.text(emit_yaml(compiled)))
        emit = stack.enter_context(reporting(reporters(folder, options)))
        status = run_invocation(invocation, folder, masked(emit, masker))
    return EXIT[status]


def reporters(folder: RunFolder, options: Options) -> list[Reporter]:
    """The reporters of a run: its logs and events.jsonl, and the console or JSON on standard output."""
    from ..report.bounded import Bounded
    from ..report.console import Console
    from ..report.json_lines import JsonLines, output_size
    from ..report.logs import Logs
    from ..report.style import style_of

    events = JsonLines(open(folder.events, "w", encoding="utf-8", opener=opener))
    limit = options.log_limit
    kept: list[Reporter] = [Bounded(limit, Logs(folder.log)), Bounded(limit, events, output_size)]
    if options.json:
        return [*kept, JsonLines(sys.stdout, flush=True, owned=False)]
    whole = options.parallel != 1
    style = style_of(sys.stdout)
    return [*kept, Console(sys.stdout, style, whole=whole, quiet=options.quiet, verbose=options.verbose)]
