"""Which event the options choose, and the pipeline values that the config is compiled with for it."""

from __future__ import annotations

from ..errors import Problem, UsageError
from ..workflow.pipeline_event import SCHEDULE, PipelineEvent

TYPE_CHECKING = False
if TYPE_CHECKING:  # what lists the sessions has no options
    from ..options.table import Options


def chosen_event(options: Options) -> PipelineEvent:
    """Return what triggers the pipeline. Raises UsageError for the name of a schedule with another event."""
    if options.schedule and options.trigger not in ("", SCHEDULE):
        message = f"--schedule {options.schedule} is a schedule's name, and --trigger {options.trigger} is no schedule"
        raise UsageError(Problem(message, None, "Leave out one of the two."))
    return PipelineEvent.of(options.trigger, options.schedule)


def option_words(options: Options) -> tuple[str, ...]:
    """Return the options of the pipeline as they are typed."""
    pairs = [("--config", options.config), ("--branch", options.branch), ("--tag", options.tag)]
    pairs += [("--trigger", options.trigger), ("--schedule", options.schedule)]
    pairs += [("--pipeline-parameters", options.pipeline_parameters), *(("--param", each) for each in options.params)]
    return tuple(word for flag, value in pairs if value for word in (flag, value))
