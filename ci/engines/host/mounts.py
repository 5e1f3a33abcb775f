"""The system calls that give a job its own view of this machine's files, made inside the job's namespaces.

The supervisor imports this file by its path and so does the package; it imports the standard library alone. Which
operations make up a view is decided in view.py; here they are performed, in order, by the first process of the job's
namespaces. mount_namespaces(7), user_namespaces(7) and pid_namespaces(7) have the rules.
"""

from __future__ import annotations

# contextlib would cost every job three milliseconds:
# ruff: noqa: SIM105
import ctypes
import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
SYS_MOUNT_SETATTR = 442
AT_RECURSIVE = 0x8000
MOUNT_ATTR_RDONLY = 1
PR_SET_PDEATHSIG = 1
SIGKILL = 9
LAYERS, MEMORY = "layers", "memory"
"""Below the job's scratch folder: what it writes to folders of this machine, on the disk and in memory."""
ROOT, EMPTY = "root", "empty"
"""In memory: the job's root folder; an empty folder, and beside it an empty file."""

CHECK_MILLISECONDS = 100

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    """Call mount(2). Raise OSError."""
    words = (_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(data))
    _check(_libc.mount(*words), target)


def seal(place: str) -> None:
    """Make a mount and all below it read-only; a kernel before 5.12 does that to the mount alone. Raise OSError."""
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    if _libc.syscall(SYS_MOUNT_SETATTR, -1, _bytes(place), AT_RECURSIVE, attributes, size) < 0:
        flags = os.statvfs(place).f_flag & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC)  # the same numbers
        mount(None, place, None, MS_BIND | MS_REMOUNT | MS_RDONLY | flags)


def die_with_parent() -> None:
    """Have the kernel kill this process as soon as its parent ends."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "prctl")


def new_pids(user: bool) -> None:
    """Put the children of this process into a new PID namespace; a ``user`` who is not root needs a user namespace too.

    In the user namespace the user keeps his number, and no other number exists. Raise OSError.
    """
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(CLONE_NEWPID | (CLONE_NEWUSER if user else 0)), "unshare")
    if user:
        for name, content in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(content)


def new_mounts() -> None:
    """Put this process into a mount namespace of its own, from which nothing spreads. Raise OSError."""
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", None, MS_REC | MS_PRIVATE)


def own_proc() -> None:
    """Show the processes of this PID namespace alone in /proc. Raise OSError."""
    mount("proc", "/proc", "proc")


def join(user: int | None, mounts: int) -> None:
    """Put this process, which has one thread, into the namespaces of these descriptors. Raise OSError."""
    if user is not None:
        _check(_libc.setns(user, CLONE_NEWUSER), "setns")
    _check(_libc.setns(mounts, CLONE_NEWNS), "setns")


class View:
    """A root folder below a scratch folder that is filled operation by operation; ``user``: in a user namespace.

    ``shared`` holds the folders that could not be given a layer of the job's own.
    """

    def __init__(self, scratch: str, user: bool) -> None:
        self.scratch = scratch
        self.user = user
        self.shared: list[str] = []
        self._layers = 0
        memory = f"{scratch}/{MEMORY}"
        os.mkdir(memory)
        mount("tmpfs", memory, "tmpfs")
        self.root = f"{memory}/{ROOT}"
        for folder in (self.root, f"{memory}/{EMPTY}"):
            os.mkdir(folder)
        with open(f"{memory}/{EMPTY}-file", "wb"):
            pass
        mount(self.root, self.root, None, MS_BIND | MS_REC)

    def perform(self, operation: str, source: str, target: str) -> None:
        """Do one operation of view.py. Raise OSError, and ValueError for one that does not exist."""
        place = self.root + target
        if operation == "folder":
            make_folder(place)
        elif operation == "link":
            os.symlink(source, place)
        elif operation == "copy":
            self._copy(source, place)
        elif operation == "bind":
            self._bind(source, place)
        elif operation in ("overlay", "disk-overlay"):
            self._overlay(source, place, (LAYERS, MEMORY) if operation == "disk-overlay" else (MEMORY, LAYERS))
        elif operation == "read-only":
            self._bind(source, place)
            seal(place)
        elif operation == "seal":
            self._bind(place, place)
            seal(place)
        elif operation in ("proc", "tmpfs"):
            make_folder(place)
            mount(operation, place, operation)
        else:
            raise ValueError(f"no operation {operation!r}")

    def enter(self) -> None:
        """Make the folder that was filled this process's root, and forget the old one. Raise OSError."""
        os.chdir(self.root)
        _check(_libc.pivot_root(b".", b"."), "pivot_root")
        _check(_libc.umount2(b".", MNT_DETACH), "umount2")
        os.chdir("/")

    def _copy(self, source: str, place: str) -> None:
        with open(source, "rb", 0) as file, open(place, "wb") as copy:
            copy.write(file.read())
            os.chmod(place, os.fstat(file.fileno()).st_mode & 0o777)

    def _bind(self, source: str, place: str) -> None:
        """Show a file, socket or folder of this machine at a place, with what is mounted below it."""
        if os.path.isdir(source):
            make_folder(place)
        elif not os.path.lexists(place):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb"):
                pass
        mount(source, place, None, MS_BIND | MS_REC)

    def _overlay(self, lower: str, place: str, kinds: tuple[str, ...]) -> None:
        """Show a folder of this machine; what is written there goes to a layer of the job's own.

        Some file systems take no layers, such as a container's own: then the other kind is tried.
        """
        make_folder(place)
        for kind in kinds:
            try:
                self._mount_overlay(lower, place, f"{self.scratch}/{kind}")
                return
            except OSError:
                continue
        try:
            self._bind(lower, place)
        except OSError:  # not even this user can reach it, as a file system of another one's: it is not there
            return
        self.shared.append(lower)

    def _mount_overlay(self, lower: str, place: str, layers: str) -> None:
        self._layers += 1
        layer = f"{layers}/{self._layers}"
        for name in ("", "/upper", "/work"):
            make_folder(f"{layer}{name}")
        _like(lower, f"{layer}/upper")
        own = f"upperdir={escaped(layer)}/upper,workdir={escaped(layer)}/work"
        data = f"lowerdir={escaped(lower)},{own}{',userxattr' if self.user else ''}"
        try:  # nothing is flushed to the disk at the end, for then it goes
            mount("overlay", place, "overlay", 0, f"{data},volatile")
        except OSError:  # not before Linux 5.10
            mount("overlay", place, "overlay", 0, data)


