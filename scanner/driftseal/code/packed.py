"""Modules as bytes, for one process to hand to another: tuples, texts and numbers, from which nothing can be run.

The format is that of ``marshal``, which knows no classes; only what a process of this very program has just written is
ever read. Both ways are bounded by the depth of what is packed: what nests too deeply is not packed at all.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from driftseal.code import ir
from driftseal.code.walk import PARTS

_AGAIN: Final = 200
"""Nodes of one module that are packed once more, for each further place that they stand in."""
_HOLDS: Final[dict[type, tuple[str, ...]]] = {
    **dict.fromkeys((ir.Const, ir.Name, ir.Closure, ir.ClassValue, ir.Leave, ir.Import, ir.Export), ()),
    **PARTS,
    ir.Arg: ("value",),
    ir.Entry: ("key", "value"),
    ir.Handler: ("body",),
    ir.Param: ("default", "pattern", "decorators"),
    ir.Function: ("params", "body", "decorators"),
    ir.Field: ("value", "decorators"),
    ir.Class: ("bases", "fields", "decorators"),
    ir.Module: ("functions", "classes", "imports", "exports"),
}
"""Which fields of a kind hold nodes, records or tuples of such."""


class _Form(NamedTuple):
    """How one kind is packed: its number first, then its fields."""

    number: int
    kind: Callable[..., Any]
    fields: Callable[[Any], tuple[Any, ...]]
    inner: tuple[int, ...]
    """Places of the packed record that hold packed ones."""


def _form(number: int, kind: type, inner: tuple[str, ...]) -> _Form:
    names = [*kind.__annotations__]
    read = attrgetter(*names)
    fields = read if len(names) > 1 else lambda node: (read(node),)
    return _Form(number, kind, fields, tuple(names.index(name) + 1 for name in inner))


_FORMS: Final = tuple(_form(number, kind, inner) for number, (kind, inner) in enumerate(_HOLDS.items()))
_BY_KIND: Final = {form.kind: form for form in _FORMS}


def pack(module: ir.Module) -> bytes | None:
    """The module as bytes; None for one that nests too deeply, or holds the same nodes in many places."""
    try:
        return marshal.dumps(_plain(module, set(), []))
    except (RecursionError, ValueError):
        return None


def unpack(data: bytes) -> ir.Module | None:
    """The module that `pack` made bytes of; None for one that nests too deeply."""
    try:
        made: ir.Module = _made(marshal.loads(data))  # noqa: S302  # of this program's own process, and it runs nothing
    except (RecursionError, ValueError):
        return None
    return made


def _plain(value: Any, seen: set[int], again: list[int]) -> Any:
    form = _BY_KIND.get(type(value))
    if form is None:
        return tuple([_plain(each, seen, again) for each in value]) if type(value) is tuple else value
    if not form.inner:
        return (form.number, *form.fields(value))
    key = id(value)
    if key in seen:
        # The middle of ``0 < size < most``. Nodes below it are packed as often as it stands somewhere, and those below
        # them more often still.
        again.append(key)
        if len(again) > _AGAIN:
            raise ValueError("the same nodes in many places")
    seen.add(key)
    packed = [form.number, *form.fields(value)]
    for place in form.inner:
        packed[place] = _plain(packed[place], seen, again)
    return tuple(packed)


def _made(packed: Any) -> Any:
    if not packed:
        return packed
    if type(packed[0]) is not int:
        return tuple([_made(each) for each in packed])
    form = _FORMS[packed[0]]
    if not form.inner:
        return form.kind(*packed[1:])
    values = [*packed]
    for place in form.inner:
        values[place] = _made(values[place])
    del values[0]
    return form.kind(*values)
