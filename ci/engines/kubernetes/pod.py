"""One job's Pod: made, waited for until it is ready, watched, deleted."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import EngineError, cut
from ...runtime.failures import check_of
from ...system.pace import Pace
from .choices import ClusterChoices
from .cluster.api_refusals import NoAnswer, Refused
from .cluster.connection import Cluster
from .cluster.exec_stream import Broken, ExecStream
from .cluster.watching import PodWatch
from .contact import Contact
from .manifest import PRIMARY
from .pod_changes import pod_changes, what_hinders
from .pod_refusal import pod_refusal
from .pod_state import PodState, events_say_more, out_of_memory, state_of

LOOKS = Pace(0.2, most=250)
"""A Pod that is waited for is looked at for a reason to stop that; what becomes of it is reported without."""
PAUSE = 2.0
"""Seconds until a Pod that a quota has refused, or nobody has answered for, is asked for again."""
FORBIDDEN = 403
MARGIN = 20.0
"""Seconds for which a Pod of which nothing is heard may live longer than its silence limit: it counts for itself."""
ENDED = "the run was ended"
Tell = Callable[[str], None]


class Pod:
    """A Pod by its name. Use as a context, which deletes it unless it is to be kept."""

    def __init__(
        self,
        cluster: Cluster,
        watch: PodWatch,
        name: str,
        choices: ClusterChoices,
        keep: bool,
        contact: Contact | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self.name = name
        self._cancel = cancel or threading.Event()
        self.check = check_of(self._cancel)
        self.contact = contact or Contact("", lambda event: None)
        self._cluster, self._watch, self._choices = cluster, watch, choices
        self._keep = keep
        self._deleted = False
        self._changed = threading.Condition()
        self._state: PodState | None = None
        self._asked: dict[str, Any] | None = None
        """The Pod as it was asked for, until the cluster says how it was made."""
        self.changes = ""
        """What the cluster has changed in it; empty if nothing."""
        self._hindrance = ""
        """What it has changed so that no step can run in it; empty if nothing."""
        self._memory = "out of memory"
        self._entered = False
        self._streams: weakref.WeakSet[ExecStream] = weakref.WeakSet()
        """The connections to its processes."""
        self.let_gone = False
        """Whether its job was ended without waiting for it any longer."""
        self._given_up = False
        """Whether it was taken for lost though nobody has said so: its job has ended, whatever is reported later."""
        self.barred = ""
        """Why no process may be started in it at all; empty if that is not so."""
        self.left = ""
        """Why it could not be deleted, so that it is there until it ends by itself; empty if that is not so."""

    def __enter__(self) -> Pod:
        self._watch.follow(self.name, self._report)
        return self

    def __exit__(self, *exception: object) -> None:
        self._watch.forget(self.name)
        self.delete()

    def delete(self) -> None:
        """Delete the Pod, once, unless it is to be kept."""
        if not self._keep and not self._deleted:
            with self._changed:
                self._deleted = True
            self._hurry_if_canceled()
            try:
                self._cluster.delete_pod(self.name)
            except (Refused, NoAnswer) as error:
                self.left = str(error)

    def leave(self) -> None:
        """Have it go on when this program has ended."""
        self._keep = True

    @property
    def canceled(self) -> bool:
        """Whether the run is being ended: no file moves any more."""
        return self._cancel.is_set()

    def _hurry_if_canceled(self) -> None:
        """Have an ended run not wait long for a cluster that does not answer."""
        if self.canceled:
            self._cluster.hurry()

    def let_go(self) -> None:
        """Have nobody wait for it any more, whatever it does."""
        with self._changed:
            if self._has_ended():
                return
            self.let_gone = self._given_up = True
            self._state = PodState("ended", ENDED, started=True)
            self._changed.notify_all()
        for each in tuple(self._streams):
            each.close()

    def end_left(self) -> None:
        """Delete a Pod that was left."""
        self._keep = False
        self.delete()

    def _report(self, found: dict[str, Any] | None) -> None:
        if found is None and self._state is None:
            return  # it is not there yet
        state = state_of(found, self._events(found), self._state)
        if found:
            self._look_at(found)
        with self._changed:
            if not self._deleted and not self._given_up:  # what comes of that is no loss
                self._state = state
            self._changed.notify_all()
        if state.kind in ("ended", "lost"):
            self.contact.close()  # its job says how
        else:
            self.contact.trouble(state.text if state.kind == "running" else "")

    def _look_at(self, found: dict[str, Any]) -> None:
        """Keep what is said of a Pod later; the whole of it, for each of many Pods, takes too much memory."""
        self._memory = out_of_memory(found)
        if self._asked:
            self.changes, self._hindrance = pod_changes(self._asked, found), what_hinders(self._asked, found)
            self._asked = None

    def _events(self, found: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Return the events of a Pod, if its own state says too little.

        An API server looks for the events of one Pod among those of all, one after another.
        """
        return self._cluster.events(self.name) if not self._deleted and events_say_more(found) else []

    def create(self, manifest: dict[str, Any], cancel: threading.Event, tell: Tell) -> None:
        """Ask for the Pod, and again while a quota refuses it or nobody answers. Raise EngineError."""
        until, unanswered = time.monotonic() + self._choices.pending_timeout, False
        self._asked = manifest
        while True:
            try:
                self._cluster.create_pod(manifest, unanswered)
                return
            except Refused as refused:
                refusal = pod_refusal(refused.message, self._choices.security)
                if not refusal.may_pass:
                    raise EngineError(refusal.text) from None
                reason = refusal.text
            except NoAnswer as error:
                unanswered, reason = True, _no_answer(str(error))
            if time.monotonic() > until:
                raise EngineError(waited(self._choices, reason))
            tell(reason)
            if cancel.wait(PAUSE):
                raise Canceled

    def wait_until_ready(self, cancel: threading.Event, tell: Tell) -> None:
        """Wait until the primary container runs. Raise EngineError where it never will, Canceled once that is set."""
        until = time.monotonic() + self._choices.pending_timeout
        with LOOKS, self._changed:
            while True:
                if self._hindrance:
                    raise EngineError(self._hindrance)
                state = self._state
                if state and state.kind == "running":
                    return
                if state and (state.kind in ("ended", "lost") or state.hopeless):
                    raise EngineError(state.text)
                if cancel.is_set():
                    raise Canceled
                silence = self._watch.silence
                reason = _no_answer(silence) if silence else state.text if state else ""
                if time.monotonic() > until:
                    raise EngineError(waited(self._choices, reason))
                if reason:
                    tell(reason)
                self._changed.wait(LOOKS.seconds())

    def wait_for_left(self, cancel: threading.Event) -> None:
        """Wait until it is known that a Pod which was left still runs. Raise LostPod, EngineError, or Canceled."""
        try:
            found = self._cluster.get_pod(self.name)
        except (Refused, NoAnswer) as error:
            raise EngineError(f"its Pod {self.name} cannot be asked for: {error}") from None
        if found is None:
            raise LostPod(f"its Pod {self.name} is gone: somebody has deleted it, or its time was over")
        state = state_of(found, self._events(found), None)
        if state.kind != "running":
            raise LostPod(f"its Pod {self.name} runs no more: {state.text}")
        self.wait_until_ready(cancel, lambda reason: None)

    def connect(self, words: Sequence[str], stdin: bool = True, terminal: bool = False) -> ExecStream:
        """Start a process in the primary container. Raise Broken where that is not possible now."""
        self._hurry_if_canceled()
        try:
            stream = self._cluster.exec(self.name, PRIMARY, words, stdin=stdin, terminal=terminal)
        except (Refused, NoAnswer) as error:
            self.contact.unheard(str(error))
            if not self._entered and isinstance(error, Refused) and error.code == FORBIDDEN:
                self.barred = error.message
            raise Broken(str(error)) from None
        self._entered = True
        self._streams.add(stream)
        return stream

    def lost(self, seconds: float) -> bool:
        """Return whether the Pod has ended, or must have by now for want of an answer; wait that long for news."""
        if self.barred:
            return True
        self._give_up_if_silent()
        with self._changed:
            if not self._has_ended():
                self._changed.wait(seconds)
            return self._has_ended()

    def _give_up_if_silent(self) -> None:
        """Take the Pod for lost if nothing has come from it for longer than it would wait for news itself.

        Not every cluster says so: one whose nodes all do not answer takes no Pod from any of them.
        """
        if self.contact.silence() <= self._choices.silence_limit + MARGIN:
            return
        with self._changed:
            if not self._has_ended():
                self._given_up = True
                self._state = PodState("lost", _silent(self.contact.reason), started=True)
                self._changed.notify_all()
        self.contact.close()

    def _has_ended(self) -> bool:
        return self._deleted or (self._state is not None and self._state.kind in ("ended", "lost"))

    def end(self, seconds: float) -> PodState | None:
        """Return how the Pod has ended, if it does within that time."""
        until = time.monotonic() + seconds
        with self._changed:
            while not self._has_ended() and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            return self._state if self._has_ended() else None

    @property
    def lost_reason(self) -> str:
        """Why the cluster or somebody took the Pod away while the job ran; empty if nobody has."""
        return self._state.text if self._state and self._state.kind == "lost" else ""

    @property
    def state(self) -> PodState | None:
        """How the Pod was last seen; None before it is there."""
        return self._state

    def memory(self) -> str:
        """Return what to say of a job that has run out of memory."""
        return self._memory

    def log(self, container: str) -> str:
        """Return the last lines of a container's log; nothing where that is not to be had."""
        try:
            return self._cluster.log(self.name, container).strip()
        except (Refused, NoAnswer):
            return ""


class LostPod(EngineError):
    """The Pod of a job was lost while nobody was in it: before the first step, or since it was left."""


class Canceled(Exception):
    """The run is being ended."""


def _silent(reason: str) -> str:
    """Return what to say of a Pod that has ended itself as nobody was heard, or that is behind what does not answer."""
    text = "no word has come from its Pod for too long (kubernetes.silence-limit)"
    return f"{text}: {reason}" if reason else text


def _no_answer(reason: str) -> str:
    return f"the cluster does not answer: {cut(reason)}"


def waited(choices: ClusterChoices, reason: str) -> str:
    """Return what to say of a Pod that has not started in time."""
    seconds = choices.pending_timeout
    time_given = f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"
    limit = f"its Pod has not started within {time_given} (kubernetes.pending-timeout)"
    return f"{limit}: {reason}" if reason else limit
