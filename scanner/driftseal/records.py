"""Data classes that are quick to make: ``dataclasses`` compiles six methods for each, here it is one.

A scan makes 150 classes before it reads a byte, and to make them was a quarter of its start. To type checkers
``dataclass`` is that of the standard library; it takes ``slots=True`` and mostly ``frozen=True``, and ``order=True``
where records are sorted by their fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # given on under its name
else:

    def dataclass(*, slots: bool, frozen: bool = False, order: bool = False) -> Callable[[type], type]:
        """The decorator of the standard library, for classes with slots that derive from no other such class."""
        if not slots or (order and not frozen):
            raise TypeError("classes that have no slots, or are sorted and not frozen, need dataclasses.dataclass")
        return _ordered if order else _made if frozen else _open


_C = TypeVar("_C")


def _made(cls: type[_C]) -> type[_C]:
    return _with_methods(cls, frozen=True)


def _open(cls: type[_C]) -> type[_C]:
    return _with_methods(cls, frozen=False)


def _with_methods(cls: type[_C], *, frozen: bool) -> type[_C]:
    own = vars(cls).keys()
    if "__post_init__" in own:
        raise TypeError(f"{cls.__qualname__} has a __post_init__, which dataclasses.dataclass calls")
    # Of a class without a text the standard library works out the signature, for which it parses that of object.
    cls.__doc__ = cls.__doc__ or cls.__name__
    # The standard library reads the annotations and makes the slots; of methods it compiles none.
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    methods: dict[str, Any] = {
        "__init__": _at_first(made, fields, frozen=frozen),
        "__repr__": shown([each.name for each in fields if each.repr]),
    }
    if "__eq__" not in own:
        methods |= compared([each.name for each in fields if each.compare])
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
    elif "__hash__" in methods:
        methods["__hash__"] = None  # what may change is no key
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]  # the class that came in, with slots


def _at_first(made: Any, fields: Sequence[Field[Any]], *, frozen: bool) -> Any:
    """What makes the first record: compiles how all of them are made, since most classes never make any."""

    def __init__(self: Any, *args: Any, **named: Any) -> None:  # noqa: N807  # it is one
        made.__init__ = _init(made, fields, frozen=frozen)
        made.__init__(self, *args, **named)

    return __init__


def _ordered(cls: type[_C]) -> type[_C]:
    made: Any = _made(cls)
    read = _reader([each.name for each in dataclasses.fields(made) if each.compare])
    for name, compare in {"__lt__": lt, "__le__": le, "__gt__": gt, "__ge__": ge}.items():
        setattr(made, name, _comparing(compare, read))
    return made  # type: ignore[no-any-return]  # the class that came in, with slots


def _comparing(compare: Callable[[Any, Any], bool], read: Callable[[Any], Any]) -> Any:
    return lambda self, other: compare(read(self), read(other)) if type(other) is type(self) else NotImplemented


def _init(made: type, fields: Sequence[Field[Any]], *, frozen: bool) -> Any:
    """What sets every field, of a frozen class by its slot: the class itself refuses to."""
    space: dict[str, Any] = {"_MISSING": MISSING}
    parameters: list[str] = []
    lines: list[str] = []
    for each in fields:
        name, value, default = each.name, each.name, ""
        space[f"_set_{name}"] = getattr(made, name).__set__
        if each.default_factory is not MISSING:
            space[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}() if {name} is _MISSING else {name}" if each.init else f"_make_{name}()"
            default = "=_MISSING"
        elif each.default is not MISSING:
            space[f"_default_{name}"] = each.default
            value = name if each.init else f"_default_{name}"
            default = f"=_default_{name}"
        if each.init:
            parameters.append(name + default)
        if each.init or default:
            lines.append(f" _set_{name}(self, {value})" if frozen else f" self.{name} = {value}")
    body = "\n".join(lines) or " pass"
    # Names of fields are our own, and Python has taken them for names already.
    exec(f"def __init__(self, {', '.join(parameters)}):\n{body}", space)  # noqa: S102  # as dataclasses does it
    init = space["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def shown(names: Sequence[str]) -> Any:
    """The ``__repr__`` of these fields."""

    def __repr__(self: Any) -> str:  # noqa: N807  # it is one
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def compared(names: Sequence[str]) -> dict[str, Any]:
    """Equality and the hash by the fields."""
    read = _reader(names)

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807  # it is one
        return read(self) == read(other) if type(other) is type(self) else NotImplemented

    return {"__eq__": __eq__, "__hash__": lambda self: hash(read(self))}


def _reader(names: Sequence[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _refuse(self: Any, name: str, _value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__qualname__} is frozen: {name} cannot be changed")
