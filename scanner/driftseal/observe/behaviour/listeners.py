"""Listeners that run what they are sent: a door of its own, beside what the server says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.nodes import SELVES, walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_OPENS: Final = frozenset({"http.createServer", "https.createServer", "net.createServer", "tls.createServer"})
_HANDLERS: Final = frozenset({"do_GET", "do_POST", "do_PUT", "handle"})
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete", "dispatch", "options"})
_ENDPOINTS: Final = frozenset({"HTTPEndpoint", "MethodView", "RequestHandler", "View", "APIView", "Resource"})
"""Classes whose methods answer requests by their names."""
_RECEIVED: Final = frozenset({"rfile", "path", "headers", "request"})
_COMMANDS: Final = frozenset({"command", "code"})


def find(code: Code) -> Iterator[Fact]:
    """``listener-runs``."""
    for scope in code.scopes:
        if scope.function.cls >= 0 and scope.function.name in _HANDLERS:
            yield from _run(scope, scope.function, _OWN)
        elif scope.function.cls >= 0 and scope.function.name in _METHODS and _answers(scope):
            yield from _run(scope, scope.function, _REQUEST)
        for called in scope.calls if "createServer" in scope.words else ():
            for arg in called.call.args if called.name in _OPENS else ():
                if isinstance(arg.value, ir.Closure):
                    body = code.owner(scope.path, arg.value.function)
                    if body is not None:
                        yield from _run(body, scope.module.functions[arg.value.function], None)


def _answers(scope: Scope) -> bool:
    """Whether a class answers requests of the web, by its bases."""
    bases = scope.module.classes[scope.function.cls].bases
    return any(scope.name(base).rpartition(".")[2] in _ENDPOINTS for base in bases)


def _asked(_: Scope, node: Any) -> int | None:
    return int(node.line) if node.id == "request" else None


def _of_request(_: Scope, node: Any) -> int | None:
    """``self.rfile`` and the like in the handler of a request."""
    own = isinstance(node.value, ir.Name) and node.value.id in SELVES and node.name in _RECEIVED
    return int(node.line) if own else None


_OWN: Final = Kind("request", _of_request, (ir.Attr,), through=False)
_REQUEST: Final = Kind("asked", _asked, (ir.Name,), through=False)
_NONE: Final = Kind("handed", lambda _, __: None, (), through=False)


def _run(body: Scope, function: ir.Function, kind: Kind | None) -> Iterator[Fact]:
    running = [called for called in body.calls if body.kinds(called) & _COMMANDS or _by_shell(body, called)]
    inside = [called for called in running if function.line <= called.call.line <= function.end_line]
    if not inside:
        return
    flow = Flow(body, kind) if kind is not None else Handed(body, function)
    for called in inside:
        first = called.call.args[0].value if called.call.args else None
        line = flow.line(first) if _whole(body, first) else None
        if line is not None:
            yield body.fact("listener-runs", called.call.line, called.name, (line, "said by whoever connects"))


def _by_shell(body: Scope, called: Called) -> bool:
    """``run(…, shell=True)``."""
    shell = (arg.value for arg in called.call.args if arg.name == "shell")
    return "argv" in body.kinds(called) and any(isinstance(each, ir.Const) and bool(each.value) for each in shell)


class Handed(Flow):
    """What is made of the first parameter of a handler."""

    def __init__(self, scope: Scope, function: ir.Function) -> None:
        super().__init__(scope, _NONE)
        self.names |= {param.name: param.line for param in function.params[:1] if param.name}
        for node in scope.of(ir.Assign, ir.Loop, ir.Call):
            self._read(node)


def _whole(body: Scope, first: Any) -> bool:
    """Whether what is run is what was said, not a word of a command that stands here."""
    value = body.set_to(first) if isinstance(first, ir.Name) else first
    if isinstance(value, (ir.Text, ir.Group, ir.Const, ir.Closure, ir.Mapping)):
        return False
    return value is not None and not any(isinstance(node, ir.Text) for node in walk(value))