def make_folder(path: str) -> None:
    """Make a folder, and those above it, unless it is there. ``os.makedirs`` looks at all of them first."""
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)


def _like(folder: str, layer: str) -> None:
    """Give a layer the permissions of the folder below it, and its owner as far as this user may."""
    status = os.stat(folder)
    os.chmod(layer, status.st_mode & 0o7777)
    if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
        try:
            os.chown(layer, status.st_uid, status.st_gid)
        except OSError:  # an ordinary user's namespace has no other users
            pass


def escaped(path: str) -> str:
    """Return a path as an option of an overlay mount."""
    return path.replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:")


def try_out(folder: str, user: bool, operations: tuple[tuple[str, str, str], ...]) -> tuple[str | None, list[str]]:
    """Return why a job cannot have a view of its own on this machine, None if it can, and what it shares even so.

    Tries in two child processes what a job's supervisor does; ``folder`` is an empty one.
    """
    answer = _of_child(lambda: _try_pids(folder, user, operations))
    if answer[:1] != [b""]:
        return os.fsdecode(b", ".join(answer) or b"it was killed"), []
    return None, list(map(os.fsdecode, answer[1:]))


def _of_child(attempt: Callable[[], list[bytes]]) -> list[bytes]:
    """Return what a function returns in a child process; what went wrong in one item, if it raises."""

    def answer(writing: int) -> bytes:
        try:
            return b"\0".join(attempt())
        except BaseException as error:
            reason = error.strerror if isinstance(error, OSError) else ""
            return f"{getattr(error, 'filename', None) or 'namespace'}: {reason or error}".encode()

    return answer_of_child(answer).split(b"\0")


def answer_of_child(answer: Callable[[int], bytes], check: Callable[[], None] | None = None) -> bytes:
    """Return what a function returns in a child process; nothing if the child is killed.

    The function gets the descriptor by which the answer will go, which it must leave open. ``check`` is called while
    it is waited for: what it raises ends the child, and is raised here.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            content = answer(writing)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(content)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            if check:
                _wait_for(reading, check)
            return pipe.read()
    except BaseException:
        os.kill(child, SIGKILL)
        raise
    finally:
        os.waitpid(child, 0)


def _wait_for(reading: int, check: Callable[[], None]) -> None:
    """Wait until there is something to read."""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while not poll.poll(CHECK_MILLISECONDS):
        check()


def _try_pids(folder: str, user: bool, operations: tuple[tuple[str, str, str], ...]) -> list[bytes]:
    new_pids(user)
    return _of_child(lambda: _try_view(folder, user, operations))


def _try_view(folder: str, user: bool, operations: tuple[tuple[str, str, str], ...]) -> list[bytes]:
    """Return an empty item, and the folders that are shared."""
    new_mounts()
    view = View(folder, user)
    for operation in operations:
        view.perform(*operation)
    view.enter()
    return [b"", *map(os.fsencode, view.shared)]
