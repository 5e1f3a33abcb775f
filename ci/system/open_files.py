"""How many files this program may have open at once, and how to have more."""

from __future__ import annotations

import contextlib


def allow_open_files(wanted: int) -> int:
    """Have so many files at once if the hard limit allows that; return how many may be open then.

    The limit that holds at first, 1,024 on most machines and 256 on macOS, is for programs that use ``select``. What
    this program starts gets the new one.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _less(soft, wanted):
        aim = wanted if _less(wanted, hard) else hard
        with contextlib.suppress(OSError, ValueError):  # macOS has one more limit, and does not say so in this one
            resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))
            soft = aim
    return wanted if not _less(soft, wanted) else soft


def _less(limit: int, other: int) -> bool:
    """Compare limits; -1 is none."""
    import resource

    return limit != resource.RLIM_INFINITY and (other == resource.RLIM_INFINITY or limit < other)
