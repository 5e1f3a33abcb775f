"""The prompt on the terminal of a run for a job that is paused."""

from __future__ import annotations

import re
import select
import sys
import threading
from collections.abc import Callable, Sequence

from ..escapes import visible_name
from ..runtime.failures import StepError
from ..runtime.stops import Decision, Held, Stop

POLL_SECONDS = 0.1
_FROM = re.compile(r"(?:r|from)\s*(\d{1,6})")
_GIVEN_UP = Decision("give-up", reason="given up")
_DECISIONS = {
    **dict.fromkeys(("r", "retry"), Decision("retry")),
    **dict.fromkeys(("s", "skip"), Decision("skip")),
    **dict.fromkeys(("c", "continue"), Decision("continue")),
    **dict.fromkeys(("q", "give up"), _GIVEN_UP),
}


def menu(stop: Stop) -> str:
    """Return what can be answered for a job that stands there."""
    again = {"before": "run", "after": "run again", "failed": "retry"}[stop.moment]
    onward = "go on as failed" if stop.moment == "failed" else "go on"
    return "\n".join(
        [
            f"  r  {again} step {stop.step}    r N  go on from step N (1 to {stop.steps})",
            f"  e  bring in the files that you have edited, then {again} step {stop.step}",
            f"  s  skip step {stop.step}    c  {onward}    q  give the job up",
            "  sh  open a shell where the job stands, with all that the step has",
        ]
    )


def parse(answer: str, stop: Stop) -> Decision | None:
    """Return the decision that an answer means; None for another answer."""
    words = answer.strip().lower()
    if found := _FROM.fullmatch(words):
        step = int(found[1])
        return Decision("from", step) if 1 <= step <= stop.steps else None
    return _DECISIONS.get(words)


class Prompt:
    """Asks for one paused job at a time, in the order in which they came: the screen shows the first one's question."""

    def __init__(self) -> None:
        self._turns = threading.Condition()
        self._waiting: list[Held] = []

    def __call__(self, stop: Stop, held: Held, decided: Callable[[], bool]) -> Decision | None:
        """Return the decision; None as soon as ``decided`` returns true, as when another terminal has decided."""
        with self._turns:
            self._waiting.append(held)
        try:
            return _ask(stop, held, decided) if self._comes_first(held, decided) else None
        finally:
            with self._turns:
                self._waiting = [each for each in self._waiting if each is not held]
                self._turns.notify_all()

    def _comes_first(self, held: Held, decided: Callable[[], bool]) -> bool:
        """Wait until a job is the first of those that wait; return False if it is decided before."""
        with self._turns:
            while self._waiting[0] is not held:
                if decided():
                    return False
                self._turns.wait(POLL_SECONDS)
        return True


def _ask(stop: Stop, held: Held, decided: Callable[[], bool]) -> Decision | None:
    _print(menu(stop))
    while True:
        _print(f"{visible_name(stop.label)}> ", end="")
        answer = _line(decided)
        if answer is None:
            _print("")
            return None
        if not answer:  # Ctrl-D
            _print("")
            return _GIVEN_UP
        if answer.strip().lower() in ("sh", "shell"):
            _shell(stop, held, decided)
            continue
        if answer.strip().lower() == "e":
            if _brought_in(held):
                return Decision("retry")
            continue
        decision = parse(answer, stop)
        if decision:
            return decision
        _print(menu(stop))


def _shell(stop: Stop, held: Held, decided: Callable[[], bool]) -> None:
    """Open a shell in the job, and wait until it ends or somebody has decided elsewhere."""
    from .held_shells import NoShellError, shell_here

    def say(lines: Sequence[str]) -> None:
        for line in (*lines, "Ctrl-D or `exit` comes back here"):
            _print(f"  {visible_name(line)}")

    try:
        shell_here(held, stop.step, say, decided)
    except NoShellError as error:
        _print(f"  {visible_name(str(error))}")
    _print("")


def _brought_in(held: Held) -> bool:
    """Bring the edited files in and show which; return whether that was possible."""
    try:
        lines = held.bring_in()
    except StepError as error:
        _print(f"  {visible_name(str(error))}")
        return False
    for line in lines or ("no file of the checkout has changed since",):
        _print(f"  {visible_name(line)}")
    return True


def _line(decided: Callable[[], bool]) -> str | None:
    while not decided():
        ready, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
        if ready:
            return sys.stdin.readline()
    return None


def _print(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)
