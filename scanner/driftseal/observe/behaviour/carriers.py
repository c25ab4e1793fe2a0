"""What carries on what is followed: the parts of an expression of which its value is made."""

from __future__ import annotations

from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below, text
from driftseal.observe.behaviour.scopes import Scope

_COMPARES: Final = frozenset({"==", "!=", "in", "not in", "<", ">", "<=", ">=", "is"})
_ADDS: Final = frozenset({"+", "or", "??", "%", "|"})
_DIGESTS: Final = frozenset({"digest", "hexdigest"})
_HASHERS: Final = frozenset({"createHash", "hashlib"})
_BEGINS: Final = frozenset({"startswith", "startsWith"})
_LOGS_IN: Final = frozenset({"-i", "--identity", "--identity-file", "--key", "--cert", "--cacert", "--private-key"})
"""Options of programs whose value proves who one is, and stays here."""
_KEEPS_OUT: Final = frozenset({"--exclude", "--exclude-from", "--ignore", "-x"})
_WRITES: Final = frozenset({"w", "a", "x"})
"""Modes of a file from which nothing is read."""


def carrying(scope: Scope, node: Any, followed: Kind) -> tuple[Any, ...]:
    """The parts of an expression that it carries on."""
    kind = type(node)
    if (kind is ir.Binary and node.op in _COMPARES) or (kind is ir.Call and _hashes(scope, node)):
        return ()
    if not followed.members and (kind is ir.Attr or (kind is ir.Call and type(node.callee) is ir.Attr)):
        return () if kind is ir.Attr else (node.callee.value, *(arg.value for arg in node.args))
    if followed.strict and (kind is ir.Attr or kind is ir.Index):
        # One variable is looked up by its name; a text or a list that is cut is as secret as before.
        cut = kind is ir.Index and type(node.key) is ir.Group
        return (node.value,) if cut or (kind is ir.Attr and says("carriers", node.name)) else ()
    if not followed.strict:
        return _unasked(node) if kind is ir.Group else below(node)
    if kind is ir.Call and any(arg.spread for arg in node.args) and scope.name(node).endswith("format"):
        # ``template.format(**os.environ)`` takes what the template names, and no more.
        return tuple(arg.value for arg in node.args if not arg.spread)
    return () if _ends(scope, node) else below(node)


def _unasked(group: ir.Group) -> tuple[Any, ...]:
    """``["-i", key, "--exclude=.env", archive, to]`` without the key to log in by, and what stays where it is."""
    before = ("", *(text(each) for each in group.items))
    kept = (each for each, option in zip(group.items, before, strict=False) if option not in _LOGS_IN | _KEEPS_OUT)
    return tuple(each for each in kept if text(each).partition("=")[0] not in _KEEPS_OUT)


def _ends(scope: Scope, node: Any) -> bool:
    """Whether what comes out of an expression is another thing than what went in."""
    kind = type(node)
    if kind is ir.Call:
        return not says("carriers", scope.name(node))
    return (kind is ir.Binary and node.op not in _ADDS) or (kind is ir.Comprehension and chosen(node))


def only_written(scope: Scope, value: Any) -> bool:
    """``open(path, "wb")``: nothing is read from such a file, and functions open several by the same name."""
    if type(value) is not ir.Call or scope.name(value).rpartition(".")[2] != "open":
        return False
    return any(text(arg.value).rstrip("bt") in _WRITES for arg in value.args[:2])


def _hashes(scope: Scope, node: ir.Call) -> bool:
    """Of what was hashed nobody learns more than whether it is the same again."""
    given = type(node.callee) is ir.Attr and node.callee.name in _DIGESTS
    return given and not _HASHERS.isdisjoint(scope.name(node).split("."))


def chosen(node: ir.Comprehension) -> bool:
    """``… if name.startswith(PREFIX)``: those that are meant for this program, not all of them."""
    return any(
        type(test) is ir.Call and type(test.callee) is ir.Attr and test.callee.name in _BEGINS for test in node.tests
    )
