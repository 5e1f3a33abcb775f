"""What ``--detach`` goes together with."""

from __future__ import annotations

from ..errors import Problem, UsageError
from ..options.table import Options
from ..system.command_names import typed_command
from .chosen_steps import stops_wanted


def detaches(options: Options, engine: str) -> bool:
    """Return whether the jobs of a run are left to their places. Raise UsageError where that cannot be."""
    if not options.detach:
        return False
    if engine != "kubernetes":
        what = f"--detach: the jobs of the engine {engine} end with this program"
        raise UsageError(
            Problem(what, None, f"Take a cluster: `{typed_command('run WORKFLOW --engine kubernetes --detach')}`.")
        )
    excluded = {
        "--pause, --pause-before and --pause-after": stops_wanted(options),
        "--tty": options.tty,
        "--keep": options.keep,
    }
    if found := next((name for name, is_set in excluded.items() if is_set), None):
        raise _excluded(found)
    return True


def refuse_watch(options: Options) -> None:
    """Raise UsageError for a run to be left that is also to run again at each save."""
    if options.detach:
        raise _excluded("--watch")


def _excluded(name: str) -> UsageError:
    return UsageError(Problem(f"--detach does not go together with {name}", None, "Leave one of them out."))


def refuse_several(options: Options, workflows: int) -> None:
    """Raise UsageError for a detached run of several workflows: one after another they would wait for this program."""
    if options.detach and workflows != 1:
        hint = f"Name one: `{typed_command('run WORKFLOW --engine kubernetes --detach')}`."
        raise UsageError(
            Problem(f"--detach: the run would have {workflows} workflows, of which one can be left", None, hint)
        )


def refuse_setup(options: Options) -> None:
    """Raise UsageError for a setup workflow: its job continues the pipeline by this program."""
    if options.detach:
        what = "--detach: a setup workflow continues its pipeline by this machine, so its run cannot be left"
        raise UsageError(Problem(what, None, "Leave out --detach."))
