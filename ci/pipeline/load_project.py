"""A project's config as a run takes it: compiled, or as it was kept if nothing has changed since."""

from __future__ import annotations

from ..project.project import Project, read_config
from .chosen_event import chosen_event
from .kept_config import ConfigChoice, find_kept, keep, package_stamp
from .loaded_config import LoadedConfig, loaded

TYPE_CHECKING = False
if TYPE_CHECKING:  # a config that is kept needs no compiler
    from ..compiler.job_call import JobCall
    from ..options.table import Options


def load_project(project: Project, options: Options, call: JobCall | None = None) -> LoadedConfig:
    """Return the project's config, or a call of one job of it. Raises ConfigError with all that is wrong with it.

    Nothing is kept of what comes of parameters or arguments, which may be secret.
    """
    if call is None and not options.params and not options.pipeline_parameters:
        classic = options.compiler == "classic"
        event = chosen_event(options)
        return load_chosen(project, ConfigChoice(options.branch, options.tag, classic, options.strict, event))
    from .compile_project import compile_project

    return loaded(compile_project(project, options, call), project.settings.python_from)


def load_chosen(project: Project, choice: ConfigChoice) -> LoadedConfig:
    """Return the project's config without parameters. Raises ConfigError with all that is wrong with it."""
    text = read_config(project)
    kept = find_kept(project, choice, text)
    if kept:
        return kept
    stamp = package_stamp()
    from .compile_project import compile_asked

    compiled, asked = compile_asked(project, choice, text)
    config = loaded(compiled, project.settings.python_from)
    if asked:
        keep(project, choice, text, asked, config, stamp)
    return config
