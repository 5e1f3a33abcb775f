"""A reporter that writes to a disk which may fill: the run is worth more than the lines that do not fit."""

from __future__ import annotations

import errno
from collections.abc import Callable

from ..events import Event
from .reporters import Reporter

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Tolerant:
    """Passes events on; that there is no room for some is reported once, and ends neither job nor run."""

    def __init__(self, what: str, reporter: Reporter, report: Callable[[str], None]) -> None:
        """``what`` names what the reporter writes."""
        self._what = what
        self._reporter = reporter
        self._report = report
        self._reported = False

    def __call__(self, event: Event) -> None:
        self._try(lambda: self._reporter(event))

    def close(self) -> None:
        self._try(self._reporter.close)

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            if not self._reported:
                self._reported = True
                self._report(f"{self._what} of this run lack lines: {error.strerror}. Make room; the run goes on")
