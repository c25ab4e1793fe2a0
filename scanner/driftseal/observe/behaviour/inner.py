"""Folders that are a program's own in one that is not: ``home / "Pictures" / "my-server"``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.nodes import last, text

_JOINS: Final = frozenset({"join", "joinpath", "Path", "resolve"})


def outer(nodes: Iterable[Any]) -> frozenset[int]:
    """Identities of the parts of paths behind which the fixed name of a folder follows.

    ``nodes``: those among which paths are put together.
    """
    found: set[int] = set()
    for node in nodes:
        if type(node) is ir.Binary and node.op == "/" and _is_folder(node.right):
            found.add(id(node.left))
            if type(node.left) is ir.Binary:
                found.add(id(node.left.right))
        elif type(node) is ir.Call and last(node.callee) in _JOINS:
            named = [place for place, arg in enumerate(node.args) if _is_folder(arg.value)]
            found |= {id(node.args[place].value) for place in named[:-1]}
    return frozenset(found)


def _is_folder(expr: ir.Expr) -> bool:
    name = text(expr)
    return bool(name) and "." not in name.strip(".")
