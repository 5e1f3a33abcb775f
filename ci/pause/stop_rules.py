"""At which places a run's jobs stop."""

from __future__ import annotations

from ..dataclass import dataclass
from ..run.pauses import Places
from ..runtime.stops import Stop


@dataclass(frozen=True, slots=True)
class StopRules:
    """Where jobs stop: at a failed step, before and after single ones."""

    at_failure: bool = False
    before: Places = ()
    after: Places = ()

    def at(self, stop: Stop) -> bool:
        """Return whether a job stops there; after a step it stops whether that has failed or not."""
        place = (stop.job, stop.step)
        if stop.moment == "failed":
            return self.at_failure or place in self.after
        return place in (self.before if stop.moment == "before" else self.after)
