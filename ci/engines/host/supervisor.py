"""The supervisor of one job on this machine: starts the job's steps, and ends all that they leave behind.

A program of its own, which the host engine runs by ``python -I -S``; it imports nothing of this package and little
else, since every job pays for its start (hence the C modules beneath ``signal`` and ``socket``).
Arguments: the number of the control socket, then the folders that it removes at its end.

On Linux it is a subreaper: whatever a step starts, a daemon with a session and environment of its own too,
becomes its child when its parent ends, and is found and ended. A guard, its parent, does the same for it should it
be killed. On macOS, which has no subreapers, it ends the process groups of the steps: a daemon that
leaves its group escapes there.

When the engine's end of the control socket closes, because the job is over or the engine was killed, it ends
everything, removes the folders and exits.
"""

# contextlib would cost every job three milliseconds:
# ruff: noqa: SIM105

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found,unused-ignore]
import _socket as socket
import marshal
import os
import select
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
TERMINATE_SECONDS = 0.4
KILL_SECONDS = 5.0
SLICE = 0.005
DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)
HEADER = 4
RUNTIME = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "runtime")
DESCRIPTOR = 4


class Family:
    """What this process has started, and what that has left to it."""

    def __init__(self, reaps: bool) -> None:
        self.reaps = reaps
        self.groups: set[int] = set()

    def reap(self) -> bool:
        """Take the status of every child that ended; whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            self.ended(pid, os.waitstatus_to_exitcode(status))

    def ended(self, pid: int, status: int) -> None:
        """A child ended with that status, or by that signal where it is negative."""

    def left(self) -> bool:
        """Whether anything of the family still runs."""
        return self.reap() or (not self.reaps and any(group_alive(group) for group in self.groups))

    def signal(self, number: int) -> None:
        signal_all(descendants(os.getpid()), set() if self.reaps else self.groups, number)

    def end(self) -> None:
        """End everything: terminate, wait a moment, then kill until nobody is left."""
        if not self.left():
            return
        self.signal(signal.SIGTERM)
        killing = time.monotonic() + TERMINATE_SECONDS
        while self.left() and time.monotonic() < killing:
            time.sleep(SLICE)
        while self.left() and time.monotonic() < killing + KILL_SECONDS:  # another user's processes stay
            self.signal(signal.SIGKILL)
            time.sleep(SLICE)


class Supervisor(Family):
    """The steps of one job, as children of this process; ``running`` maps their pids to the engine's keys."""

    def __init__(self, control: socket.socket, reaps: bool) -> None:
        super().__init__(reaps)
        self.control = control
        self.running: dict[int, int] = {}

    def serve(self) -> None:
        """Obey the engine until it asks for the end, or is gone."""
        wake = wake_on_child()
        poll = select.poll()
        poll.register(self.control.fileno(), select.POLLIN)
        poll.register(wake, select.POLLIN)
        open_ = True
        while open_:
            for descriptor, _ in poll.poll():
                if descriptor == wake:
                    os.read(wake, 4096)
                    self.reap()
                elif not self.obey():
                    open_ = False

    def obey(self) -> bool:
        """Take one message; False where it was the last."""
        space = socket.CMSG_SPACE(DESCRIPTOR)
        try:
            header, ancillary, _, _ = self.control.recvmsg(HEADER, space)
            size = int.from_bytes(header, "little")
            body = self.exactly(size) if header else b""
        except OSError:
            return False
        if not body:
            return False
        word, key, *rest = marshal.loads(body)
        if word == "start":
            self.start(key, int.from_bytes(ancillary[0][2][:DESCRIPTOR], sys.byteorder), *rest)
        elif word == "stop":
            self.stop(key)
        return True

    def exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self.control.recv(size - len(parts))
            if not part:
                return b""
            parts += part
        return bytes(parts)

    def tell(self, *message: str | int) -> None:
        body = marshal.dumps(message)
        try:
            self.control.sendall(len(body).to_bytes(HEADER, "little") + body)
        except OSError:
            pass  # the engine is gone: serve() sees that next

    def start(self, key: int, output: int, words: list[str], environment: dict[str, str], directory: str) -> None:
        try:
            os.chdir(directory)
            pid = os.posix_spawn(
                words[0],
                words,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, output, 1),
                    (os.POSIX_SPAWN_DUP2, output, 2),
                ],
                setpgroup=0,
                setsigmask=(),
                setsigdef=DEFAULTS,
            )
        except (OSError, ValueError) as error:
            self.tell("error", key, str(error))
        else:
            self.running[pid] = key
            self.groups.add(pid)
        finally:
            os.close(output)

    def ended(self, pid: int, status: int) -> None:
        key = self.running.pop(pid, None)
        if key is not None:
            self.tell("exit", key, status)

    def stop(self, key: int) -> None:
        """End one step: its group, and what descends from its shell."""
        for pid in [pid for pid, running in self.running.items() if running == key]:
            victims = {pid, *descendants(pid)}
            signal_all({each for each in victims if group_of(each) != pid}, {pid}, signal.SIGTERM)  # once each
            deadline = time.monotonic() + TERMINATE_SECONDS
            while time.monotonic() < deadline and any(alive(each) for each in victims):
                self.reap()
                time.sleep(SLICE)
            left = {each for each in victims if alive(each)}
            left.update(*map(descendants, left))
            signal_all(left, {pid}, signal.SIGKILL)
            self.reap()


def wake_on_child() -> int:
    """A descriptor that becomes readable when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return reading


def become_subreaper() -> bool:
    """Adopt what descends from this process and loses its parent; False where the system cannot."""
    if sys.platform != "linux":
        return False
    try:
        import ctypes

        return ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0  # type: ignore[no-any-return]
    except (ImportError, OSError, AttributeError):
        return False


def descendants(root: int) -> set[int]:
    """The processes that descend from one, from /proc; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return set()
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found: set[int] = set()
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def signal_all(pids: set[int], groups: set[int], number: int) -> None:
    for send, targets in ((os.kill, pids), (os.killpg, groups)):
        for target in targets:
            try:
                send(target, number)
            except OSError:
                pass


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def alive(pid: int) -> bool:
    """Whether there is such a process that has not ended yet."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except ProcessLookupError:
        return False
    except OSError:
        return os.path.isdir(f"/proc/{pid}") if os.path.isdir("/proc/self") else True


def remove(path: str) -> None:
    """Remove a folder of ours and all below it; what cannot go, the next run's clean-up tries again."""
    sys.path.append(RUNTIME)  # the package itself would cost every job its start
    try:
        from removal import remove_tree  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return
    remove_tree(path)


def guard(child: int, parent: int, reaps: bool, folders: list[str]) -> int:
    """Wait for the supervisor; where it was killed, do its work. Returns its status."""
    pid = 0
    while pid != child:
        pid, status = os.waitpid(-1, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        Family(reaps).end()
        if os.getppid() != parent:
            for folder in folders:
                remove(folder)
    return code if code >= 0 else 128 - code


def main(arguments: list[str]) -> int:
    descriptor, folders = int(arguments[0]), arguments[1:]
    parent = os.getppid()
    reaps = become_subreaper()
    child = os.fork()
    if child:
        os.close(descriptor)
        return guard(child, parent, reaps, folders)
    become_subreaper()  # it is not inherited
    supervisor = Supervisor(socket.socket(fileno=descriptor), reaps)
    supervisor.serve()
    supervisor.end()
    for folder in folders:
        remove(folder)
    return 0


def run() -> None:
    """Supervise, and exit without Python's own farewell."""
    status = 70
    try:
        status = main(sys.argv[1:])
    finally:
        os._exit(status)
