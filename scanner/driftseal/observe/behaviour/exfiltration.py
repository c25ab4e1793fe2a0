"""The whole environment or secret files, read and sent outward in one function or through a helper of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow, Origin, leaves
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Code, Scope

_ENVIRONMENTS: Final = frozenset({"os.environ", "process.env", "os.environb"})
_WHOLE: Final = frozenset({"items", "copy", "values"})
_LOOKUPS: Final = frozenset(
    {
        *("socket.gethostbyname", "socket.getaddrinfo", "dns.lookup", "dns.resolve", "dns.promises.resolve"),
        *("dns.promises.lookup", "dns.resolve4", "dns.resolveTxt", "dns.resolver.resolve", "dns.resolver.query"),
    }
)


def environment(scope: Scope, node: Any) -> int | None:
    """Where the whole environment is taken, not one variable of it."""
    if isinstance(node, (ir.Name, ir.Attr)) and scope.name(node) in _ENVIRONMENTS:
        return node.line
    if isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _WHOLE:
        return node.line if scope.name(node.callee.value) in _ENVIRONMENTS else None
    return None


def secrets(_: Scope, node: Any) -> int | None:
    """Where the path of a secret file stands."""
    if isinstance(node, ir.Const) and isinstance(node.value, str) and says("secret-files", node.value):
        return node.line
    return None


def find(code: Code) -> Iterator[Fact]:
    """``environment-sent``, ``secret-file-sent``, ``dns-exfiltration``."""
    for scope in code.scopes:
        if any(isinstance(node, (ir.Name, ir.Attr)) and scope.name(node) in _ENVIRONMENTS for node in scope.nodes):
            yield from _sent(scope, "environment-sent", environment, strict=True)
        if any(says("secret-files", each.value) for each in scope.constants if isinstance(each.value, str)):
            yield from _sent(scope, "secret-file-sent", secrets, strict=False)
        yield from _through_helpers(scope)
        yield from _lookups(scope)
        for called in scope.calls:
            if says("secret-commands", scope.command(called)):
                yield scope.fact("secret-file-sent", called.call.line, scope.command(called))


def _sent(scope: Scope, name: str, origin: Origin, *, strict: bool) -> Iterator[Fact]:
    flow = Flow(scope, origin, strict=strict)
    if not strict and not any(_reads(scope, called) and flow.line(called.call) is not None for called in scope.calls):
        return
    for called in scope.calls:
        line = flow.sent(called) if _goes_out(scope, called) else None
        if line is not None:
            yield scope.fact(name, called.call.line, called.name, (line, "read here"))


def _goes_out(scope: Scope, called: Called) -> bool:
    if leaves(scope, called):
        return True
    helper = scope.helper(called.call)
    return helper is not None and any(leaves(helper, each) for each in helper.calls)


def _reads(scope: Scope, called: Called) -> bool:
    model = scope.model(called)
    if model is not None and model.source is not None and model.source.kind in {"file", "secret-file"}:
        return True
    last = called.name.rpartition(".")[2]
    if last in {"open", "read_text", "read_bytes", "readFile", "readFileSync", "read", "rglob", "glob"}:
        return True
    helper = scope.helper(called.call)
    return helper is not None and helper is not scope and any(_opens(each) for each in helper.calls)


def _opens(called: Called) -> bool:
    return called.name.rpartition(".")[2] in {"open", "read_text", "read_bytes", "readFile", "readFileSync"}


def _through_helpers(scope: Scope) -> Iterator[Fact]:
    """A helper that gives back what it reads, whose result is sent."""
    gives: dict[int, tuple[str, int]] = {}
    for called in scope.calls:
        helper = scope.helper(called.call)
        if helper is None or helper is scope:
            continue
        given = _gives(helper)
        if given is not None:
            gives[id(called.call)] = given
    if not gives:
        return
    for name in sorted({each for each, _ in gives.values()}):

        def origin(_: Scope, node: Any, name: str = name) -> int | None:
            found = gives.get(id(node))
            return node.line if found is not None and found[0] == name else None

        flow = Flow(scope, origin, strict=name == "environment-sent")
        for called in scope.calls:
            line = flow.sent(called) if _goes_out(scope, called) else None
            if line is not None:
                yield scope.fact(name, called.call.line, called.name, (line, "read by a helper that is called here"))


def _gives(helper: Scope) -> tuple[str, int] | None:
    returns = [node for node in helper.nodes if isinstance(node, ir.Return) and node.value is not None]
    for name, origin, strict in (("environment-sent", environment, True), ("secret-file-sent", secrets, False)):
        if not any(origin(helper, node) is not None for node in helper.nodes):
            continue
        flow = Flow(helper, origin, strict=strict)
        if not strict and not any(_opens(called) and flow.line(called.call) is not None for called in helper.calls):
            continue
        for each in returns:
            if each.value is not None and flow.line(each.value) is not None:
                return name, each.line
    return None


def _lookups(scope: Scope) -> Iterator[Fact]:
    """A name that is made of encoded data and looked up below a fixed domain."""
    encodes = any(says("encoders", called.name) for called in scope.calls)
    for called in scope.calls if encodes else ():
        if called.name in _LOOKUPS and called.call.args:
            name = called.call.args[0].value
            name = scope.assigned.get(name.id, name) if isinstance(name, ir.Name) else name
            tail = _tail(name)
            if tail.startswith(".") and tail.count(".") > 1:
                yield scope.fact("dns-exfiltration", called.call.line, f"{called.name} of …{tail}")


def _tail(expr: ir.Expr) -> str:
    last: ir.Expr | None = None
    if isinstance(expr, ir.Text) and expr.parts:
        last = expr.parts[-1]
    elif isinstance(expr, ir.Binary) and expr.op == "+":
        last = expr.right
    return last.value if isinstance(last, ir.Const) and isinstance(last.value, str) else ""
