"""A compiled config with typed jobs: what a run needs of it, without the nodes that the compiler made."""

from __future__ import annotations

from collections.abc import Callable

from ..dataclass import dataclass
from ..errors import ConfigError, Problem
from .session_list import Session, config_sessions

TYPE_CHECKING = False
if TYPE_CHECKING:  # a config that is kept needs no compiler
    from ..compiler.compiled import Compiled
    from ..workflow.job_instances import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedConfig:
    """What one config comes to; each part is that of ``Compiled``."""

    load: Callable[[], tuple[Workflow, ...]]
    """Return the workflows with their typed jobs."""
    unusable: tuple[Problem, ...]
    """What the compiler takes and no runtime could use."""
    sessions: tuple[Session, ...]
    text: str
    """The compiled config as YAML."""
    warnings: tuple[Problem, ...]
    missing: tuple[Problem, ...]
    chosen: tuple[str, ...]
    setup: bool
    declared: tuple[str, ...]

    def workflows(self) -> tuple[Workflow, ...]:
        """Return the workflows with their typed jobs; raise ConfigError with all that no runtime could use."""
        if self.unusable:
            raise ConfigError(*self.unusable)
        return self.load()


def loaded(compiled: Compiled, python_from: str) -> LoadedConfig:
    """Return what a compiled config comes to; ``python_from`` is the project's setting of that name."""
    from ..compiler.emit import emit
    from ..workflow.load_jobs import workflows

    found: tuple[Workflow, ...] = ()
    unusable: tuple[Problem, ...] = ()
    try:
        found = workflows(compiled.workflows, compiled.jobs, python_from)
    except ConfigError as error:
        unusable = error.problems
    return LoadedConfig(
        load=lambda: found,
        unusable=unusable,
        sessions=config_sessions(compiled),
        text=emit(compiled),
        warnings=compiled.warnings,
        missing=compiled.missing,
        chosen=compiled.chosen,
        setup=compiled.setup,
        declared=compiled.declared,
    )
