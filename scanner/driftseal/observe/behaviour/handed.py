"""Arguments by the parameters of the function that gets them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from driftseal.code import ir
from driftseal.observe.behaviour.nodes import SELVES, walk
from driftseal.observe.behaviour.scopes import Scope


def standing_for(call: ir.Call, helper: Scope, wanted: AbstractSet[str]) -> list[ir.Expr]:
    """The arguments that stand for some of the parameters of a function."""
    params = helper.function.params
    if params and params[0].name in {"self", "cls"} and helper.function.cls >= 0:
        params = params[1:]
    found = []
    named = {param.name for param in params}
    for place, arg in enumerate(call.args):
        own = params[place] if not arg.name and place < len(params) else None
        if own is None and not arg.name and params and params[-1].rest == "*":
            own = params[-1]
        if own is None and arg.name and params and params[-1].rest == "**" and arg.name not in named:
            own = params[-1]
            name = own.name
        else:
            name = arg.name or (own.name if own is not None else "")
        taken = own is not None and own.pattern is not None
        if name in wanted or taken or arg.spread:
            found.append(arg.value)
    return found


def poured(helper: Scope, collectors: AbstractSet[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Parameters into which a function puts others, with those."""
    own = {param.name for param in helper.function.params if param.name} - SELVES
    for call in helper.of(ir.Call) if len(own) > 1 else ():
        into = call.callee.value if isinstance(call.callee, ir.Attr) and call.callee.name in collectors else None
        if isinstance(into, ir.Name) and into.id in own:
            what = {node.id for arg in call.args for node in walk(arg.value) if isinstance(node, ir.Name)}
            yield into.id, frozenset(what & own)


def parameters(scope: Scope) -> frozenset[str]:
    """Names of what a function itself is given."""
    found = set()
    for param in scope.function.params:
        stack = [param.pattern] if param.pattern is not None else []
        found |= {param.name} if param.name not in {"", "self", "cls", "this"} else set()
        while stack:
            node = stack.pop()
            if type(node) is ir.Mapping:
                stack.extend(entry.value for entry in node.entries)
            elif type(node) is ir.Group:
                stack.extend(node.items)
            elif type(node) is ir.Bind:
                stack.append(node.target)
            elif type(node) is ir.Name:
                found.add(node.id)
    return frozenset(found)
