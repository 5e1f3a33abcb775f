"""Templates: text with tags ``<< expression >>``, sections and escapes, before anything is substituted.

Reusable config reference, "Using the parameters declaration"; the exact grammar is that of CircleCI's replacer:
scanned from left to right, ``<<``, ``<<#``, ``<<^`` and ``<</`` open a tag and ``>>`` closes it; outside a tag ``>>``
is text; ``\\<<`` is the text ``<<``, and ``\\\\<<`` is one backslash before a tag. A tag's text ends at the next
``<<``, ``>>`` or escape, whatever it is, so that a heredoc is a tag too.
"""

from __future__ import annotations

import re

from ..dataclass import dataclass
from ..source.limits import LIMITS
from .expression import Expression, Name, SyntaxProblem, parse

UNCLOSED = r"Unclosed '<<' tag ('<<' must be escaped as '\<<')"


@dataclass(frozen=True, slots=True)
class Section:
    """What is kept if the expression is truthy, or falsy for an inverted section."""

    condition: Expression
    inverted: bool
    parts: tuple[Part, ...]


Part = str | Expression | Section


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text; ``whole`` is its only tag if there is nothing else but blanks."""

    parts: tuple[Part, ...]
    whole: Expression | None = None


# The order of the alternatives matters. Two backslashes before ``<<`` come first: they are an escaped backslash, and
# the look-ahead leaves ``<<`` to open a tag. One backslash comes next, so that its ``<<`` is text. ``<<`` includes the
# sign of a section: ``#`` opens one, ``^`` opens an inverted one, ``/`` closes either. An escape has no meaning in the
# body of a tag: any mark but ``>>`` there means that the tag is not closed.
_MARK = re.compile(r"\\\\(?=<<)|\\<<|<<[#^/]?|>>")
_LINE_END = re.compile(r"[ \t\r]*(?:\n|\Z)")


@dataclass(slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _Tag:
    kind: str
    body: str
    standalone: bool


def parse_template(text: str) -> Template:
    """Return the template in ``text``; raise SyntaxProblem for the first error."""
    tokens = _tokens(text)
    _drop_standalone(tokens)
    parts = tuple(_parts(tokens))
    tags = [part for part in parts if not isinstance(part, str)]
    alone = len(tags) == 1 and all(not part.strip() for part in parts if isinstance(part, str))
    whole = tags[0] if alone and not isinstance(tags[0], Section) else None
    return Template(parts, whole)


def _tokens(text: str) -> list[_Text | _Tag]:
    """Cut the text into plain pieces and tags."""
    tokens: list[_Text | _Tag] = []
    at = 0
    while True:
        mark = _MARK.search(text, at)
        if mark is None:
            tokens.append(_Text(text[at:]))
            return tokens
        tokens.append(_Text(text[at : mark.start()]))
        at = mark.end()
        if mark[0].startswith("<<"):
            at = _close(text, mark, tokens)
        else:
            tokens.append(_Text({"\\<<": "<<", ">>": ">>"}.get(mark[0], "\\")))


def _close(text: str, opening: re.Match[str], tokens: list[_Text | _Tag]) -> int:
    """Append the tag that begins with ``opening``; return the offset behind it."""
    closing = _MARK.search(text, opening.end())
    if closing is None or closing[0] != ">>":
        raise SyntaxProblem(UNCLOSED)
    kind = opening[0][2:]
    body = text[opening.end() : closing.start()]
    tokens.append(_Tag(kind, body, bool(kind) and _alone(text, opening.start(), closing.end())))
    return closing.end()


def _alone(text: str, start: int, end: int) -> bool:
    """Return whether there is nothing but blanks beside the tag on its line."""
    while start and text[start - 1] in " \t":
        start -= 1
    return (not start or text[start - 1] == "\n") and _LINE_END.match(text, end) is not None


def _drop_standalone(tokens: list[_Text | _Tag]) -> None:
    """Remove the whole line of a section's tag that is alone on it (Mustache's rule)."""
    for index, token in enumerate(tokens):
        if not isinstance(token, _Tag) or not token.standalone:
            continue
        before, after = tokens[index - 1], tokens[index + 1]
        if isinstance(before, _Text):
            before.text = before.text.rstrip(" \t")
        if isinstance(after, _Text):
            after.text = after.text.partition("\n")[2]


def _parts(tokens: list[_Text | _Tag]) -> list[Part]:
    """Return the parts, with what stands between a section's tags inside that section."""
    # ``parts`` is the list of the innermost open section. An opening tag puts the list around it on the stack and
    # begins an empty one; the closing tag makes a section of that and goes on with the list around it.
    open_sections: list[tuple[_Tag, list[Part]]] = []
    parts: list[Part] = []
    for token in tokens:
        if isinstance(token, _Text):
            if token.text:
                parts.append(token.text)
        elif token.kind in ("#", "^"):
            open_sections.append((token, parts))
            parts = []
            if len(open_sections) > LIMITS.parentheses:
                raise SyntaxProblem(f"Sections nest more than {LIMITS.parentheses} levels")
        elif token.kind == "/":
            parts = _end_section(token, open_sections, parts)
        else:
            parts.append(_expression(token))
    if open_sections:
        raise SyntaxProblem("Unclosed section, expected '<</'")
    return parts


def _end_section(end: _Tag, open_sections: list[tuple[_Tag, list[Part]]], inner: list[Part]) -> list[Part]:
    start, outer = open_sections.pop() if open_sections else (None, [])
    if not end.body.strip():
        raise SyntaxProblem("Expected valid identifier")
    if start is None or start.body.strip() != end.body.strip():
        raise SyntaxProblem("Expected section end tag to match start tag")
    outer.append(Section(_expression(start), start.kind == "^", tuple(inner)))
    return outer


def _expression(tag: _Tag) -> Expression:
    if not tag.body:
        raise SyntaxProblem("Expected expression after '<<'")
    expression = parse(tag.body)
    if tag.kind and not isinstance(expression, Name):
        raise SyntaxProblem("Expected valid identifier")
    return expression
