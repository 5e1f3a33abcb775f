"""What a person types while a block is drawn is not shown: an Enter would push the block down, and leave its line."""

from __future__ import annotations

import atexit
import contextlib
import os
from typing import TextIO


class KeyEcho:
    """Turns the terminal's echo off, and on again at the latest when this program ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_off = False

    def off(self) -> None:
        """Turn it off, if it is on and this program is the terminal's foreground: any other would be stopped."""
        if not self._is_off:
            with contextlib.suppress(OSError, ValueError):
                descriptor = self._stream.fileno()
                if os.tcgetpgrp(descriptor) == os.getpgrp() and _set(descriptor, echo=False):
                    self._is_off = True
                    atexit.register(self.on)

    def on(self) -> None:
        """Turn it on, if it was turned off here."""
        if self._is_off:
            self._is_off = False
            atexit.unregister(self.on)
            with contextlib.suppress(OSError, ValueError):
                _set(self._stream.fileno(), echo=True)


def _set(descriptor: int, echo: bool) -> bool:
    """Set the echo of a terminal; return whether that changed it."""
    import termios

    try:
        attributes = termios.tcgetattr(descriptor)
        before = bool(attributes[3] & termios.ECHO)
        if before != echo:
            attributes[3] ^= termios.ECHO
            termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
    except termios.error:  # no terminal, or it has gone
        return False
    return before != echo
