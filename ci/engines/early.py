"""What an engine can begin before anything of it is loaded, because it takes longer than to ask for it."""

from __future__ import annotations


def begin(name: str) -> None:
    """Begin what the engine of that name needs in any case."""
    if name == "host":
        from .host import guards

        guards.get_ready()
