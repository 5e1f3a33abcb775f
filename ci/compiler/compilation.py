"""What one compile carries along: where problems go, what has been spent, what has been parsed."""

from __future__ import annotations

from collections.abc import Mapping

from ..dataclass import dataclass, field
from ..errors import ConfigError, Position, Problem
from ..source.limits import LIMITS
from ..source.nodes import MapNode, Node, Value
from .compiled import CompiledJob
from .definitions import Argument
from .diagnostics import Diagnostics, Place
from .expression import SyntaxProblem
from .java_regex import Matcher
from .memo import Memo
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
    steps: Memo[Node] = field(init=False)
    """Built-in steps without tags, by their node."""
    commands: Memo[list[Node]] = field(init=False)
    """The steps of commands, by the command and its arguments; so with executors and jobs."""
    executors: Memo[MapNode] = field(init=False)
    jobs: Memo[CompiledJob] = field(init=False)
    defaults: Memo[Argument] = field(init=False)
    """The values of parameters' defaults, by the declaration."""

    def __post_init__(self) -> None:
        missing = self.diagnostics.missing
        self.steps, self.defaults = Memo(missing), Memo(missing)
        self.commands, self.executors, self.jobs = Memo(missing), Memo(missing), Memo(missing)

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
