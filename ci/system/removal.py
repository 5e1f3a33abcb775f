"""Removal of whole folders: the only place that removes a tree.

Only what is really in the folder goes. No link is followed and no mode outside is changed, because each folder is
opened below its parent and looked at before anything happens to it. What is mounted in it stays, with the folders
that lead there. One descriptor is open at a time, however deep the tree.

The supervisor of the host engine, which imports nothing of this package, loads this file by itself: it uses
``os`` and its like alone.
"""

from __future__ import annotations

import errno
import os
import stat

ROUNDS = 5
"""How often a folder is emptied that a living process goes on writing to."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNOPENED = getattr(os, "O_PATH", 0)


def remove_tree(path: str | os.PathLike[str], owners: tuple[int, ...] | None = None) -> str | None:
    """Remove a folder and everything below it, read-only folders too.

    Return why it is still there, or None if it is gone. The folder is left alone if it is a link, no folder, or
    belongs to none of ``owners`` (users by number; by default whoever runs this). Only the last part of ``path`` is
    checked to be no link: the caller vouches for what leads there.
    """
    parent, name = os.path.split(os.path.abspath(path))
    try:
        above = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        return None if isinstance(error, FileNotFoundError) else _reason(os.fspath(path), error)
    try:
        return _Removal(os.fspath(path), name, above, (os.geteuid(),) if owners is None else owners).run()
    finally:
        os.close(above)


class _Removal:
    """One tree on its way: ``levels`` are the folders from the top to the one that is open, which is ``here``."""

    def __init__(self, path: str, name: str, above: int, owners: tuple[int, ...]) -> None:
        self.path, self.name, self.above, self.owners = path, name, above, owners
        self.levels: list[_Level] = []
        self.here = -1
        self.mount = _mount(above)
        self.left: str | None = None

    def run(self) -> str | None:
        try:
            status = os.lstat(self.name, dir_fd=self.above)
        except FileNotFoundError:
            return None
        except OSError as error:
            return _reason(self.path, error)
        if not stat.S_ISDIR(status.st_mode):
            return f"{self.path} is {'a link' if stat.S_ISLNK(status.st_mode) else 'no folder'}"
        if status.st_uid not in self.owners:
            return f"{self.path} belongs to another user"
        top = _Level(self.name)
        while self._enter(top, self.above):
            self._empty()
            if self._remove_folder(top, self.above) is not None:
                break
        return self.left

    def _empty(self) -> None:
        try:
            while self.levels:
                self._next(self.levels[-1])
        except OSError as error:
            self._keep(self._shown(), error)
        finally:
            os.close(self.here)
            self.levels.clear()

    def _next(self, level: _Level) -> None:
        """Remove one entry of the open folder, or go down into it; go up if no entry is left."""
        if not level.entries and not level.seen:
            level.seen = True
            level.rounds -= 1
            level.entries = [name for name in os.listdir(self.here) if name not in level.kept]
        if not level.entries:
            self._up()
            return
        name = level.entries.pop()
        try:
            os.unlink(name, dir_fd=self.here)
        except FileNotFoundError:
            pass
        except OSError as error:
            if not self._down(name, error):
                level.kept.add(name)

    def _down(self, name: str, error: OSError) -> bool:
        """Remove a folder, which unlink has refused, or go into it if it is not empty; return False if it stays."""
        try:
            os.rmdir(name, dir_fd=self.here)
            return True
        except OSError:  # it is not empty, or no folder, or mounted
            pass
        try:
            is_folder = stat.S_ISDIR(os.lstat(name, dir_fd=self.here).st_mode)
        except FileNotFoundError:
            return True
        if not is_folder:
            self._keep(self._shown(name), error)
            return False
        return self._enter(_Level(name), self.here)

    def _enter(self, level: _Level, above: int) -> bool:
        """Open a folder, which is emptied next; return False, with the reason in ``left``, if it is not for us."""
        name = level.name
        try:
            folder = _opened(name, above, self.mount)
        except OSError as error:
            self._keep(self._shown(name), error)
            return False
        if folder is None:
            self.left = self.left or f"{self._shown(name)} is another file system, mounted there"
            return False
        if self.levels:
            os.close(self.here)
        self.here = folder
        level.identity, level.seen = _identity(folder), False
        self.levels.append(level)
        return True

    def _up(self) -> None:
        """Go back to the parent and remove the folder that was emptied; go into it again if it is not empty yet."""
        done = self.levels.pop()
        if not self.levels:
            return
        parent = os.open("..", _FOLDER, dir_fd=self.here)
        os.close(self.here)
        self.here = parent
        if _identity(parent) != self.levels[-1].identity:
            raise OSError(errno.ESTALE, "it was moved meanwhile")  # so that nothing there is ours
        is_gone = self._remove_folder(done, parent)
        if is_gone is False or (is_gone is None and not self._enter(done, parent)):
            self.levels[-1].kept.add(done.name)

    def _remove_folder(self, level: _Level, above: int) -> bool | None:
        """Remove a folder that was emptied; return whether it is gone, None if it is to be emptied once more."""
        try:
            os.rmdir(level.name, dir_fd=above)
        except FileNotFoundError:
            return True
        except OSError as error:
            if level.rounds and error.errno in (errno.ENOTEMPTY, errno.EEXIST) and not level.kept:
                return None
            self._keep(self._shown(level.name), error)
            return False
        return True

    def _keep(self, path: str, error: OSError) -> None:
        self.left = self.left or _reason(path, error)

    def _shown(self, name: str = "") -> str:
        """Return the path of an entry of the open folder, for the user."""
        below = [level.name for level in self.levels[1:]]
        return os.path.join(self.path, *below, *([name] if self.levels and name else []))


class _Level:
    """One folder on the way down: what is still to be removed in it, and what stays; ``rounds`` that it has left."""

    __slots__ = ("entries", "identity", "kept", "name", "rounds", "seen")

    def __init__(self, name: str) -> None:
        self.name, self.identity = name, (0, 0)
        self.entries: list[str] = []
        self.kept: set[str] = set()
        self.seen = False
        self.rounds = ROUNDS


def _opened(name: str, above: int, mount: int) -> int | None:
    """Open a folder to be emptied, and make it accessible to its owner; return None if it is a mount."""
    if _UNOPENED:
        seen = os.open(name, _FOLDER | _UNOPENED, dir_fd=above)
        try:
            if _mount(seen) != mount or os.fstat(seen).st_dev != os.fstat(above).st_dev:
                return None
            if os.fstat(seen).st_mode & stat.S_IRWXU != stat.S_IRWXU:
                os.chmod(f"/proc/self/fd/{seen}", stat.S_IRWXU)  # a folder that cannot be opened, and no other
            return os.open(".", _FOLDER, dir_fd=seen)
        finally:
            os.close(seen)
    status = os.lstat(name, dir_fd=above)
    if status.st_dev != os.fstat(above).st_dev:
        return None
    if status.st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(name, stat.S_IRWXU, dir_fd=above, follow_symlinks=False)
    return os.open(name, _FOLDER, dir_fd=above)


def _mount(descriptor: int) -> int:
    """Return the number of the mount that an open file lies in; 0 without /proc.

    It distinguishes bind mounts of one device.
    """
    try:
        file = os.open(f"/proc/self/fdinfo/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            found = os.read(file, 4096).partition(b"mnt_id:")[2]
        finally:
            os.close(file)
    except OSError:
        return 0
    return int(found.split(None, 1)[0]) if found else 0


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _reason(path: str, error: OSError) -> str:
    return f"{path}: {error.strerror}"
