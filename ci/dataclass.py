"""Dataclasses that cost nothing until one is made: ``from .dataclass import dataclass`` instead of ``dataclasses``.

``dataclasses`` writes and compiles each method of each class while a module is imported, and imports ``inspect`` for
it: a third of the time in which a command started. Here the classes share their methods; ``__init__`` reads the
fields, and is written and compiled after ``HOT`` calls. To a type checker, and to the functions of ``dataclasses``,
they are dataclasses; a test holds each behaviour against theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

__all__ = ["MISSING", "Field", "asdict", "dataclass", "field", "fields", "is_dataclass", "replace"]

HOT = 100
"""The call of a record's ``__init__`` from which a compiled one pays."""
ABSENT: Any = object()
"""What stands for no value."""
Class = TypeVar("Class", bound=type)
Instance = TypeVar("Instance")


class OwnField:
    """One field of a record, as ``dataclasses.Field`` has it."""

    __slots__ = (
        "annotation",
        "compare",
        "default",
        "default_factory",
        "init",
        "kw_only",
        "metadata",
        "name",
        "repr",
    )

    def __init__(
        self,
        default: Any = ABSENT,
        default_factory: Any = ABSENT,
        init: bool = True,
        repr: bool = True,
        compare: bool = True,
        metadata: Mapping[Any, Any] | None = None,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.metadata = metadata or {}
        self.kw_only = False
        self.name = self.annotation = ""

    def value(self) -> Any:
        """Return the value of a field that was not passed; ABSENT if it must be."""
        return self.default if self.default_factory is ABSENT else self.default_factory()


def _field(*, default: Any = ABSENT, default_factory: Any = ABSENT, **settings: Any) -> OwnField:
    """Return the declaration of a field, as ``dataclasses.field`` does."""
    return OwnField(default, default_factory, **settings)


def _fields(record: Any) -> tuple[OwnField, ...]:
    """Return the fields of a record or of its class, those of the class that it extends first."""
    found: tuple[OwnField, ...] = record.__own_fields__
    return found


def _is_dataclass(value: object) -> bool:
    """Return whether a value is such a class, or an instance of one."""
    return hasattr(value, "__own_fields__")


def _replace(record: Instance, /, **changes: Any) -> Instance:
    """Return a copy of a record with other values in some of its fields."""
    for each in _fields(record):
        if each.init:
            changes.setdefault(each.name, getattr(record, each.name))
    return type(record)(**changes)


def _asdict(record: Any) -> dict[str, Any]:
    """Return the fields of a record by name, those of the records in it too."""
    return {each.name: _plain(getattr(record, each.name)) for each in _fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_plain(each) for each in value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value if isinstance(value, type) or not _is_dataclass(value) else _asdict(value)


def _dataclass(
    bare: Any = None,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    order: bool = False,
    kw_only: bool = False,
) -> Any:
    """Make a record of a class, or return a decorator that does, with the parameters of ``dataclasses.dataclass``."""

    def make(plain: Class) -> Class:
        namespace = dict(plain.__dict__)
        own = _declared(plain.__annotations__, namespace, kw_only)
        known = {each.name: each for base in reversed(plain.__mro__[1:]) for each in _fields_of(base)}
        found = tuple({**known, **own}.values())
        made: list[type] = []
        methods = {
            name: value
            for name, value in _methods(plain, made, found, frozen, eq, order).items()
            if namespace.get(name) is None  # a class with an __eq__ of its own has a __hash__ that is None
        }
        record = _with_slots(plain, namespace | methods, own, known) if slots else _with(plain, methods, own)
        made.append(record)
        return record

    return make(bare) if bare else make


def _fields_of(base: type) -> tuple[OwnField, ...]:
    found: tuple[OwnField, ...] = base.__dict__.get("__own_fields__", ())
    return found


def _declared(annotations: Mapping[str, str], namespace: Mapping[str, Any], kw_only: bool) -> dict[str, OwnField]:
    found = {}
    for name, annotation in annotations.items():
        if str(annotation).removeprefix("typing.").startswith("ClassVar"):
            continue
        given = namespace.get(name, ABSENT)
        made = given if isinstance(given, OwnField) else OwnField(given)
        if isinstance(made.default, list | dict | set):
            raise ValueError(f"the default of {name} would be shared: use default_factory")
        made.name, made.annotation, made.kw_only = name, annotation, kw_only
        found[name] = made
    return found


def _with_slots(plain: Class, namespace: dict[str, Any], own: Mapping[str, Any], known: Mapping[str, Any]) -> Class:
    """Return the class anew: slots can be had by a new one alone, in which no default stands at their names."""
    for name in (*own, "__dict__", "__weakref__"):
        namespace.pop(name, None)
    namespace["__slots__"] = tuple(name for name in own if name not in known)
    made = type(plain)(plain.__name__, plain.__bases__, namespace)
    made.__qualname__ = plain.__qualname__
    return made


def _with(plain: Class, methods: Mapping[str, Any], own: Mapping[str, OwnField]) -> Class:
    """Return the same class with its methods and defaults; each is set by itself, which takes a while."""
    for name, value in methods.items():
        setattr(plain, name, value)
    for name, each in own.items():
        if each.default is not ABSENT:
            setattr(plain, name, each.default)
        elif name in plain.__dict__:
            delattr(plain, name)
    return plain


def _methods(
    plain: type, made: list[type], found: tuple[OwnField, ...], frozen: bool, eq: bool, order: bool
) -> dict[str, Any]:
    """Return the methods of a record; the class that has them is in ``made`` by the time one is called."""
    compared = [each.name for each in found if each.compare]
    methods = {
        "__own_fields__": found,
        "__dataclass_fields__": STANDARD,
        "__own_key__": staticmethod(attrgetter(*compared) if compared else _no_key),
        "__match_args__": tuple(each.name for each in found if each.init and not each.kw_only),
        "__init__": _first_init(made, found, post=hasattr(plain, "__post_init__")),
        "__repr__": _repr,
    }
    if eq:
        methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
    if order:
        methods |= {"__lt__": _lt, "__le__": _le, "__gt__": _gt, "__ge__": _ge}
    if frozen:
        methods |= {"__setattr__": _refuse_change, "__delattr__": _refuse_change}
        methods |= {"__getstate__": _state, "__setstate__": _set_state}
    return methods


def _no_key(record: object) -> tuple[()]:
    return ()


def _first_init(made: list[type], found: tuple[OwnField, ...], post: bool) -> Callable[..., None]:
    """Return an ``__init__`` that reads the fields, and puts a compiled one in its place once it is called often."""
    setters: list[tuple[OwnField, Callable[[Any, Any], None]]] = []
    positional = [each.name for each in found if each.init and not each.kw_only]
    accepted = {each.name for each in found if each.init}
    left = HOT

    def __init__(self: Any, /, *args: Any, **given: Any) -> None:
        nonlocal left, setters
        left -= 1
        setters = setters or [(each, _setter(made[0], each.name)) for each in found]
        values = dict(zip(positional, args, strict=False))
        count = len(args) + len(given)
        values.update(given)
        if left < 0 or len(values) != count or not values.keys() <= accepted:
            return _compile(made[0], found)(self, *args, **given)
        for each, set_value in setters:
            value = values[each.name] if each.name in values else each.value()
            if value is not ABSENT:
                set_value(self, value)
            elif each.init:
                return _compile(made[0], found)(self, *args, **given)
        if post:
            self.__post_init__()
        return None

    return __init__


def _setter(record: type, name: str) -> Callable[[Any, Any], None]:
    """Return what sets a field of a record, frozen or not."""
    slot = getattr(record, name, None)
    if isinstance(slot, MemberDescriptorType):
        return slot.__set__
    return lambda instance, value: object.__setattr__(instance, name, value)


def _compile(record: Any, found: tuple[OwnField, ...]) -> Callable[..., None]:
    """Put a compiled ``__init__`` in the place of the first; return it. It refuses wrong arguments as Python does."""
    known: dict[str, Any] = {"_absent": ABSENT}
    positional: list[str] = []
    by_name: list[str] = []
    lines = []
    for each in found:
        name = each.name
        known |= {
            f"_set_{name}": _setter(record, name),
            f"_default_{name}": each.default,
            f"_make_{name}": each.default_factory,
        }
        parameter, value = _parameter(each)
        if each.init:
            (by_name if each.kw_only else positional).append(parameter)
        if value:
            lines.append(f" _set_{name}(self, {value})")
    if hasattr(record, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ", ".join(["self", *positional, *(["*", *by_name] if by_name else [])])
    exec("\n".join([f"def __init__({parameters}):", *lines, " return None"]), known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{record.__qualname__}.__init__"
    record.__init__ = made
    return made


def _parameter(each: OwnField) -> tuple[str, str]:
    """Return the source of a field's parameter, and of its value; no value if nothing sets it."""
    name = each.name
    if each.default_factory is not ABSENT:
        made = f"_make_{name}()"
        return f"{name}=_absent", f"{made} if {name} is _absent else {name}" if each.init else made
    if each.default is not ABSENT:
        return f"{name}=_default_{name}", name if each.init else f"_default_{name}"
    return name, name if each.init else ""


def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _eq(self: Any, other: Any) -> Any:
    key = self.__own_key__
    return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__own_key__(self))


def _lt(self: Any, other: Any) -> Any:
    key = self.__own_key__
    return key(self) < key(other) if other.__class__ is self.__class__ else NotImplemented


def _le(self: Any, other: Any) -> Any:
    key = self.__own_key__
    return key(self) <= key(other) if other.__class__ is self.__class__ else NotImplemented


def _gt(self: Any, other: Any) -> Any:
    key = self.__own_key__
    return key(self) > key(other) if other.__class__ is self.__class__ else NotImplemented


def _ge(self: Any, other: Any) -> Any:
    key = self.__own_key__
    return key(self) >= key(other) if other.__class__ is self.__class__ else NotImplemented


def _refuse_change(self: Any, name: str, *value: Any) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in _fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(_fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


class _Standard:
    """What makes a dataclass of a record for the functions of ``dataclasses``, when one asks for its fields."""

    def __get__(self, instance: object, record: Any) -> Any:
        import dataclasses

        made = dataclasses.make_dataclass(record.__name__, [_standard(each) for each in _fields(record)], kw_only=True)
        record.__dataclass_fields__ = found = vars(made)["__dataclass_fields__"]
        return found


def _standard(each: OwnField) -> tuple[str, Any, Any]:
    import dataclasses

    given = {"default": each.default, "default_factory": each.default_factory}
    settings = {name: value for name, value in given.items() if value is not ABSENT}
    settings |= {name: getattr(each, name) for name in ("init", "repr", "compare", "kw_only", "metadata")}
    return each.name, each.annotation, dataclasses.field(**settings)


STANDARD = _Standard()

if TYPE_CHECKING:
    from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass, replace
else:
    Field, MISSING = OwnField, ABSENT
    asdict, dataclass, field, fields = _asdict, _dataclass, _field, _fields
    is_dataclass, replace = _is_dataclass, _replace
