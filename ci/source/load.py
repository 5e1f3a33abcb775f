"""YAML text as positioned nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import yaml
from yaml import events
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from ..errors import ConfigError, Position, Problem, cut
from .limits import LIMITS, Limits
from .nodes import ListNode, MapNode, Node, Scalar
from .scalars import resolve


class _OwnParser(Reader, Scanner, Parser):
    """PyYAML's own parser, for a PyYAML without libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def _events(text: str) -> Callable[[], Any]:
    """Return a function whose every call returns the next event of the text."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        return _OwnParser(text).get_event
    return CParser(text).get_event


def load(
    text: str,
    file: str,
    limits: Limits = LIMITS,
    templates: bool = True,
    ignored: Callable[[Position], None] | None = None,
) -> MapNode:
    """Return the first document of ``text``, a map, with anchors, aliases and merge keys resolved.

    Without ``templates`` (version 2) nothing is marked as having tags: ``<<`` is text. ``ignored`` is called with the
    position of a second document.

    Raise ConfigError: for a YAML syntax error alone, else with every duplicate key, tag and unknown alias.
    See "Introduction to YAML configurations" in CircleCI's guides.
    """
    if len(text) > limits.bytes:
        raise ConfigError(_too(f"{file} has {len(text)} characters", limits.bytes, Position(file, 1, 1)))
    try:
        composer = _Composer(text, file, limits, templates)
        root, problems = composer.document()
        second = composer.second_document() if ignored and "\n---" in text else None
    except yaml.YAMLError as error:
        raise ConfigError(_syntax(error, file)) from None
    except UnicodeEncodeError as error:
        raise ConfigError(_unreadable(text, error.start, file)) from None
    if problems:
        raise ConfigError(*problems)
    if not isinstance(root, MapNode):
        raise ConfigError(_not_a_map(root, file))
    if ignored and second:
        ignored(second)
    return root


def _too(what: str, limit: int, position: Position) -> Problem:
    return Problem(f"{what}, more than the limit of {limit}", position)


def _syntax(error: yaml.YAMLError, file: str) -> Problem:
    """Return a YAML error as a problem: the parser's position, what it met, and while it read what."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    return Problem(f"this is not YAML: {reason}{f' {context}' if context else ''}", position)


def _unreadable(text: str, index: int, file: str) -> Problem:
    before = text[:index]
    column = index - before.rfind("\n")
    return Problem(
        "this is not YAML: a character is half a surrogate pair", Position(file, before.count("\n") + 1, column)
    )


def _not_a_map(root: Node | None, file: str) -> Problem:
    if root is None or root.is_null:
        return Problem("the config is empty", Position(file, 1, 1), hint="it needs at least version and jobs")
    return Problem("a config is a map with keys such as version, jobs and workflows", root.position)


