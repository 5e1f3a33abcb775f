"""One job by its name, whatever workflow has it: a job that no workflow calls is called as it is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import Problem, UsageError
from ..options.table import Options
from ..source.suggest import choices
from ..workflow.job_instances import Workflow
from ..workflow.plan import has_job
from .loaded_config import LoadedConfig
from .named_values import arguments

TYPE_CHECKING = False
if TYPE_CHECKING:  # a job that a workflow calls is run from the config, which may be kept
    from ..compiler.job_call import JobCall

Load = Callable[["JobCall | None"], LoadedConfig]
"""Load the config, or one job of it alone."""
Found = tuple[LoadedConfig, tuple[Workflow, ...]]


def workflows_with(job: str, options: Options, load_with: Load) -> Found:
    """Return the config and its workflows that have the job, at least one.

    If none has it, or the options have arguments for it, that is a workflow that consists of the declared job.
    Raises UsageError if there is no such job, ConfigError for an argument that it does not take.
    """
    texts = arguments(options.job_params, "--job-param")
    if texts:
        return _called(job, texts, load_with)
    config = load_with(None)
    found = config.workflows()
    having = tuple(workflow for workflow in found if has_job(workflow, job))
    if having:
        return config, having
    if job not in config.declared and "/" not in job:
        names = [each.name for workflow in found for each in workflow.instances if each.job]
        hint = choices(job, list(dict.fromkeys([*names, *config.declared])))
        raise UsageError(Problem(f"no workflow has a job {job!r}, and the config defines none", None, hint))
    return _called(job, {}, load_with)


def _called(job: str, texts: Mapping[str, str], load_with: Load) -> Found:
    from ..compiler.job_call import JobCall

    config = load_with(JobCall(job, texts))
    return config, config.workflows()
