"""What a machine refuses that has nothing to do with this program: a line for the user, with what to do."""

from __future__ import annotations

import errno
import os

_DISK = "the disk of the project or of the temporary folder"
_HINTS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Make room on it"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "Check that it is yours to write"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Allow more open files: ulimit -n 1024"),
    errno.EAGAIN: "Allow more processes (ulimit -u), or run fewer at once",
    errno.ENOMEM: "Close other programs, or run fewer jobs at once",
    errno.EFBIG: "Allow larger files: ulimit -f unlimited",
    errno.EIO: "Check the disk",
}
_PLACES = {
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "the limit on open files"),
    errno.EAGAIN: "the limit on processes",
    errno.ENOMEM: "this machine's memory",
    errno.EFBIG: "the limit on the size of files",
}
_CHANGED = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP, errno.ENOTEMPTY, errno.ESTALE)
"""What comes of a folder that somebody else changes."""

_PACKAGE = __name__.partition(".")[0]


def refusal(error: BaseException) -> str | None:
    """Return the line for what the machine has refused; None for an error that is this program's own."""
    if isinstance(error, RuntimeError):
        limited = "can't start new thread" in str(error)
        return f"the limit on processes: no thread can be started. {_HINTS[errno.EAGAIN]}" if limited else None
    if isinstance(error, ImportError):
        return _half_loaded(error)
    if not isinstance(error, OSError):
        return None
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else ""
    if error.errno in _HINTS:
        place = _PLACES.get(error.errno) or name or _DISK
        return f"{place}: {error.strerror}. {_HINTS[error.errno]}"
    if error.errno in _CHANGED and ".nox" in name.split(os.sep):
        return f"{name}: {error.strerror}. Something else changed the state folder, .nox/ci, during the run"
    return None


def _half_loaded(error: ImportError) -> str | None:
    """Return the line for a module of this program that could not be read whole, as when too many files are open.

    A thread that waits for a module which another one could not load finds a part of it, and no OSError.
    """
    if not (error.name or "").startswith(f"{_PACKAGE}."):
        return None
    return f"a part of this program could not be loaded: {error.msg}. {_HINTS[errno.EMFILE]}"
