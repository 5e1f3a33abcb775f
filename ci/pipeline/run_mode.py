"""How a run differs from one that begins at the beginning and goes on to its end."""

from __future__ import annotations

from ..dataclass import dataclass, field
from ..run.pauses import NoPauses, Pauses
from ..workflow.plan import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .earlier_run import EarlierRun


def whole(plan: Plan) -> Plan:
    """Return a plan as it is."""
    return plan


@dataclass(frozen=True, slots=True)
class RunMode:
    """What stops the jobs of a run, which of them it leaves out, and from which earlier run it takes results."""

    pauses: Pauses = field(default_factory=NoPauses)
    earlier: EarlierRun | None = None
    narrow: Callable[[Plan], Plan] = whole
    """Return the part of a plan that runs."""
