"""How far a pull has come, by what the engine prints of each layer: on a terminal the bytes, else what is complete."""

from __future__ import annotations

import re
from collections.abc import Callable

_BYTES = re.compile(r"([0-9a-f]{12}): (Downloading|Extracting)\s.*?([\d.]+)\s?([kMG]?B)/([\d.]+)\s?([kMG]?B)")
_COMPLETE = re.compile(r"([0-9a-f]{12}): (Download complete|Pull complete|Already exists)")
_UNITS = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}


class PullProgress:
    """Takes the lines of a pull, and reports how many megabytes, or how many layers, are here."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._sizes: dict[str, float] = {}
        self._here: dict[str, float] = {}
        self._layers = self._done = 0
        self._last = ""
        self.last = ""
        """The last line with something on it: the error of a pull that failed."""

    def line(self, text: str) -> None:
        self.last = text.strip() or self.last
        self._layers += text.endswith("Pulling fs layer")
        self._done += text.endswith("Pull complete")
        if found := _BYTES.search(text):
            layer, doing, here, here_unit, size, size_unit = found.groups()
            self._sizes[layer] = float(size) * _UNITS[size_unit]
            self._here[layer] = float(here) * _UNITS[here_unit] if doing == "Downloading" else self._sizes[layer]
        elif found := _COMPLETE.search(text):
            self._here[found[1]] = self._sizes.get(found[1], 0.0)
        elif text.startswith(("Copying blob", "Writing manifest")):
            self._say(text)
        if self._layers:
            self._say(self._so_far())

    def _so_far(self) -> str:
        layers = f"{self._done} of {self._layers} layers are here"
        size = sum(self._sizes.values())
        return f"{sum(self._here.values()) / 1e6:.0f} of {size / 1e6:.0f} MB, {layers}" if size >= 1e6 else layers

    def _say(self, text: str) -> None:
        if text != self._last:
            self._last = text
            self._report(text)
