"""Every node below a node, without recursion and whatever its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir

_LEAVES: Final = (ir.Const, ir.Name, ir.Closure, ir.ClassValue, ir.Leave)
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


def children(node: object) -> list[object]:
    """What a node, a block or an argument holds, in order; texts and numbers may be among it."""
    names = PARTS.get(type(node))
    if names is not None:
        return [getattr(node, name) for name in names]
    return list(node) if isinstance(node, tuple) and not isinstance(node, _LEAVES) else []


def below(start: object) -> Iterator[object]:
    """A node and everything below it, outer before inner, in order."""
    stack = [start]
    while stack:
        node = stack.pop()
        if node is not None and not isinstance(node, (str, int)):
            yield node
            stack.extend(reversed(children(node)))
