"""Values that the user passes by name: repeatable options of NAME=VALUE, and a map of pipeline parameters."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import Problem, UsageError
from ..project.project import decoded, read_input
from ..source.nodes import Value


def arguments(given: Sequence[str], option: str) -> dict[str, str]:
    """Return the values of a repeatable option by name; UsageError for one that is not NAME=VALUE."""
    texts: dict[str, str] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise UsageError(Problem(f"{option} {pair!r} is not NAME=VALUE"))
        texts[name] = value
    return texts


def parameter_map(text: str) -> dict[str, Value]:
    """``--pipeline-parameters``: a YAML map, or the name of a file that has one."""
    if not text:
        return {}
    from ..source.load import load

    is_file = os.path.exists(text)
    content = decoded(read_input(text), text) if is_file else text
    plain = load(content, text if is_file else "--pipeline-parameters").plain
    return {key: value for key, value in plain.items() if isinstance(value, str | int | float | bool | None)}
