"""Jobs and steps over the time of a run, as parts of its length."""

from __future__ import annotations

from collections.abc import Sequence

from ..dataclass import dataclass
from ..report.style import duration
from .drawn_graph import shortened
from .sections import Bar, Link, Tick, Timeline, TimelineRow

NARROWEST = 0.15
"""Percent: what was shorter can still be seen and clicked."""
TICKS = 6
LABEL, SHORT = 36, 18
"""Characters of a row's name that are shown, and up to which it is a short one."""
_UNITS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True, slots=True)
class Period:
    """A job, node or step from its start to its end."""

    label: str
    href: str
    status: str
    started: float
    seconds: float
    steps: Sequence[Period] = ()
    critical: bool = False


def drawn_timeline(
    rows: Sequence[Period], started: float, seconds: float, critical: tuple[Link, ...], critical_seconds: float
) -> Timeline:
    """Return the timeline of a run that began then and took so long."""
    ends = [each.started + each.seconds - started for each in rows]
    whole = max([seconds, *ends, 0.001])

    def bar(each: Period) -> Bar:
        left = min(100 - NARROWEST, max(0.0, 100 * (each.started - started) / whole))
        width = min(100 - left, max(NARROWEST, 100 * each.seconds / whole))
        title = f"{each.label}: {each.status.replace('_', ' ')}, {duration(each.seconds)}"
        return Bar(round(left, 3), round(width, 3), each.status, each.href, title)

    drawn = tuple(
        TimelineRow(
            each.label,
            shortened(each.label, LABEL),
            each.href,
            each.status,
            duration(each.seconds),
            each.critical,
            bar(each),
            tuple(map(bar, each.steps)),
        )
        for each in sorted(rows, key=lambda each: each.started)
    )
    has_long_names = any(len(each.label) > SHORT for each in rows)
    return Timeline(drawn, has_long_names, ticks(whole), critical, duration(critical_seconds))


def ticks(seconds: float) -> tuple[Tick, ...]:
    """Return the marks of an axis of that length: at most TICKS behind its zero, at round times."""
    unit = next((each for each in _UNITS if seconds / each <= TICKS), 0.0) or 14400 * (1 + seconds // (14400 * TICKS))
    count = int(seconds / unit)
    return tuple(Tick(round(100 * number * unit / seconds, 3), _time(number * unit)) for number in range(count + 1))


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    return duration(seconds)
