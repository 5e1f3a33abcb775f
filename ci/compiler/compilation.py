"""What one compile carries along: where problems go, what has been spent, what has been parsed."""

from __future__ import annotations

from collections.abc import Mapping

from ..dataclass import dataclass, field
from ..errors import ConfigError, Position, Problem
from ..source.limits import LIMITS
from ..source.nodes import Value
from .diagnostics import Diagnostics, Place
from .expression import SyntaxProblem
from .java_regex import Matcher
from .template import Template, parse_template


@dataclass(slots=True)
class Budget:
    """What is left of the limits on what a config may grow to."""

    steps: int = LIMITS.steps
    characters: int = LIMITS.characters
    instances: int = LIMITS.instances

    def spend_steps(self, count: int, place: Place) -> None:
        self.steps -= count
        if self.steps < 0:
            raise exhausted(place, f"the config expands to more than {LIMITS.steps} steps")

    def spend_characters(self, count: int, place: Place) -> None:
        self.characters -= count
        if self.characters < 0:
            raise exhausted(place, f"tags expand to more than {LIMITS.characters} characters")

    def spend_instances(self, count: int, place: Place) -> None:
        self.instances -= count
        if self.instances < 0:
            raise exhausted(place, f"the workflows have more than {LIMITS.instances} job instances")


def exhausted(place: Place, message: str) -> ConfigError:
    """Return the error that ends a compile at once: going on would cost too much."""
    position = place if isinstance(place, Position) or place is None else place.position
    return ConfigError(Problem(message, position))


@dataclass(slots=True)
class Compilation:
    """The state of one compile; everything else in it is a value."""

    diagnostics: Diagnostics
    values: Mapping[str, Value]
    budget: Budget = field(default_factory=Budget)
    matcher: Matcher = field(default_factory=Matcher)
    templates: dict[str, Template | SyntaxProblem] = field(default_factory=dict)
    memo: dict[object, object] = field(default_factory=dict)
    """What was expanded before, by a key that begins with the kind of thing."""

    def template(self, text: str) -> Template | SyntaxProblem:
        """Return the template in ``text``, or what is wrong with it; each text is parsed once."""
        known = self.templates.get(text)
        if known is None:
            try:
                known = parse_template(text)
            except SyntaxProblem as problem:
                known = problem
            self.templates[text] = known
        return known
