"""How large a config may be: bounds that no honest config meets and a hostile one does."""

from __future__ import annotations

from ..dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one compile, from the bytes read to the text written."""

    bytes: int = 64_000_000
    """Of the source text of one file."""
    depth: int = 256
    """Of collections within each other: logic statements may nest to 100 levels, two collections each."""
    nodes: int = 10_000_000
    """Of one file, each alias counted as what it stands for."""
    instances: int = 100_000
    """Job instances of all workflows together, and combinations of one matrix."""
    requirements: int = 1_000_000
    """Pairs of a job instance and one that it requires, of one workflow."""
    parallelism: int = 1000
    """Nodes of one job. CircleCI's own limit depends on the plan and is lower."""
    steps: int = 2_000_000
    """Steps that commands and conditions expand to."""
    commands: int = 100
    """Commands that call each other in one chain."""
    characters: int = 100_000_000
    """Of all text that tags produce."""
    output: int = 10_000_000
    """Nodes of the compiled document."""
    expression: int = 2048
    """Characters of one expression; CircleCI's own limit."""
    parentheses: int = 100
    """Nesting of one expression."""
    logic: int = 100
    """Nesting of one logic statement; CircleCI's own limit."""
    regex_seconds: float = 1.0
    """Time that one regular expression may take for one name."""
    all_regexes_seconds: float = 10.0
    """Time that all regular expressions of one compile may take."""
    regex_size: int = 1_000_000
    """Of one regular expression with its counted repetitions written out."""


LIMITS = Limits()
