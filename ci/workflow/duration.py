"""Durations as CircleCI writes them: ``30s``, ``10m``, ``1.25h``, ``1h30m``."""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = r"(\d+(?:\.\d*)?|\.\d+)(ms|s|m|h)"


def seconds(text: str) -> float:
    """Return the duration in seconds; raise ValueError if the text is not a duration.

    https://circleci.com/docs/reference/configuration-reference/#run, ``no_output_timeout``
    """
    parts = re.findall(_PART, text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise ValueError(f"{text!r} is not a duration such as 30s, 10m or 1.25h")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def written(value: float) -> str:
    """Return a duration as Go prints it: ``10m0s``, ``1h15m0s``, ``1.5s``."""
    whole = int(value)
    rest = f"{value - whole:.3f}".rstrip("0").rstrip(".")[1:] if value != whole else ""
    hours, minutes, left = whole // 3600, whole % 3600 // 60, f"{whole % 60}{rest}s"
    if hours:
        return f"{hours}h{minutes}m{left}"
    return f"{minutes}m{left}" if minutes else left