class _Composer:
    """Builder of nodes from the parser's events, which counts what aliases stand for."""

    def __init__(self, text: str, file: str, limits: Limits, templates: bool) -> None:
        self.next = _events(text)
        self.file = file
        self.limits = limits
        self.templates = templates
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Node, str, int]] = {}
        self.open: set[str] = set()
        self.count = 0
        self.depth = 0

    def document(self) -> tuple[Node | None, list[Problem]]:
        event = self.next()
        while not isinstance(event, events.DocumentStartEvent):
            if event is None or isinstance(event, events.StreamEndEvent):
                return None, self.problems
            event = self.next()
        return self.node(self.next()), self.problems

    def second_document(self) -> Position | None:
        """Return the position of the next document that is not empty; call it after ``document``."""
        start = None
        try:
            while (event := self.next()) is not None:
                if isinstance(event, events.DocumentStartEvent):
                    start = event.start_mark
                elif isinstance(event, events.DocumentEndEvent):
                    start = None
                elif start and not (isinstance(event, events.ScalarEvent) and not event.value):
                    return self.at(start)
        except yaml.YAMLError:  # what is ignored need not be YAML
            return self.at(start) if start else None
        return None

    def node(self, event: Any) -> Node:
        """Return the node that begins with ``event``."""
        kind = event.__class__
        if kind is events.ScalarEvent:
            return self.scalar(event)
        if kind is events.AliasEvent:
            return self.alias(event)[0]
        before = self.count
        mark = event.start_mark
        self.enter(event, mark)
        node: Node
        if kind is events.MappingStartEvent:
            node = self.mapping(mark.line + 1, mark.column + 1)
        else:
            node = self.sequence(mark.line + 1, mark.column + 1)
        self.depth -= 1
        if event.anchor:
            self.open.discard(event.anchor)
            self.anchors[event.anchor] = (node, "", self.count - before)
        return node

    def enter(self, event: Any, mark: Any) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            raise ConfigError(_too("collections nest", self.limits.depth, self.at(mark)))
        if event.tag is not None:
            self.refuse_tag(event)
        if event.anchor:
            self.open.add(event.anchor)

    def scalar(self, event: Any) -> Scalar:
        self.count += 1
        if self.count > self.limits.nodes:
            self.too_many(event)
        text = event.value
        mark = event.start_mark
        if "\0" in text:
            self.problem(mark, "a NUL character cannot be part of a config", "remove \\0 from the text")
        if event.tag is not None:
            self.refuse_tag(event)
        value = resolve(text) if event.implicit[0] else text
        node = Scalar(value, self.file, mark.line + 1, mark.column + 1, self.templates and "<<" in text)
        if event.anchor:
            self.anchors[event.anchor] = (node, text, 1)
        return node

    def alias(self, event: Any) -> tuple[Node, str]:
        """Return the node that an alias stands for, and its text if it is a scalar."""
        name = event.anchor
        if name not in self.anchors or name in self.open:
            what = "recursive" if name in self.open else "undefined"
            self.problem(event.start_mark, f"found {what} alias {name}", f"an anchor &{name} must stand before *{name}")
            return Scalar(None, self.file, event.start_mark.line + 1, event.start_mark.column + 1), name
        node, text, size = self.anchors[name]
        self.count += size
        if self.count > self.limits.nodes:
            self.too_many(event)
        return node, text

    def sequence(self, line: int, column: int) -> ListNode:
        items: list[Node] = []
        tagged = False
        event = self.next()
        while event.__class__ is not events.SequenceEndEvent:
            item = self.node(event)
            tagged = tagged or item.tagged
            items.append(item)
            event = self.next()
        self.count += 1
        return ListNode(items, self.file, line, column, tagged)

    def mapping(self, line: int, column: int) -> MapNode:
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: set[str] = set()
        tagged = False
        event = self.next()
        while event.__class__ is not events.MappingEndEvent:
            if event.__class__ is events.ScalarEvent and event.value == "<<" and event.implicit[0]:
                start: Any = self.next()
                self.merge(self.node(start), start.start_mark, entries, merged)
            else:
                key, text = self.key(event)
                if text in entries and text not in merged:
                    self.duplicate(key, text, entries[text][0])
                merged.discard(text)
                entries[text] = (key, self.node(self.next()))
            event = self.next()
        for _, value in entries.values():
            if value.tagged:
                tagged = True
                break
        self.count += 1
        return MapNode(entries, self.file, line, column, tagged)

    def key(self, event: Any) -> tuple[Scalar, str]:
        """Return a key's node and its text as written; aliases may be keys."""
        if event.__class__ is events.ScalarEvent:
            return self.scalar(event), event.value
        if event.__class__ is events.AliasEvent:
            node, text = self.alias(event)
        else:
            node, text = self.node(event), "?"
        if not isinstance(node, Scalar):
            self.problem(event.start_mark, "a key must be a scalar, not a map or a list")
            node = Scalar("?", self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        return node, text

    def merge(self, node: Node, mark: Any, entries: dict[str, tuple[Scalar, Node]], merged: set[str]) -> None:
        """Add the entries of a merge key's map or maps: what is there already wins, in a list the earlier map."""
        for source in self.merge_sources(node, mark):
            self.count += len(source.entries)
            if self.count > self.limits.nodes:
                raise ConfigError(_too("the config with its merges has more nodes", self.limits.nodes, self.at(mark)))
            for text, entry in source.entries.items():
                if text not in entries:
                    entries[text] = entry
                    merged.add(text)

    def merge_sources(self, node: Node, mark: Any) -> Iterable[MapNode]:
        nodes = node.items if isinstance(node, ListNode) else [node]
        maps = [item for item in nodes if isinstance(item, MapNode)]
        if len(maps) < len(nodes):
            self.problem(mark, "only maps can be merged with '<<'", "lists cannot be merged in YAML; repeat the items")
        return maps

    def duplicate(self, key: Scalar, text: str, first: Scalar) -> None:
        message = f"duplicate key '{cut(text)}', already at line {first.line}"
        self.problems.append(Problem(message, key.position, "keep one of the two"))

    def refuse_tag(self, event: Any) -> None:
        self.problem(event.start_mark, f"YAML tags such as {event.tag} are not allowed", "remove the tag")

    def too_many(self, event: Any) -> None:
        raise ConfigError(
            _too("the config with its aliases has more nodes", self.limits.nodes, self.at(event.start_mark))
        )

    def problem(self, mark: Any, message: str, hint: str = "") -> None:
        self.problems.append(Problem(cut(message), self.at(mark), cut(hint)))

    def at(self, mark: Any) -> Position:
        return Position(self.file, mark.line + 1, mark.column + 1)
