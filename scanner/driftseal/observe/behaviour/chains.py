"""Names with the members that are taken of them, through the variables of a function: what a value is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below
from driftseal.observe.behaviour.scopes import Scope

_ROUNDS: Final = 4
"""Variables between a name and what it is made of."""
_PARTS: Final = 400
"""Nodes of one value that are looked at."""
_COMPARES: Final = frozenset({"==", "!=", "in", "not in", "<", ">", "<=", ">=", "is", "is not", "instanceof"})
_TELLS: Final = frozenset({"not", "typeof"})
PLAIN: Final = frozenset(
    {"name", "length", "method", "id", "size", "tool", "type", "jsonrpc", "progressToken", "_meta"}
)
"""What is known of a request or a list besides what it says."""


def names(scope: Scope, given: Sequence[ir.Expr]) -> set[str]:
    """Names that values are made of."""
    return {chain[0] for chain in chains(scope, given)}


def chains(scope: Scope, given: Sequence[ir.Expr]) -> Iterator[list[str]]:
    """Names with their members that values are made of, also by way of variables of the function."""
    seen: set[str] = set()
    now: list[Any] = list(given)
    for _ in range(_ROUNDS):
        found = list(_spelled(scope, now))
        yield from found
        further = {chain[0] for chain in found if len(chain) == 1 or chain[-1] not in PLAIN} - seen
        seen |= further
        now = [scope.assigned[name] for name in sorted(further) if name in scope.assigned]
        now += [value for name in sorted(further) for value in scope.grown.get(name, ())]


def _spelled(scope: Scope, given: Sequence[Any]) -> Iterator[list[str]]:
    stack, count = list(given), 0
    while stack and count < _PARTS:
        count += 1
        node = stack.pop()
        parts: list[str] = []
        base: Any = node
        while isinstance(base, (ir.Attr, ir.Index)):
            key = base.name if isinstance(base, ir.Attr) else base.key.value if isinstance(base.key, ir.Const) else "?"
            parts.append(str(key))
            base = base.value
        if type(base) is ir.Name:
            yield [base.id, *reversed(parts)]
        elif base is not node:
            stack.append(base)
        elif type(node) is ir.Call:
            # What a function makes of a value is another one, unless it only writes it otherwise.
            if node.new or says("carriers", scope.name(node)) or says("wrappers", scope.name(node)):
                stack.extend(arg.value for arg in node.args)
                stack.extend([node.callee.value] if type(node.callee) is ir.Attr else [])
        elif (type(node) is ir.Binary and node.op in _COMPARES) or (type(node) is ir.Unary and node.op in _TELLS):
            continue  # that something is there says nothing of what it is
        elif type(node) is ir.Mapping:
            stack.extend(entry.value for entry in node.entries)
        else:
            stack.extend(below(node))
