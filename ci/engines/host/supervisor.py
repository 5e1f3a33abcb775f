"""The supervisor of one job on this machine: starts the job's steps, and ends all that they leave behind.

A program of its own, which the host engine runs by ``python -I -S``. Of this package it imports family.py, packets.py,
processes.py, spawning.py and mounts.py alone, and little else, since every job pays for its start (hence the C modules
beneath ``signal`` and ``socket``).
Arguments: the number of the control socket, the namespaces that it is to have (see supervision.py), then the folders
that it removes at its end.

With a PID namespace it is the first process in there: whatever the steps start ends with it, by the kernel, and it
ends with its parent. Without one it is a subreaper on Linux: whatever a step starts, a daemon with a session and
environment of its own too, becomes its child when its parent ends, and is found and ended. A guard, its parent, does
the same for it should it be killed. On macOS, which has no subreapers, it ends the process groups of the
steps: a daemon that leaves its group escapes there.

A message (packets.py) that is not as it should be ends the job. No step inherits the socket that they come by.

When the engine's end of the control socket closes, because the job is over or the engine was killed, it ends
everything, removes the folders and exits.
"""

# contextlib would cost every job three milliseconds:

from __future__ import annotations

import _socket as socket
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # a type checker reads as the package's modules what is found by its path here
    import signal

    from .family import SLICE, TERMINATE_SECONDS, Family
    from .packets import packed, receive, send
    from .processes import alive, become_subreaper, descendants, group_of, signal_all
    from .spawning import NOT_FOUND, start_shell, start_step, write_all
else:
    import _signal as signal

    from family import SLICE, TERMINATE_SECONDS, Family
    from packets import packed, receive, send
    from processes import alive, become_subreaper, descendants, group_of, signal_all
    from spawning import NOT_FOUND, start_shell, start_step, write_all

SYSTEM = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "system")
READY = "ready"
"""In the place of namespaces: be the fork server."""
NONE, PIDS, VIEW = "none", "pids", "view"
"""The namespaces of a job: none; its own processes alone; those, and its own view of the files."""


class Supervisor(Family):
    """The steps of one job, as children of this process; ``running`` maps their pids to the engine's keys."""

    def __init__(self, control: socket.socket, reaps: bool, namespaces: str, user: bool) -> None:
        super().__init__(reaps)
        self.control = control
        self.namespaces = namespaces
        self.user = user
        self.running: dict[int, int] = {}
        self.pids: dict[int, int] = {}
        self.shells: dict[int, int] = {}
        """By key, for a shell that a person has opened: where its status is written, once, instead of reported."""

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
        """Take one message; False if it was the last or is not one."""
        word, fields, descriptors = receive(self.control)
        if not word:
            return False
        try:
            self.take(word, fields, descriptors)
        except (ValueError, IndexError):
            return False
        finally:
            for each in descriptors:
                os.close(each)
        return True

    def take(self, word: str, fields: list[str], descriptors: list[int]) -> None:
        """Do what a message says; ValueError or IndexError if it is malformed."""
        if word == "start":
            key, directory, count = int(fields[0]), fields[1], int(fields[2])
            environment = dict(pair.split("=", 1) for pair in fields[3 + count :])
            self.start(key, descriptors[0], fields[3 : 3 + count], environment, directory)
        elif word == "shell":
            key, directory, terminal, count = int(fields[0]), fields[1], fields[2], int(fields[3])
            environment = dict(pair.split("=", 1) for pair in fields[4 + count :])
            streams, self.shells[key] = descriptors[:3], os.dup(descriptors[3])
            self.open_shell(key, streams, terminal, fields[4 : 4 + count], environment, directory)
        elif word == "stop":
            self.stop(int(fields[0]))
        elif word == "hang-up":
            self.hang_up(int(fields[0]))
        elif word == "ping":
            self.tell("pong", fields[0])
        elif word == "enter":
            self.enter(fields[0], fields[1:])
        else:
            raise ValueError(word)

    def tell(self, *fields: str | int, descriptors: tuple[int, ...] = ()) -> None:
        try:
            send(self.control, packed(*fields), descriptors)
        except OSError:
            return  # the engine is gone: serve() sees that next

    def enter(self, scratch: str, fields: list[str]) -> None:
        """Give the job its namespaces: the operations of its view are three fields each."""
        if TYPE_CHECKING:
            from . import mounts
        else:
            import mounts

        try:
            mounts.new_mounts()
            if self.namespaces == PIDS:
                mounts.own_proc()
                self.tell("entered")
                return
            view = mounts.View(scratch, self.user)
            for number in range(0, len(fields), 3):
                view.perform(*fields[number : number + 3])
            names = ("user", "mnt") if self.user else ("mnt",)
            descriptors = tuple(os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in names)
            view.enter()
        except OSError as error:
            self.tell("refused", f"{error.filename or 'namespace'}: {error.strerror}")
        else:
            self.tell("entered", *view.shared, descriptors=descriptors)
            for each in descriptors:
                os.close(each)

    def start(self, key: int, output: int, words: list[str], environment: dict[str, str], directory: str) -> None:
        try:
            self.started(key, start_step(output, words, environment, directory))
        except LookupError:
            self.tell("error", key, NOT_FOUND)
        except (OSError, ValueError) as error:
            self.tell("error", key, str(error))

    def open_shell(
        self, key: int, streams: list[int], terminal: str, words: list[str], environment: dict[str, str], directory: str
    ) -> None:
        """Start a shell for a person; what is wrong with it goes to its own standard error."""
        try:
            self.started(key, start_shell(streams, terminal, words, environment, directory))
        except (OSError, ValueError, LookupError) as error:
            missing = isinstance(error, LookupError)
            with_newline = f"{words[0]}: {NOT_FOUND if missing else error}\n"
            write_all(streams[2], os.fsencode(with_newline))
            self.end_shell(key, 127 if missing else 126)

    def started(self, key: int, pid: int) -> None:
        self.running[pid] = key
        self.pids[key] = pid
        self.groups.add(pid)

    def end_shell(self, key: int, status: int) -> None:
        """Write a shell's status to where it is waited for."""
        waiting = self.shells.pop(key)
        write_all(waiting, b"%d" % status)
        os.close(waiting)

    def ended(self, pid: int, status: int) -> None:
        key = self.running.pop(pid, None)
        if key in self.shells:
            self.end_shell(key, status)
        elif key is not None:
            self.tell("exit", key, status)

    def hang_up(self, key: int) -> None:
        """Tell what a step that ended has left in its process group, as a terminal that closes does."""
        pid = self.pids.get(key)
        if pid is not None and pid not in self.running:
            signal_all(set(), {pid}, signal.SIGHUP)

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
    """Return a descriptor that becomes readable when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return reading


def remove(path: str) -> None:
    """Remove a folder of ours and all below it; what cannot go, the next run's clean-up tries again."""
    sys.path.append(SYSTEM)  # the package itself would cost every job its start
    try:
        if TYPE_CHECKING:
            from ...system.removal import remove_tree
        else:
            from removal import remove_tree
    except ImportError:
        return
    remove_tree(path)


