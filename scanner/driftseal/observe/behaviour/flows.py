"""Where data goes within one function: the names that carry what came from an origin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Scope, below

_ROUNDS: Final = 3
"""Times that a body is read until its names are known; loops feed back."""
_STEPS: Final = 200_000
"""Nodes that are looked at for one flow; a scope that needs more is a bundle, where names prove nothing."""
_COLLECTORS: Final = frozenset(
    {"append", "push", "update", "set", "extend", "add", "write", "insert", "unshift", "concat"}
)

Origin = Callable[[Scope, Any], "int | None"]
"""The line where an expression brings in what is followed; None where it does not."""


class Flow:
    """The names of one scope that carry what an origin gives. ``strict`` passes through known carriers only."""

    def __init__(self, scope: Scope, origin: Origin, *, strict: bool) -> None:
        self._scope = scope
        self._origin = origin
        self._strict = strict
        self._left = _STEPS
        self.names: dict[str, int] = {}
        """Names that carry it, with the line of the origin."""
        for _ in range(_ROUNDS):
            before = len(self.names)
            for node in scope.nodes:
                self._read(node)
            if len(self.names) == before:
                break

    def line(self, expr: Any) -> int | None:
        """The origin's line, if an expression carries what came from there."""
        stack: list[Any] = [expr]
        while stack and self._left > 0:
            self._left -= 1
            node = stack.pop()
            found = self._origin(self._scope, node)
            if found is not None:
                return found
            if isinstance(node, ir.Name) and node.id in self.names:
                return self.names[node.id]
            stack.extend(self._below(node))
        return None

    def sent(self, called: Called) -> int | None:
        """The origin's line, if one of a call's arguments carries it."""
        return next((line for arg in called.call.args if (line := self.line(arg.value)) is not None), None)

    def _below(self, node: Any) -> list[Any]:
        if self._strict:
            if isinstance(node, (ir.Attr, ir.Index)):
                key = node.name if isinstance(node, ir.Attr) else ""
                return [node.value] if key and says("carriers", key) else []
            if isinstance(node, ir.Call) and not says("carriers", self._scope.name(node)):
                return []
            if isinstance(node, ir.Binary) and node.op not in {"+", "or", "??", "%"}:
                return []
        if isinstance(node, ir.Binary) and node.op in {"==", "!=", "in", "not in", "<", ">", "<=", ">=", "is"}:
            return []
        return below(node)

    def _read(self, node: Any) -> None:
        if isinstance(node, (ir.Assign, ir.Bind)):
            line = self.line(node.value)
            for target in node.targets if isinstance(node, ir.Assign) else (node.target,):
                if line is not None and not (self._strict and isinstance(target, ir.Mapping)):
                    self._bind(target, line)
        elif isinstance(node, ir.Loop) and node.source is not None:
            self._each(node.targets, node.source)
        elif isinstance(node, ir.Comprehension):
            for source in node.sources:
                self._each(node.targets, source)
        elif isinstance(node, ir.Call):
            self._called(node)

    def _each(self, targets: tuple[ir.Expr, ...], source: ir.Expr) -> None:
        line = self.line(source)
        for target in targets if line is not None else ():
            self._bind(target, line or 0)

    def _called(self, node: ir.Call) -> None:
        if (
            isinstance(node.callee, ir.Attr)
            and node.callee.name in _COLLECTORS
            and isinstance(node.callee.value, ir.Name)
        ):
            line = self.sent(Called("", node))
            if line is not None:
                self._bind(node.callee.value, line)
        closures = [arg.value for arg in node.args if isinstance(arg.value, ir.Closure)]
        line = self.line(node) if closures else None
        for closure in closures if line is not None else ():
            for param in self._scope.module.functions[closure.function].params:
                if param.name:
                    self.names.setdefault(param.name, line or 0)

    def _bind(self, target: ir.Expr, line: int) -> None:
        while isinstance(target, (ir.Index, ir.Attr)):
            target = target.value
        if isinstance(target, ir.Name):
            if target.id not in {"self", "this"}:
                self.names.setdefault(target.id, line)
        elif isinstance(target, ir.Group):
            for item in target.items:
                self._bind(item, line)
        elif isinstance(target, ir.Mapping):
            for entry in target.entries:
                self._bind(entry.value, line)


def leaves(scope: Scope, called: Called) -> bool:
    """Whether a call sends something out."""
    return bool(scope.kinds(called) & {"outward", "ssrf"}) or says("senders", called.name)


def writes(scope: Scope, called: Called) -> bool:
    """Whether a call writes a file."""
    model = scope.model(called)
    last = called.name.rpartition(".")[2]
    if last in {"write_text", "write_bytes", "writeFileSync", "appendFileSync", "writeFile", "appendFile"}:
        return True
    for sink in model.sinks if model is not None else ():
        if sink.kind == "path-write":
            return not sink.mode or any(_opens(called.call, where) for where in sink.mode)
    return last == "open" and (_opens(called.call, 0) or _opens(called.call, 1) or _opens(called.call, "mode"))


def _opens(call: ir.Call, where: int | str) -> bool:
    for place, arg in enumerate(call.args):
        value = arg.value
        if (arg.name or place) == where and isinstance(value, ir.Const) and isinstance(value.value, str):
            return len(value.value) <= len("wb+t") and bool(set("wax+") & set(value.value))
    return False
