"""Expressions: the text of a tag, of a workflow's ``when``, of a job's ``filters``.

Configuration reference, "Using expressions in your configuration". Precedence, weakest first: or; and; == !=;
starts-with matches; >= > <= <; not. ``and`` and ``or`` return an operand, not a boolean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..dataclass import dataclass
from ..source.limits import LIMITS


class SyntaxProblem(Exception):
    """An expression or a template that cannot be read; the text is CircleCI's if that is known."""


class EvaluationProblem(Exception):
    """An expression that can be read but has no value."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A ``/regex/``, only to the right of ``matches``."""

    source: str


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression


Expression = Literal | Name | Pattern | Not | Binary

Match = Callable[[str, str], bool]
"""Whether a pattern matches the whole of a text."""

_LEVELS = {
    "or": 0,
    "and": 1,
    "==": 2,
    "!=": 2,
    "starts-with": 3,
    "matches": 3,
    ">=": 4,
    ">": 4,
    "<=": 4,
    "<": 4,
}
"""The binary operators with their precedence; all group from the left."""
_WORDS = {"and", "or", "not", "starts-with", "matches", "true", "false"}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<number>-?\d+(?![\w.-]))
    | (?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)
    | (?P<operator>==|!=|>=|<=|>|<|\(|\)|!)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"\s*/(?P<source>(?:[^/\\]|\\.)*)/", re.DOTALL)
_SIMPLE = re.compile(r"\s*([A-Za-z_][\w-]*(?:\.[\w-]+)+)\s*\Z")
_WHOLE_NAME = re.compile(r"[\w-]+(\.\S+)*\Z")


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Expression:
    """Return the expression in ``text``; raise SyntaxProblem with CircleCI's words.

    What is not an expression but looks like a name (a parameter may be called like a URL) is taken whole as a name.
    """
    simple = _SIMPLE.match(text)
    if simple:
        return Name(simple[1])
    if len(text) > LIMITS.expression:
        raise SyntaxProblem(f"Expressions must be less than {LIMITS.expression} characters, this one is {len(text)}")
    try:
        tokens = _tokens(text)
    except SyntaxProblem:
        body = text.strip()
        if _WHOLE_NAME.match(body):
            return Name(body)
        raise
    return _Parser(tokens).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while True:
        after_matches = bool(tokens) and tokens[-1] == ("name", "matches")
        regex = _REGEX.match(text, at) if after_matches else None
        if regex:
            tokens.append(_Token("regex", regex["source"].replace("\\/", "/")))
            at = regex.end()
            continue
        found = _TOKEN.match(text, at)
        if not found:
            rest = text[at:].lstrip()
            raise SyntaxProblem("Unterminated string" if rest[:1] == '"' else f"Unexpected character '{rest[:1]}'")
        tokens.append(_Token(str(found.lastgroup), found[str(found.lastgroup)]))
        at = found.end()
        if found.lastgroup == "end":
            return tokens


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def whole(self) -> Expression:
        expression = self.binary(0)
        if self.tokens[self.at].kind != "end":
            raise SyntaxProblem(f'Expected end of expression, found "{self.tokens[self.at].text}"')
        return expression

    def binary(self, level: int) -> Expression:
        """Return an expression of operators of at least this level."""
        left = self.unary()
        while (found := self.level()) >= level:
            operator = self.take().text
            left = Binary(operator, left, self.binary(found + 1))
        return left

    def level(self) -> int:
        """Return the level of the operator that comes next; -1 if no operator does."""
        token = self.tokens[self.at]
        return _LEVELS.get(token.text, -1) if token.kind in ("name", "operator") else -1

    def unary(self) -> Expression:
        token = self.tokens[self.at]
        if token.text in ("not", "!") and token.kind in ("name", "operator"):
            self.take()
            return Not(self.nested(self.unary))
        return self.primary()

    def primary(self) -> Expression:
        token = self.take()
        if token.kind == "string":
            return Literal(re.sub(r'\\(["\\])', r"\1", token.text[1:-1]))
        if token.kind == "number":
            return Literal(int(token.text[:4000]))
        if token.kind == "regex":
            return Pattern(token.text)
        if token.text == "(":
            return self.parenthesised()
        if token.kind == "name" and token.text in ("true", "false"):
            return Literal(token.text == "true")
        if token.kind == "name" and token.text not in _WORDS:
            return Name(token.text)
        raise SyntaxProblem(
            "Expected expression" if token.kind == "end" else f'Expected expression, found "{token.text}"'
        )

    def parenthesised(self) -> Expression:
        inner = self.nested(lambda: self.binary(0))
        if self.take().text != ")":
            raise SyntaxProblem("Expected ')' after expression")
        return inner

    def nested(self, rule: Callable[[], Expression]) -> Expression:
        self.depth += 1
        if self.depth > LIMITS.parentheses:
            raise SyntaxProblem(f"The expression nests more than {LIMITS.parentheses} levels")
        inner = rule()
        self.depth -= 1
        return inner

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token