def guard(child: int, parent: int, reaps: bool, namespaces: str, folders: list[str]) -> int:
    """Wait for the supervisor, and let it go on if somebody stops it; if it was killed, do its work.

    The folders of a job with namespaces are removed here, for the supervisor does not see them. Returns its status.
    """
    pid = 0
    while pid != child:
        pid, status = os.waitpid(-1, os.WUNTRACED)
        if pid == child and os.WIFSTOPPED(status):
            os.kill(child, signal.SIGCONT)
            pid = 0
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        Family(reaps).end()
    if (code < 0 and os.getppid() != parent) or (code >= 0 and namespaces != NONE):
        clear(folders)
    return code if code >= 0 else 128 - code


def serve_forks(control: socket.socket) -> int:
    """Be the fork server: a guard or a try for each request, until the engine's end of the socket closes.

    A guard that ended keeps its number until the engine asks for its status, so that no signal meets another process.
    """
    load()
    while True:
        word, fields, descriptors = receive(control)
        if word == "start":
            answer = fork_guard(control, descriptors[0], fields[0], fields[1:])
            os.close(descriptors[0])
            control.sendall(b"%d\n" % answer)
        elif word == "status":
            control.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(int(fields[0]), 0)[1]))
        elif word == "try":
            control.sendall(b"%s\n" % try_out(fields[0], fields[1:]).hex().encode())
        else:
            return 0


def try_out(scratch: str, fields: list[str]) -> bytes:
    """Return why no job can have a view of its own, nothing if one can, and the folders that it would share."""
    if TYPE_CHECKING:
        from . import mounts
    else:
        import mounts
    operations = tuple((fields[each], fields[each + 1], fields[each + 2]) for each in range(0, len(fields), 3))
    reason, shared = mounts.try_out(scratch, os.getuid() != 0, operations)
    return b"\0".join(map(os.fsencode, (reason or "", *shared)))


def fork_guard(control: socket.socket, descriptor: int, namespaces: str, folders: list[str]) -> int:
    """Return the number of a new guard, in a session of its own."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        control.close()
        os.setsid()
        status = supervise(descriptor, namespaces, folders)
    finally:
        os._exit(status)


def load() -> None:
    """Load what a supervisor needs later, once for all forks."""
    sys.path.append(SYSTEM)
    try:
        __import__("mounts")
        __import__("removal")
    except (ImportError, OSError):  # whoever needs it will say so
        pass


def main(arguments: list[str]) -> int:
    """Run as the words of the command line say; return the exit status."""
    descriptor, namespaces, folders = int(arguments[0]), arguments[1], arguments[2:]
    os.set_inheritable(descriptor, False)
    if namespaces == READY:
        return serve_forks(socket.socket(fileno=descriptor))
    return supervise(descriptor, namespaces, folders)


def supervise(descriptor: int, namespaces: str, folders: list[str]) -> int:
    """Guard a supervisor, which is forked; return the guard's or the supervisor's status."""
    parent = os.getppid()
    user = os.getuid() != 0
    reaps = become_subreaper()
    if namespaces != NONE:
        if TYPE_CHECKING:
            from . import mounts
        else:
            import mounts
        mounts.new_pids(user)
    child = os.fork()
    if child:
        os.close(descriptor)
        return guard(child, parent, reaps, namespaces, folders)
    if namespaces != NONE:
        mounts.die_with_parent()
    become_subreaper()  # it is not inherited
    supervisor = Supervisor(socket.socket(fileno=descriptor), reaps, namespaces, user)
    supervisor.serve()
    supervisor.end()
    if namespaces == NONE:
        clear(folders)
    return 0


def clear(folders: list[str]) -> None:
    """Remove the job's folders."""
    for folder in folders:
        remove(folder)


def run() -> None:
    """Supervise, or be the fork server; exit without Python's own farewell."""
    status = 70
    try:
        status = main(sys.argv[1:])
    finally:
        os._exit(status)
