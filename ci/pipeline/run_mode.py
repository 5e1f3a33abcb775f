"""How a run differs from one that begins at the beginning and goes on to its end."""

from __future__ import annotations

from ..dataclass import dataclass, field
from ..run.pauses import NoPauses, Pauses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .earlier_run import EarlierRun


@dataclass(frozen=True, slots=True)
class RunMode:
    """What stops the jobs of a run, and from which earlier run it takes results."""

    pauses: Pauses = field(default_factory=NoPauses)
    earlier: EarlierRun | None = None
