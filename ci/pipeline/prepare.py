"""What the run of a plan needs, decided before anything starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ..dataclass import replace
from ..engines.choose import choose
from ..engines.exposure import explained
from ..git.git_values import GitValues
from ..options.table import Options
from ..project.executor_images import builds
from ..project.project import Project
from ..run.approval import Approvals
from ..run.circle_variables import PipelineIds
from ..run.folder import next_number
from ..run.passed_folders import named_folders
from ..run.run_context import RunContext
from ..run.secret_sources import SecretSources
from ..run.secrets import JobSecrets, job_secrets, passed_variables
from ..run.state_folder import check_state
from ..runtime.job_environment import passed
from ..runtime.task import Settings
from ..system.temporary import user_name
from ..trust.config_permissions import with_config
from ..trust.consent import consented
from ..trust.context_consent import held_back
from ..workflow.job_instances import JobInstance
from ..workflow.plan import Plan
from .chosen_steps import left_out_steps, set_stops
from .detached_options import detaches
from .run_mode import RunMode


def prepare(
    project: Project,
    plan: Plan,
    options: Options,
    mode: RunMode,
    pipeline: PipelineIds | None = None,
    others: Sequence[Plan] = (),
) -> RunContext:
    """Return everything that the run of a plan needs, as another workflow of a ``pipeline`` if there is one already.

    Options may name steps of ``others``, which the same run has.
    Raises UsageError for what the user must change first.
    """
    if not options.dry_run:
        check_state(project.root, project.state)
    plan = mode.narrow(plan)
    held = held_back(project.root, Path.home(), plan.instances, options)
    running = [each for each in plan.instances if each.name not in held]
    asking = with_config(project.root, options, running, os.environ)
    options, notices = consented(project.root, asking, os.environ)
    settings = engine_settings(project, options, plan.instances)
    project.git.begin_status()  # it may take a while
    choice = choose(options.engine, plan, settings, _compile_server)
    plan = choice.engine.adapt_plan(plan, settings)
    set_stops(mode.pauses, plan, options, choice.engine.name, others)
    work_tree = project.git.work_tree(options.branch, options.tag)
    ids = pipeline.of_next_workflow() if pipeline else _pipeline_ids(project, options, mode)
    secrets = _secrets(project, options, running)
    context = RunContext(
        plan=plan,
        engine=choice.engine,
        engine_reason=explained(choice.reason, choice.engine, plan, settings),
        fallback=choice.fallback,
        work_tree=work_tree,
        settings=replace(settings, registry_variables=(*secrets.all(), *passed(os.environ, options.auth_variables))),
        pipeline=ids,
        secrets=secrets,
        passed=passed_variables(options.passes, os.environ),
        approve=Approvals(options.approve, _terminal(options)).ask,
        width=options.parallel,
        fail_fast=options.fail_fast,
        notices=notices,
        pauses=mode.pauses,
        left_out=left_out_steps(plan, options),
        detaches=detaches(options, choice.engine.name),
        held_back={each.name: why for each in plan.instances if (why := _why_held(each, held))},
    )
    return _with_reuse(context, project, options)


def _with_reuse(context: RunContext, project: Project, options: Options) -> RunContext:
    """Return the context with what takes jobs from kept runs, if that is wanted."""
    if not reuses(options, context.engine.name):
        return context
    from .reused_jobs import reuse_of

    return replace(context, reuse=reuse_of(project, options, context))


def _secrets(project: Project, options: Options, running: Sequence[JobInstance]) -> JobSecrets:
    sources = SecretSources(os.environ, dict(options.env_commands), _can_ask(options))
    return job_secrets(project.root, Path.home(), options, running, sources)


def _why_held(instance: JobInstance, held: Mapping[str, str]) -> str | None:
    """Return why an instance does not run, or one that it stands for."""
    return next((held[each.name] for each in (instance, *instance.merged) if each.name in held), None)


def reuses(options: Options, engine: str) -> bool:
    """Return whether jobs may be taken from kept runs, or what they see is noted for later runs."""
    if options.dry_run or engine == "circleci":
        return False
    return options.reuse != "off" or engine in ("docker", "kubernetes") or bool(options.reuse_tools)


def _pipeline_ids(project: Project, options: Options, mode: RunMode) -> PipelineIds:
    """Return the ids of a new pipeline, or those of the one that runs again, as on CircleCI.

    https://circleci.com/docs/guides/orchestrate/workflows/#rerunning-failed-workflow-jobs
    """
    values, user = GitValues(project.git), user_name()
    if mode.earlier is None or not mode.earlier.record.workflows:
        return PipelineIds.of(0 if options.dry_run else next_number(project.state), values, user)
    first = mode.earlier.record.workflows[0]
    return replace(PipelineIds.of(first.pipeline_number, values, user), id=first.pipeline_id)


def _compile_server() -> AbstractContextManager[str]:
    """Start this project's compiler as a server for CircleCI's CLI."""
    from ..server.compile_api import own_server

    return own_server()


def engine_settings(project: Project, options: Options, instances: Sequence[JobInstance]) -> Settings:
    """Return what engines must know of the options."""
    return Settings.of(
        options,
        project.root,
        python_from=project.settings.python_from,
        folders=named_folders((each.name for each in options.passes if each.folder), os.environ, project.git),
        state=project.state,
        machine_image=project.settings.machine_image,
        builds=tuple(builds(project, instances).items()),
    )


def _can_ask(options: Options) -> bool:
    """Return whether a person can answer a question on standard error."""
    return not options.json and sys.stdin.isatty() and sys.stderr.isatty()


def _terminal(options: Options) -> bool:
    return not options.json and sys.stdin.isatty() and sys.stdout.isatty()
