"""Copies of files, made without moving their bytes if the file system can."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys

from .cancellation import Check, unchecked

FICLONE = 0x40049409
"""Linux: give a file the extents of another (ioctl_ficlone(2): btrfs, XFS, bcachefs, overlays of them)."""
CHUNK = 1 << 26
SMALL = 1 << 16
"""Up to here reading and writing is faster than asking the file system for more."""
_NO_RANGE = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ETXTBSY)


def copy_entry(source: str, target: str, check: Check = unchecked) -> None:
    """Copy a file, or a symlink as a symlink, with its permissions; what is there already is replaced.

    Pass over sockets, pipes and devices. Raise OSError, or what ``check`` does.
    """
    check()
    mode = os.lstat(source).st_mode
    if stat.S_ISLNK(mode):
        _clear(target)
        os.symlink(os.readlink(source), target)
    elif stat.S_ISREG(mode):
        _clear(target)
        copy_file(source, target, stat.S_IMODE(mode), check)


def copy_with_time(source: str, target: str, kept: int = 0o7777, check: Check = unchecked) -> None:
    """Copy a regular file to a path that does not exist, with its time of change and those of its permissions.

    Raise OSError, or what ``check`` does.
    """
    if sys.platform == "darwin":
        status = os.lstat(source)
        copy_file(source, target, status.st_mode & kept)  # a clone on APFS
        os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))
        return
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        status = os.fstat(reading)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with contextlib.suppress(EOFError):  # it became shorter: what there is
                copy_bytes(reading, writing, status.st_size, check)
            os.fchmod(writing, status.st_mode & kept)
            os.utime(writing, ns=(status.st_mtime_ns, status.st_mtime_ns))
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def copy_tree(source: str, target: str) -> None:
    """Copy a folder to a path that does not exist, with permissions, times, and the hard links within it."""
    _copy_folder(source, target, {})


def _copy_folder(source: str, target: str, linked: dict[int, str]) -> None:
    """Copy a folder; ``linked`` has the copies of files that have several names, by inode."""
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            place = f"{target}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                _copy_folder(entry.path, place, linked)
            elif entry.is_symlink():
                os.symlink(os.readlink(entry.path), place)
            elif entry.is_file():
                status = entry.stat()
                if status.st_nlink > 1 and linked.setdefault(status.st_ino, place) != place:
                    os.link(linked[status.st_ino], place)
                else:
                    copy_with_time(entry.path, place)
    status = os.stat(source)
    os.chmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))


def copy_file(source: str, target: str, mode: int, check: Check = unchecked) -> None:
    """Copy a regular file to a path that does not exist, with those permissions.

    Raise OSError, or what ``check`` does.
    """
    reading = os.open(source, os.O_RDONLY)
    try:
        size = os.fstat(reading).st_size
        if size > SMALL and sys.platform == "darwin":
            import shutil

            shutil.copyfile(source, target)  # a clone on APFS
            os.chmod(target, mode)
            return
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            copy_bytes(reading, writing, size, check)
            os.fchmod(writing, mode)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def copy_bytes(source: int, target: int, size: int, check: Check = unchecked) -> None:
    """Make an empty open file the copy of another."""
    if size <= SMALL or not _clone(source, target):
        copy_range(source, 0, target, size, check)


def copy_range(source: int, offset: int, target: int, size: int, check: Check = unchecked) -> None:
    """Copy ``size`` bytes that begin at an offset to the present end of an open file, in the kernel if it can.

    Raise EOFError if the source is shorter, OSError, or what ``check`` does.
    """
    in_kernel = size > SMALL and hasattr(os, "copy_file_range")
    while size:
        check()
        if in_kernel:
            try:
                count = os.copy_file_range(source, target, min(size, CHUNK), offset)
            except OSError as error:
                if error.errno not in _NO_RANGE:
                    raise
                in_kernel = False
                continue
        else:
            count = os.write(target, os.pread(source, min(size, 1 << 20), offset))
        if not count:
            raise EOFError("the file became shorter while it was copied")
        offset += count
        size -= count


def _clone(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError:
        return False
    return True


def _clear(target: str) -> None:
    try:
        os.unlink(target)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):  # macOS says the latter of a folder
        import shutil

        shutil.rmtree(target)
