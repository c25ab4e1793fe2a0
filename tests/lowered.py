"""What holds of lowered source in any language."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code.walk import below, children


def depth_of(start: object) -> int:
    """How many nodes stand one in the other."""
    deepest, stack = 0, [(start, 0)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(child, depth + isinstance(child, ir.Node)) for child in children(node)]
    return deepest


def assert_nodes_on_lines(module: ir.Module, text: str) -> None:
    """Every node stands on a line of its file, and holds nothing that could be changed."""
    last = text.count("\n") + 2
    for function in module.functions:
        for node in below((function.body, function.decorators)):
            if isinstance(node, ir.Node):
                assert 1 <= node.line <= last  # type: ignore[attr-defined]  # every node has one
                assert all(not isinstance(child, list) for child in children(node))
