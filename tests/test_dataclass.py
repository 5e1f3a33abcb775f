"""The package's own dataclasses behave as those of the library, before and after their ``__init__`` is compiled."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci import dataclass as own

from .projects import ROOT

KINDS = ("required", "default", "factory", "keyword")
SETTINGS = st.fixed_dictionaries({name: st.booleans() for name in ("frozen", "slots", "eq", "order")}).map(
    lambda chosen: {**chosen, "eq": chosen["eq"] or chosen["order"]}
)
ARGUMENTS = st.tuples(
    st.lists(st.integers(0, 2), max_size=5),
    st.dictionaries(st.sampled_from(["a", "b", "c", "d", "x"]), st.integers(0, 2)),
)


@st.composite
def declarations(draw):
    """Fields in an order that dataclasses take: each its name, and what it is declared with."""
    kinds = sorted(draw(st.lists(st.sampled_from(KINDS), max_size=4)), key=lambda kind: kind in ("default", "factory"))
    return [
        (name, kind, draw(st.booleans()), draw(st.booleans()), kind in ("default", "factory") and draw(st.booleans()))
        for name, kind in zip("abcd", kinds, strict=False)
    ]


def declared(module, fields, chosen):
    """The class of those fields, made by a module's ``dataclass`` and ``field``."""
    namespace = {
        "__annotations__": {name: "int" for name, *_ in fields},
        "__qualname__": "Made",
        "__module__": __name__,
    }
    for name, kind, shown, compared, unset in fields:
        given = {"repr": shown, "compare": compared, "init": not unset}
        given |= {"default": {"default": 7}, "factory": {"default_factory": list}}.get(kind, {})
        namespace[name] = module.field(**given)
    if all(kind == "keyword" for _, kind, *_ in fields):
        chosen = {**chosen, "kw_only": True}
    return module.dataclass(**chosen)(type("Made", (), namespace))


def outcome(call):
    """What a call returns, or which error it ends with."""
    try:
        return call()
    except (TypeError, AttributeError, ValueError) as error:
        return type(error).__name__


def seen(made, arguments):
    """What can be seen of an instance: its text, its fields, the order and hash of two of them."""
    (args, named), other = arguments
    first = outcome(lambda: made(*args, **named))
    second = outcome(lambda: made(*other[0], **other[1]))
    if isinstance(first, str) or isinstance(second, str):
        return [first if isinstance(first, str) else repr(first), second if isinstance(second, str) else repr(second)]
    order = [outcome(lambda: first < second), outcome(lambda: first >= second), outcome(lambda: first > second)]
    hashes = outcome(lambda: hash(first) == hash(copy.copy(first))) if made.__eq__ is not object.__eq__ else "identity"
    changed = outcome(lambda: repr(dataclasses.replace(first, a=5)))
    values = [getattr(first, each.name) for each in dataclasses.fields(first)]
    set_it = outcome(lambda: setattr(first, "a", 9)) if values else ""
    equal = first == second if made.__eq__ is not object.__eq__ else "identity"
    return [repr(first), equal, order, hashes, changed, values, set_it, made.__match_args__]


@settings(max_examples=300, deadline=None)
@given(declarations(), SETTINGS, ARGUMENTS, ARGUMENTS)
def test_it_is_seen_as_the_dataclass_of_its_fields_is(fields, chosen, arguments, other):
    expected = seen(declared(dataclasses, fields, chosen), (arguments, other))
    made = declared(own, fields, chosen)
    assert seen(made, (arguments, other)) == expected
    for _ in range(own.HOT):
        outcome(lambda: made(*arguments[0], **arguments[1]))
    assert seen(made, (arguments, other)) == expected, "after its __init__ was compiled"


@own.dataclass(frozen=True, slots=True)
class Place:
    KIND: ClassVar[str] = "place"
    name: str
    tags: list[str] = own.field(default_factory=list)


@own.dataclass(frozen=True, slots=True)
class Town(Place):
    people: int = 0
    near: tuple[Place, ...] = ()


@own.dataclass
class Counted:
    start: int
    end: int = own.field(init=False)

    def __post_init__(self):
        self.end = self.start + 1


def test_it_has_the_fields_of_the_class_that_it_extends_before_its_own():
    assert [each.name for each in own.fields(Town)] == ["name", "tags", "people", "near"]
    assert repr(Town("Ulm", people=3)) == "Town(name='Ulm', tags=[], people=3, near=())"
    assert Town.KIND == "place"
    assert not hasattr(Town("Ulm"), "__dict__")


def test_each_gets_a_default_of_its_own_from_a_factory():
    assert Place("a").tags is not Place("a").tags


def test_a_default_that_all_would_share_is_refused():
    with pytest.raises(ValueError, match="the default of x would be shared"):
        own.dataclass(type("Made", (), {"__annotations__": {"x": "list"}, "x": []}))


def test_what_follows_init_is_called_before_and_after_it_is_compiled():
    assert {Counted(n).end - n for n in range(own.HOT + 2)} == {1}


def test_a_change_is_refused_with_the_error_of_dataclasses():
    for change in (lambda: setattr(Place("a"), "name", "b"), lambda: delattr(Place("a"), "name")):
        with pytest.raises(dataclasses.FrozenInstanceError, match="field 'name'"):
            change()


def test_a_copy_has_other_values_where_asked_and_the_same_elsewhere():
    assert own.replace(Town("Ulm", people=3), people=4) == Town("Ulm", people=4)
    with pytest.raises(TypeError, match="unexpected keyword argument 'peple'"):
        own.replace(Town("Ulm"), peple=4)


def test_plain_data_has_what_is_inside_as_dataclasses_have_it():
    town = Town("Ulm", ["old"], near=(Place("Neu-Ulm"),))
    assert own.asdict(town) == dataclasses.asdict(town)
    assert dataclasses.is_dataclass(town)
    assert own.is_dataclass(town)
    assert not own.is_dataclass(3)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_it_is_copied_and_pickled(copied):
    assert copied(Town("Ulm", ["old"])) == Town("Ulm", ["old"])


def test_nothing_that_writes_methods_is_imported_for_it():
    call = "import sys, ci.errors; ci.errors.Position('f', 1, 1); print({'dataclasses', 'inspect'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
