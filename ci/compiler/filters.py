"""Filters: whether a job runs on the current branch or tag.

Configuration reference, "filters" and "Expression-based job filters"; "Workflows" guide.
"""

from __future__ import annotations

from ..dataclass import dataclass
from ..errors import Position
from ..source.nodes import ListNode, MapNode, Node, Scalar
from .announced import IN_FILTERS, check_pattern
from .condition_values import Looked, looked_at
from .define import extraneous
from .definitions import BROKEN
from .diagnostics import Diagnostics
from .java_regex import RegexProblem
from .logic import evaluate_condition, evaluate_expression, warn_of_text
from .scope import Scope, substitute


@dataclass(frozen=True, slots=True)
class FilterDecision:
    """What a job's filters come to."""

    kept: Node | None = None
    """What the compiled config keeps of them."""
    refuses: str | None = None
    """Why they keep the job from running; None if it runs."""
    place: Position | None = None
    """Where that stands in the config; None if it is a filter that is not there."""
    removes: bool = False
    """Whether the job is not in the compiled config then."""
    allows: str | None = None
    """Why they let the job run; None if they do not, and if there is no filter."""
    values: Looked = ()
    """What an expression looks at."""


def decide(node: Node | None, scope: Scope) -> FilterDecision:
    """Return what a job's filters come to on the current branch or tag.

    A map is kept and decided by the current branch or tag; text is an expression, which removes the job or is gone.
    """
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
        warn_of_text(node, "filter", scope)
        held = evaluate_condition(node, scope) if node.tagged else evaluate_expression(node, scope)
        text = " ".join(node.value.split())
        if held is None:
            return FilterDecision()
        values = looked_at(node, scope)
        if held:
            return FilterDecision(None, None, node.position, False, f"its filter is true: {text}", values)
        return FilterDecision(None, f"its filter is false: {text}", node.position, True, None, values)
    kept = substitute(node, scope) if node is not None else None
    if kept is BROKEN:
        return FilterDecision()
    if kept is not None and not isinstance(kept, MapNode):
        if not kept.is_null:
            scope.compilation.diagnostics.error(node, "filters must be a map with branches or tags, or an expression")
        kept = None
    if kept is not None:
        check(kept, scope.compilation.diagnostics)
    refuses, place, allows = _reason(kept, scope)
    return FilterDecision(kept, refuses, place, allows=allows)


def check(node: MapNode, diagnostics: Diagnostics) -> None:
    """Report what is wrong with filters, of branches and of tags, whatever is built now."""
    extraneous(node, ("branches", "tags"), "filters", diagnostics)
    for what in ("branches", "tags"):
        section = node.get(what)
        if isinstance(section, MapNode):
            extraneous(section, ("only", "ignore"), f"filters: {what}", diagnostics)
            for key in ("only", "ignore"):
                for item in items(section.get(key)):
                    _check_item(item, key, diagnostics)
        elif section is not None and not section.is_null:
            diagnostics.error(section, f"{what} must be a map with only or ignore")


def items(node: Node | None) -> list[Node]:
    """Return the names and patterns of ``only`` or ``ignore``: a list of them, or a single one."""
    if node is None:
        return []
    return node.items if isinstance(node, ListNode) else [node]


def _check_item(item: Node, key: str, diagnostics: Diagnostics) -> None:
    """Report what is neither a name nor a ``/regular expression/``; a null is neither, and passes."""
    if isinstance(item, Scalar):
        pattern = pattern_of(item.value)
        if pattern is not None:
            check_pattern(pattern, item, IN_FILTERS, diagnostics)
        if isinstance(item.value, bool):
            diagnostics.error(item, "a filter needs names or /regular expressions/", "put the name in quotes")
        return
    what = "a map" if isinstance(item, MapNode) else "a list in a list"
    hint = f"for example {key}: main, or {key}: [main, /release-.*/]"
    diagnostics.error(item, f"{key} must be a name, a /regular expression/ or a list of them, not {what}", hint)


Ruling = tuple[str | None, Position | None, str | None]
"""Why a name is refused, where that stands, and why it is not refused; each None for what there is not."""
NO_FILTER: Ruling = (None, None, None)


def _reason(filters: MapNode | None, scope: Scope) -> Ruling:
    """Return why the job does not run on the current branch or tag, where that stands, or why it runs.

    A branch build looks at branches only. A tag build needs a tag filter: without one no job runs.
    """
    values = scope.compilation.values
    tag, branch = values.get("git.tag"), values.get("git.branch")
    branches = filters.get("branches") if filters else None
    tags = filters.get("tags") if filters else None
    if branch or not tag:
        return ruling(branches, "its branch filter", str(branch or ""), scope)
    if not isinstance(tags, MapNode) or ("only" not in tags.entries and "ignore" not in tags.entries):
        return f"it has no tag filter, so it does not run for tag '{tag}'", None, None
    return ruling(tags, "its tag filter", str(tag), scope)


def ruling(node: Node | None, what: str, name: str, scope: Scope) -> Ruling:
    """Return why ``only`` or ``ignore`` refuses a name or lets it through; ``only`` comes first."""
    only, ignore = (node.get("only"), node.get("ignore")) if isinstance(node, MapNode) else (None, None)
    deciding = ignore if only is None else only
    if deciding is None:
        return NO_FILTER
    lets = _matches(deciding, name, scope) == (only is not None)
    shown = f"'{name}' run ({'ignore' if only is None else 'only'}: {_shown(deciding)})"
    if lets:
        return None, deciding.position, f"{what} lets {shown}"
    return f"{what} does not let {shown}", deciding.position, None


def _matches(node: Node, name: str, scope: Scope) -> bool:
    """Return whether one of the names or ``/regexes/`` matches the whole of ``name``."""
    matched = False
    for item in items(node):
        text = item.value if isinstance(item, Scalar) else None
        if text is None or isinstance(text, bool):
            continue
        pattern = pattern_of(text)
        found = str(text) == name if pattern is None else _regex(pattern, item, name, scope)
        matched = matched or found
    return matched


def pattern_of(value: object) -> str | None:
    """Return the pattern between slashes, with ``\\/`` as a slash; None for a name."""
    if isinstance(value, str) and len(value) > 1 and value.startswith("/") and value.endswith("/"):
        return value[1:-1].replace("\\/", "/")
    return None


def _regex(pattern: str, item: Node, name: str, scope: Scope) -> bool:
    try:
        return scope.compilation.matcher.full_match(pattern, name)
    except RegexProblem as problem:
        scope.compilation.diagnostics.error(item, str(problem))
        return False


def _shown(node: Node) -> str:
    return ", ".join(str(item.plain) for item in items(node))
