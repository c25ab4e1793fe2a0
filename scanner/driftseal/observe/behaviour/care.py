"""How a server treats what it is trusted with: tokens passed on, secrets in logs and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.environment import ENVIRONMENT
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind, reached
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below, last, text, walk
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.observe.taint.words import words


def find(code: Code) -> Iterator[Fact]:
    """``token-passed-on``, ``secret-logged``, ``environment-logged``, ``environment-returned``."""
    for scope in code.scopes:
        yield from _passed(scope)
        yield from _logged(scope)
        yield from _environment(scope)


def _incoming(scope: Scope, node: Any) -> int | None:
    """The header by which a caller proves who it is."""
    if isinstance(node, (ir.Attr, ir.Index, ir.Call)):
        name = scope.name(node)
        if isinstance(node, ir.Call) and name.endswith((".headers.get", "headers.get", ".header")):
            given = node.args[0].value if node.args else None
            asked = given.value if isinstance(given, ir.Const) else ""
            return node.line if isinstance(asked, str) and asked.lower() == "authorization" else None
        if name.lower().endswith("headers.authorization") and not isinstance(node, ir.Call):
            return node.line if says("requests", name) else None
    return None


_INCOMING = Kind("incoming", _incoming, (ir.Attr, ir.Index, ir.Call), through=False)


def _passed(scope: Scope) -> Iterator[Fact]:
    if not any("authorization" in word for word in scope.words) and "authorization" not in scope.shown:
        return
    flow = Flow(scope, _INCOMING)
    if not flow:
        return
    for called in scope.calls:
        if not leaves(scope, called):
            continue
        for node in walk(called.call):
            key = node.name if isinstance(node, ir.Arg) else ""
            if isinstance(node, ir.Entry) and isinstance(node.key, ir.Const):
                key = str(node.key.value)
            if key.lower() in {"headers", "authorization"} and (line := flow.line(node.value)) is not None:
                yield scope.fact("token-passed-on", called.call.line, called.name, (line, "came in here"))
                break


def _logged(scope: Scope) -> Iterator[Fact]:
    for called in scope.calls if "log" in scope.sinks or "loggers" in scope.doing else ():
        if "log" in scope.kinds(called) or says("loggers", called.name):
            for arg in called.call.args:
                name = _secret(scope, arg.value)
                if name:
                    yield scope.fact("secret-logged", called.call.line, f"{called.name} of {name}")
                    break


def _secret(scope: Scope, value: ir.Expr) -> str:
    """The name of a secret whose value goes into a text as it is."""
    stack: list[Any] = [value]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, (ir.Name, ir.Attr)):
            name = node.id if isinstance(node, ir.Name) else node.name
            if says("secret-names", name):
                return name
            set_to = scope.assigned.get(name) if isinstance(node, ir.Name) else None
            if isinstance(set_to, (ir.Index, ir.Attr)) and says("secret-of-environment", scope.name(set_to)):
                return name
            if isinstance(set_to, (ir.Mapping, ir.Text)) and id(set_to) not in seen:
                seen.add(id(set_to))
                stack.append(set_to)
        elif isinstance(node, (ir.Text, ir.Group, ir.Mapping, ir.Entry)) or (
            isinstance(node, ir.Binary) and node.op in "+%"
        ):
            stack.extend(below(node))
        elif isinstance(node, ir.Call) and says("carriers", scope.name(node)):
            stack.extend(arg.value for arg in node.args)
        elif type(node) is tuple:
            stack.extend(below(node))
    return ""


def _environment(scope: Scope) -> Iterator[Fact]:
    flow = Flow(scope, ENVIRONMENT) if scope.path in reached(scope.code, ENVIRONMENT) else None
    if not flow:
        return
    for called in scope.calls:
        if ("log" in scope.kinds(called) or says("loggers", called.name)) and flow.sent(called) is not None:
            yield scope.fact("environment-logged", called.call.line, called.name)
    for node in scope.of(ir.Return, ir.Raise) if scope.number else ():
        carried = node.value is not None and _is_tool(scope) and flow.line(node.value) is not None
        if node.value is not None and (carried or _told(scope, flow, node.value)):
            yield scope.fact("environment-returned", node.line, "the whole environment in a text")


def _is_tool(scope: Scope) -> bool:
    """Whether what the function gives back is the answer of a tool, or of a route: ``@app.get("/state")``."""
    for each in scope.function.decorators:
        made = each.callee if isinstance(each, ir.Call) else each
        path = text(each.args[0].value) if isinstance(each, ir.Call) and each.args else ""
        if "tool" in last(made).lower() or (last(made) in words("route-methods") and path.startswith("/")):
            return True
    return False


def _told(scope: Scope, flow: Flow, value: ir.Expr) -> bool:
    """Whether it stands in a text; an environment handed back as an object serves programs that are started."""
    for node in walk(value):
        made = isinstance(node, ir.Text) or (isinstance(node, ir.Call) and says("printers", scope.name(node)))
        if made and flow.line(node) is not None:
            return True
    return False
