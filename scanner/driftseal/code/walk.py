"""Every node below a node, without recursion and whatever its type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from operator import attrgetter
from typing import Any, Final

from driftseal.code import ir

_LEAVES: Final = (ir.Const, ir.Name, ir.Closure, ir.ClassValue, ir.Leave)
_BARE: Final = frozenset({*_LEAVES, str, bool, type(None)})
"""Types of what holds nothing: most of what is walked over."""
PARTS: Final[dict[type, tuple[str, ...]]] = {
    ir.Attr: ("value",),
    ir.Index: ("value", "key"),
    ir.Call: ("callee", "args"),
    ir.Text: ("parts", "tag"),
    ir.Binary: ("left", "right"),
    ir.Unary: ("value",),
    ir.Group: ("items",),
    ir.Mapping: ("entries",),
    ir.Choice: ("test", "then", "otherwise"),
    ir.Bind: ("target", "value"),
    ir.Comprehension: ("element", "targets", "sources", "tests"),
    ir.Other: ("parts",),
    ir.Assign: ("targets", "value"),
    ir.Do: ("value",),
    ir.Return: ("value",),
    ir.Raise: ("value",),
    ir.If: ("test", "then", "otherwise"),
    ir.Loop: ("targets", "source", "test", "body"),
    ir.Try: ("body", "handlers", "final"),
}


ONE: Final[dict[type, Callable[[object], object]]] = {
    **{kind: attrgetter(names[0]) for kind, names in PARTS.items() if len(names) == 1},
    ir.Arg: attrgetter("value"),
}
"""The only part of a node."""
SEVERAL: Final[dict[type, Callable[[object], tuple[object, ...]]]] = {
    **{kind: attrgetter(*reversed(names)) for kind, names in PARTS.items() if len(names) > 1},
    ir.Entry: attrgetter("value", "key"),
}
"""The parts of a node, the last first, as a stack takes them."""


def children(node: object) -> list[object]:
    """What a node, a block or an argument holds, in order; texts and numbers may be among it."""
    names = PARTS.get(type(node))
    if names is not None:
        return [getattr(node, name) for name in names]
    return list(node) if isinstance(node, tuple) and not isinstance(node, _LEAVES) else []


def below(start: object) -> Iterator[object]:
    """A node and everything below it, outer before inner, in order."""
    stack = [start]
    one, several = ONE.get, SEVERAL.get
    while stack:
        node = stack.pop()
        kind = type(node)
        if (parts := several(kind)) is not None:
            yield node
            stack += parts(node)
        elif (part := one(kind)) is not None:
            yield node
            stack.append(part(node))
        elif isinstance(node, tuple):
            yield node
            stack += node[::-1]
        elif node is not None and not isinstance(node, (str, int)):
            yield node


def of(kinds: Collection[type], start: object) -> Iterator[Any]:
    """What `below` yields of these kinds; to hand on every node takes longer than to pass it by."""
    stack: list[Any] = [start]
    one, several = ONE.get, SEVERAL.get
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in kinds:
            yield node
        if kind in _BARE:
            continue
        if kind is tuple:
            stack += node[::-1]
        elif (parts := several(kind)) is not None:
            stack += parts(node)
        elif (part := one(kind)) is not None:
            stack.append(part(node))
        elif isinstance(node, tuple):
            stack += node[::-1]
