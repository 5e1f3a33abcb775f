"""The run's side of the conversation: it answers at its socket, and has one front whose output it writes to."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast, get_args

from ..errors import FAILED, PAUSED
from ..runtime.box import RunningShell
from ..runtime.failures import StepError
from ..runtime.stops import Action, Decision
from ..system.private_files import make_folder
from .conversation import SOCKET, Conversation, Message, listen, peer_user
from .paused_jobs import NotPausedError, PausedJob, PausedJobs

LOOK_SECONDS = 1.0
"""How often a run looks whether its folder is still there."""
BUSY = "the run is being resumed elsewhere already: wait until that ends"


class Control:
    """Serves one run with jobs that may be paused."""

    def __init__(self, jobs: PausedJobs, front: Conversation | None = None) -> None:
        """``front`` is the process that started this one and waits for it; None if the user's terminal is here."""
        self._jobs = jobs
        self._front = front
        self._own_terminal = front is None
        self._lock = threading.Lock()
        self._shells: dict[Conversation, list[RunningShell]] = {}
        if front:
            self._serve_in_thread(front)
        jobs.at_rest, jobs.serve = self.rest, self.listening

    @contextlib.contextmanager
    def listening(self, folder: Path) -> Iterator[None]:
        """Answer at the socket in a run's folder."""
        make_folder(folder)
        with listen(folder) as listening:
            threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
            if not self._own_terminal:
                threading.Thread(target=_end_without, args=(folder,), daemon=True).start()
            try:
                yield
            finally:
                (folder / SOCKET).unlink(missing_ok=True)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if peer_user(connection) != os.geteuid():
                connection.close()
                continue
            self._serve_in_thread(Conversation(connection))

    def _serve_in_thread(self, channel: Conversation) -> None:
        threading.Thread(target=self._serve, args=(channel,), daemon=True).start()

    def _serve(self, channel: Conversation) -> None:
        """Answer one front until it goes; the run ends with the one that it writes to."""
        while message := channel.receive():
            answer = self._answer(message, channel)
            if answer and not channel.send(answer):
                break
        for shell in self._shells.pop(channel, ()):
            shell.stop()
        with self._lock:
            lost = channel is self._front
        channel.close()
        if lost:
            os.kill(os.getpid(), signal.SIGTERM)

    def _answer(self, message: Message, channel: Conversation) -> Message:
        match message.get("do"):
            case "status":
                return {"paused": [described(each) for each in self._jobs.paused()]}
            case "decide":
                return self._decide(message, channel)
            case "shell":
                return self._open_shell(message, channel)
            case "interrupt":
                os.kill(os.getpid(), signal.SIGINT)
                return {"accepted": "the run is being ended"}
        return {"error": f"this run does not know {message.get('do')!r}: it was started by another version"}

    def _decide(self, message: Message, channel: Conversation) -> Message:
        action, step, job = message.get("action"), message.get("step", 0), str(message.get("job", ""))
        if action not in get_args(Action) or not isinstance(step, int):
            return {"error": f"this run does not know {action!r}: it was started by another version"}
        decision = Decision(cast(Action, action), step, "given up" if action == "give-up" else "")
        with self._lock:
            if self._front is not None and self._front is not channel:
                return {"error": BUSY}
            try:
                paused = self._jobs.find(job)
                edited = paused.held.bring_in() if message.get("edits") else None
                self._take_front(channel)
                if edited is not None:
                    channel.send({"edited": edited})
                self._jobs.answer(job, decision)
            except (NotPausedError, StepError) as error:
                self._leave_front()
                return {"error": str(error)}
        return {"accepted": "elsewhere" if self._own_terminal else "here"}

    def _open_shell(self, message: Message, channel: Conversation) -> Message:
        """Open a shell in a paused job, and say so; its end is reported from another thread."""
        from .held_shells import NoShellError, open_for_script, open_on_terminal, when_ended

        step, kind, streams, shown = (
            message.get("step"),
            str(message.get("terminal", "")),
            channel.take_descriptors(),
            -1,
        )
        try:
            paused = self._jobs.find(str(message.get("job", "")))
            number = step if isinstance(step, int) and step else paused.stop.step
            if kind:
                opened, shown = open_on_terminal(paused.held, number, kind, message.get("size"))
            else:
                opened = open_for_script(paused.held, number, streams)
        except (NotPausedError, NoShellError) as error:
            return {"error": str(error)}
        finally:
            for each in streams:
                os.close(each)
        running = self._shells.setdefault(channel, [])
        running.append(opened.running)

        def tell(status: int | None) -> None:
            running.remove(opened.running)
            left = [described(each) for each in self._jobs.paused() if each is paused and each.decision is None]
            channel.send({"left": status, "paused": left})

        channel.send({"shell": opened.lines}, [shown] if kind else [])
        if kind:
            os.close(shown)
        when_ended(opened.running, tell)
        return {}

    def _take_front(self, channel: Conversation) -> None:
        """Write to the output of that front from now on, if the run has no terminal of its own."""
        if self._own_terminal:
            return
        for descriptor, target in zip(channel.descriptors, (1, 2), strict=False):
            os.dup2(descriptor, target)
        self._front = channel

    def _leave_front(self) -> None:
        if self._front is None:
            return
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        self._front = None
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for target in (1, 2):
            os.dup2(nowhere, target)
        os.close(nowhere)

    def rest(self, failed: bool, resting: Callable[[], bool]) -> None:
        """Let the front go, with the status of a run that is paused: nothing more happens until somebody decides."""
        with self._lock:
            front = self._front
            if front is None or not resting():  # somebody has just decided
                return
            self._leave_front()
            paused = [described(each) for each in self._jobs.paused()]
            front.send({"rest": FAILED if failed else PAUSED, "paused": paused})

    def end(self, status: int) -> None:
        """Report to the front how the run ended."""
        with self._lock:
            front = self._front
            self._leave_front()
        if front:
            front.send({"ended": status})


def _end_without(folder: Path) -> None:
    """End this process once a run's folder is gone, with which nobody reaches its paused jobs any more."""
    while folder.exists():
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def described(paused: PausedJob) -> Message:
    """Return what others see of a paused job."""
    stop = paused.stop
    return {
        "job": stop.label,
        "step": stop.step,
        "steps": stop.steps,
        "name": stop.name,
        "moment": stop.moment,
        "reason": stop.reason,
        "since": paused.since,
        "until": paused.until,
    }