def names(expression: Expression) -> list[str]:
    """Return the names that an expression refers to, in the order of the text."""
    if isinstance(expression, Name):
        return [expression.name]
    if isinstance(expression, Not):
        return names(expression.operand)
    if isinstance(expression, Binary):
        return names(expression.left) + names(expression.right)
    return []


def patterns(expression: Expression, lookup: Callable[[str], object]) -> list[str]:
    """Return the regular expressions to the right of ``matches``, evaluated or not."""
    if isinstance(expression, Not):
        return patterns(expression.operand, lookup)
    if not isinstance(expression, Binary):
        return []
    right = expression.right
    if expression.operator != "matches":
        return patterns(expression.left, lookup) + patterns(right, lookup)
    value = lookup(right.name) if isinstance(right, Name) else getattr(right, "source", getattr(right, "value", None))
    return patterns(expression.left, lookup) + ([value] if isinstance(value, str) else [])


def truthy(value: object) -> bool:
    """Return truth as logic statements define it: false, null, 0, NaN and the empty string are falsy."""
    if isinstance(value, float) and value != value:
        return False
    return not (value is None or value is False or value == 0 or value == "") or value is True


def evaluate(expression: Expression, lookup: Callable[[str], object], match: Match) -> object:
    """Return the value of an expression; raise EvaluationProblem if an operator does not take its operands."""
    if isinstance(expression, Name):
        return lookup(expression.name)
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Not):
        return not truthy(evaluate(expression.operand, lookup, match))
    if isinstance(expression, Pattern):
        raise EvaluationProblem("a /regex/ is allowed only to the right of matches")
    left = evaluate(expression.left, lookup, match)
    if expression.operator == "and":
        return evaluate(expression.right, lookup, match) if truthy(left) else left
    if expression.operator == "or":
        return left if truthy(left) else evaluate(expression.right, lookup, match)
    if isinstance(expression.right, Pattern):
        return _matches(expression.operator, left, expression.right.source, match)
    return _compare(expression.operator, left, evaluate(expression.right, lookup, match), match)


def _matches(operator: str, left: object, pattern: str, match: Match) -> bool:
    if operator != "matches":
        raise EvaluationProblem("a /regex/ is allowed only to the right of matches")
    return match(pattern, _string(operator, "" if left is None else left))


def _compare(operator: str, left: object, right: object, match: Match) -> bool:
    if operator in ("==", "!="):
        return same(left, right) == (operator == "==")
    if operator == "starts-with":
        return _string(operator, "" if left is None else left).startswith(_string(operator, right))
    if operator == "matches":
        return match(_string(operator, right), _string(operator, "" if left is None else left))
    a, b = _number(operator, left), _number(operator, right)
    return {">=": a >= b, ">": a > b, "<=": a <= b, "<": a < b}[operator]


def same(left: object, right: object) -> bool:
    """Return whether two values are equal: string, number and boolean never equal a value of another type."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _string(operator: str, value: object) -> str:
    if not isinstance(value, str):
        raise EvaluationProblem(f"{operator} needs a string on both sides; {describe(value)} is not one")
    return value


def _number(operator: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise EvaluationProblem(f"{operator} needs a number on both sides; {describe(value)} is not one")
    return value


def describe(value: object) -> str:
    """Return a value and its type as CircleCI's error texts write them: ``"true" (type string)``."""
    if isinstance(value, bool):
        return f"{'true' if value else 'false'} (type boolean)"
    if isinstance(value, int):
        return f"{value} (type integer)"
    if isinstance(value, float):
        return f"{value} (type float)"
    if isinstance(value, str):
        shown = value if len(value) <= 80 else value[:77] + "..."
        return f'"{shown}" (type string)'
    if value is None:
        return "null (type null)"
    return "a list (type list)" if isinstance(value, list) else "a map (type map)"
