"""Draws the run's picture at the bottom of a terminal again and again, while its lines scroll away above."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import TextIO

from .run_state import RunState
from .screens import LiveScreen
from .style import Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .painter import Painter

USUAL = (80, 24)


def live_view_lacks(find: Callable[[str], object] = find_spec) -> str | None:
    """Return what to do if this Python cannot draw a live view; None if it can."""
    return None if find("rich") else "no live view: rich is not installed beside nox (python -m pip install rich)"


class LiveView:
    """``draw`` is called from a thread of its own: what it needs is imported there, so no step waits for that."""

    def __init__(
        self,
        state: RunState,
        screen: LiveScreen,
        style: Style,
        lock: threading.RLock,
        streamed: bool,
        clock: Callable[[], float],
        size: Callable[[], tuple[int, int]],
    ) -> None:
        self._state = state
        self._screen = screen
        self._style = style
        self._lock = lock
        self._streamed = streamed
        self._clock = clock
        self._size = size
        self._painter: Painter | None = None

    def draw(self) -> None:
        """Draw the picture of this moment, if it is another than the last one."""
        from .painter import Painter
        from .picture import Window, picture

        self._painter = painter = self._painter or Painter(self._style)
        columns, rows = self._size()
        with self._lock:
            view = self._state.view(self._clock())
        lines = painter.painted(picture(view, Window(columns, rows, self._streamed), self._style))
        with self._lock:
            self._screen.show(lines, columns)


def window_size(stream: TextIO, ask: Callable[[int], os.terminal_size] = os.get_terminal_size) -> tuple[int, int]:
    """Return a terminal's columns and rows, as they are now."""
    try:
        size = ask(stream.fileno())
    except (OSError, ValueError):
        return USUAL
    return size.columns or USUAL[0], size.lines or USUAL[1]
