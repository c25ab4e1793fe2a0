"""Pictures in answers whose address carries what was said: a client that shows them sends it away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.environment import ENVIRONMENT
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import SECRETS, SETTINGS
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_FILLS: Final = frozenset({"format", "replace", "replaceAll"})
_HOLE: Final = regex(r"[{%$<]")
"""Where something is put into a template."""


def find(code: Code) -> Iterator[Fact]:
    """``image-carries-data``."""
    for scope in code.scopes:
        if scope.shown.isdisjoint({"image-addresses", "image-heads"}):
            continue
        for node in scope.of(ir.Text, ir.Binary):
            parts = list(node.parts) if isinstance(node, ir.Text) else _terms(node)
            for before, part in itertools.pairwise(parts):
                address = scope.constant(before) or ""
                if says("image-heads", address):
                    address += _begins(scope, part)
                if says("image-addresses", address) and not says("image-services", address) and _tells(scope, part):
                    yield scope.fact("image-carries-data", node.line, address.strip())


def _begins(scope: Scope, part: Any) -> str:
    """How an address begins that a template is: ``BADGE.format(token=…)``, ``BADGE.replace("{token}", …)``."""
    callee = part.callee if isinstance(part, ir.Call) else None
    if not isinstance(callee, ir.Attr) or callee.name not in _FILLS:
        return ""
    return _HOLE.split(scope.constant(callee.value) or "", maxsplit=1)[0]


def _terms(node: ir.Binary) -> list[Any]:
    """What is added up, from the left."""
    found: list[Any] = []
    expr: Any = node
    while isinstance(expr, ir.Binary) and expr.op == "+":
        found.append(expr.right)
        expr = expr.left
    return [expr, *reversed(found)]


def _tells(scope: Scope, part: Any) -> bool:
    """Whether a part of an address is encoded, or a caller's own words, or a secret."""
    whole = [each for node in walk(part) for each in (node, scope.set_to(node))]
    for node in (each for one in whole for each in walk(one)):
        if isinstance(node, ir.Call) and (_encodes(scope, node) or _encoded_by(scope, node)):
            return True
        if isinstance(node, ir.Name) and says("spoken", node.id) and node.id in callers.names(scope):
            return True
    return any(Flow(scope, kind).line(part) is not None for kind in (ENVIRONMENT, SECRETS, SETTINGS))


def _encodes(scope: Scope, call: ir.Call) -> bool:
    return says("encoders", scope.name(call)) or _coded(call)


def _encoded_by(scope: Scope, call: ir.Call) -> bool:
    """Whether a helper gives back what it is given in another form."""
    helper = scope.helper(call) if call.args else None
    given = (node.value for node in helper.of(ir.Return)) if helper is not None else ()
    return helper is not None and any(
        isinstance(each, ir.Call) and _encodes(helper, each) for one in given for each in walk(one)
    )


def _coded(call: ir.Call) -> bool:
    """``data.toString("base64")``."""
    callee = call.callee
    return (
        isinstance(callee, ir.Attr)
        and callee.name == "toString"
        and any(
            isinstance(arg.value, ir.Const) and arg.value.value in {"hex", "base64", "base64url"} for arg in call.args
        )
    )
