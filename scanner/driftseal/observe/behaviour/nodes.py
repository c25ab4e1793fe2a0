"""Nodes of the intermediate form, walked without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from driftseal.code import ir

_EVIDENCE: Final = 160
"""Characters of a constant that evidence quotes."""
_JOINERS: Final = frozenset({"join", "resolve", "Path", "joinpath", "expanduser", "PurePath", "normalize"})
_CHAIN: Final = 200
"""Calls in a row, as in a.b().c(), that are taken apart to read one text."""

_CHILDREN: Final[Mapping[type, Callable[[Any], tuple[Any, ...]]]] = {
    ir.Attr: lambda node: (node.value,),
    ir.Index: lambda node: (node.value, node.key),
    ir.Call: lambda node: (node.callee, *node.args),
    ir.Text: lambda node: node.parts,
    ir.Binary: lambda node: (node.left, node.right),
    ir.Unary: lambda node: (node.value,),
    ir.Group: lambda node: node.items,
    ir.Mapping: lambda node: node.entries,
    ir.Choice: lambda node: (node.test, node.then, node.otherwise),
    ir.Bind: lambda node: (node.target, node.value),
    ir.Comprehension: lambda node: (node.element, *node.targets, *node.sources, *node.tests),
    ir.Other: lambda node: node.parts,
    ir.Assign: lambda node: (*node.targets, node.value),
    ir.Do: lambda node: (node.value,),
    ir.Return: lambda node: (node.value,),
    ir.Raise: lambda node: (node.value,),
    ir.If: lambda node: (node.test, *node.then, *node.otherwise),
    ir.Loop: lambda node: (*node.targets, node.source, node.test, *node.body),
    ir.Try: lambda node: (*node.body, *node.handlers, *node.final),
    ir.Arg: lambda node: (node.value,),
    ir.Entry: lambda node: (node.key, node.value),
    ir.Handler: lambda node: node.body,
    tuple: lambda node: node,
}
"""What a node consists of; a kind that is missing here holds no nodes."""


def below(node: Any) -> tuple[Any, ...]:
    """What a node or a block consists of, in the order of the source; None stands for a part that is left out."""
    children = _CHILDREN.get(type(node))
    return children(node) if children is not None else ()


def walk(start: Any) -> Iterator[Any]:
    """A node or a block and every node below it, in the order of the source, without recursion."""
    stack: list[Any] = [start]
    children = _CHILDREN
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is not tuple and node is not None:
            yield node
        of_kind = children.get(kind)
        if of_kind is not None:
            stack.extend(of_kind(node)[::-1])


def strings(start: Any) -> Iterator[ir.Const]:
    """Every constant text below a node."""
    for node in walk(start):
        if type(node) is ir.Const and isinstance(node.value, str):
            yield node


def written(expr: Any) -> str:
    """A text as far as it is constant; a space stands for what is not."""
    found = []
    for node in walk(expr):
        if type(node) is ir.Const:
            found.append(str(node.value))
        elif type(node) is ir.Name or type(node) is ir.Attr:
            found.append(" ")
    return "".join(found)


def text(expr: ir.Expr | None) -> str:
    """A constant text; empty for anything else."""
    return expr.value if isinstance(expr, ir.Const) and isinstance(expr.value, str) else ""


def joins(node: Any) -> bool:
    """Whether a node joins the parts of a path."""
    if type(node) is ir.Binary:
        return bool(node.op == "/")
    return _last(node.callee) in _JOINERS


def path(expr: Any, hops: int = 4) -> str:
    """The constant parts of a path that is joined in place, with slashes between them; empty for anything else."""
    if type(expr) is ir.Call and expr.args and _last(expr.callee) in _JOINERS and hops:
        head = path(expr.callee.value, hops - 1) if type(expr.callee) is ir.Attr else ""
        parts = [text(arg.value) or path(arg.value, hops - 1) for arg in expr.args]
        return "/".join(part for part in (head, *parts) if part)
    if type(expr) is ir.Binary and expr.op == "/":
        tail = []
        for _ in range(_CHAIN):
            if type(expr) is not ir.Binary or expr.op != "/":
                break
            tail.append(text(expr.right))
            expr = expr.left
        head = text(expr) or (path(expr, hops - 1) if hops else "")
        return "/".join(part for part in (head, *reversed(tail)) if part)
    return ""


def _last(expr: Any) -> str:
    return expr.id if type(expr) is ir.Name else expr.name if type(expr) is ir.Attr else ""


def fold(expr: Any, known: Callable[[Any], Any] = lambda expr: expr) -> str | None:
    """The text that is put together of constants alone: added up, joined, turned round; None for anything else.

    ``known`` tells what a name is set to.
    """
    kind = type(expr)
    if kind is ir.Const:
        return expr.value if isinstance(expr.value, str) else None
    parts: list[Any] = []
    if kind is ir.Binary and expr.op == "+":
        for _ in range(_CHAIN):
            if type(expr) is not ir.Binary or expr.op != "+":
                break
            parts.append(expr.right)
            expr = expr.left
        folded = [fold(part) if type(part) is not ir.Binary else None for part in (expr, *reversed(parts))]
        return "".join(part for part in folded if part is not None) if None not in folded else None
    if kind is ir.Text:
        folded = [fold(part) if type(part) is ir.Const else None for part in expr.parts]
        return "".join(part for part in folded if part is not None) if None not in folded else None
    if kind is ir.Call and type(expr.callee) is ir.Attr and expr.callee.name == "join":
        return _joined(expr, known)
    if kind is ir.Index and type(expr.key) is ir.Group and any(type(each) is ir.Unary for each in expr.key.items):
        plain = text(expr.value)
        return plain[::-1] if plain else None
    return None


def _joined(call: Any, known: Callable[[Any], Any]) -> str | None:
    """``["a", "b"].join("")``, ``"".join(["a", "b"])`` and ``"ba".split("").reverse().join("")``."""
    on, given = known(call.callee.value), known(call.args[0].value) if call.args else None
    group, between = (on, text(given)) if type(given) is not ir.Group else (given, text(on))
    if type(group) is ir.Group:
        items = [text(item) for item in group.items]
        return between.join(items) if all(items) else None
    if type(group) is ir.Call and _last(group.callee) == "reverse" and type(group.callee) is ir.Attr:
        split = group.callee.value
        if type(split) is ir.Call and type(split.callee) is ir.Attr and split.callee.name == "split":
            plain = text(split.callee.value)
            return plain[::-1] if plain else None
    return None


def quoted(given: str) -> str:
    """A constant as evidence shows it."""
    return given if len(given) <= _EVIDENCE else given[:_EVIDENCE] + "…"
