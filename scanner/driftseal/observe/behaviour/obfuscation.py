"""Code that hides what it runs: decoded and executed, named by pieces, renamed by an obfuscator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Code, Scope, walk

_ENOUGH: Final = 12
"""Renamed names of one file that tell an obfuscator from a name that someone chose."""
_RUNNERS: Final = frozenset(
    {"exec", "eval", "Function", "execfile", "builtins.exec", "builtins.eval", "globalThis.eval"}
)
_HARMLESS: Final = frozenset(
    {"require", "import", "fork", "setInterval", "setImmediate", "__import__", "resolve", "import_module"}
)


def find(code: Code) -> Iterator[Fact]:
    """``decoded-code-run``, ``decoded-command-run``, ``built-name-called``, ``marshalled-code`` and renaming."""
    for scope in code.scopes:
        runs = any(
            called.name in _RUNNERS or scope.kinds(called) & {"code", "command", "argv"} for called in scope.calls
        )
        if runs and any(_decoded(scope, node) is not None for node in scope.nodes):
            yield from _run(scope)
        yield from _built(scope)
        for called in scope.calls:
            if called.name in {"marshal.loads", "marshal.load"}:
                yield scope.fact("marshalled-code", called.call.line, called.name)
            if says("encoded-run", scope.command(called)):
                yield scope.fact("decoded-command-run", called.call.line, scope.command(called))
    yield from _renamed(code)


def _decoded(scope: Scope, node: Any) -> int | None:
    """Where text is decoded, decompressed, turned round or put together of characters."""
    if isinstance(node, ir.Call):
        if says("decoders", scope.name(node)) or _buffer(scope, node) or _joins(scope, node):
            return node.line
    elif isinstance(node, ir.Index) and isinstance(node.key, ir.Group):
        if any(isinstance(each, ir.Unary) and each.op == "-" for each in node.key.items[-1:]):
            return node.line
    elif isinstance(node, ir.Binary) and node.op == "^":
        return node.line
    return None


def _buffer(scope: Scope, node: ir.Call) -> bool:
    coded = {"base64", "hex", "base64url", "latin1"}
    return scope.name(node) == "Buffer.from" and any(
        isinstance(arg.value, ir.Const) and arg.value.value in coded for arg in node.args[1:]
    )


def _joins(scope: Scope, node: ir.Call) -> bool:
    """``"".join(chr(x) …)`` and ``s.split("").reverse().join("")``."""
    name = scope.name(node)
    if name.endswith("reverse.join"):
        return True
    if name != "str.join" or not node.args:
        return False
    return any(
        isinstance(each, ir.Call) and scope.name(each) in {"chr", "reversed"} for each in walk(node.args[0].value)
    )


def _run(scope: Scope) -> Iterator[Fact]:
    flow = Flow(scope, _decoded, strict=False)
    for called in scope.calls:
        kinds = scope.kinds(called)
        runs = called.name in _RUNNERS or ("code" in kinds and called.name.rpartition(".")[2] not in _HARMLESS)
        if runs and (line := flow.sent(called)) is not None:
            yield scope.fact("decoded-code-run", called.call.line, called.name, (line, "decoded here"))
        elif "command" in kinds or "argv" in kinds:
            first = called.call.args[0].value if called.call.args else None
            line = flow.line(first) if first is not None else None
            if line is not None:
                yield scope.fact("decoded-command-run", called.call.line, called.name, (line, "decoded here"))


def _built(scope: Scope) -> Iterator[Fact]:
    for called in scope.calls:
        name, args = called.name, called.call.args
        if name == "getattr" and len(args) > 1 and _pieces(scope, args[1].value):
            yield scope.fact("built-name-called", called.call.line, "getattr of a name that is put together")
        elif (
            name in {"__import__", "importlib.import_module", "require", "import"}
            and args
            and _pieces(scope, args[0].value)
        ):
            yield scope.fact("built-name-called", called.call.line, f"{name} of a name that is put together")
    for node in scope.nodes:
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Index) and _pieces(scope, node.callee.key):
            yield scope.fact("built-name-called", node.line, "a function by a name that is put together")


def _pieces(scope: Scope, expr: ir.Expr) -> bool:
    """A name of constants alone that nevertheless is computed."""
    if isinstance(expr, ir.Name):
        expr = scope.assigned.get(expr.id, expr)
    if isinstance(expr, ir.Binary) and expr.op == "+":
        return all(isinstance(node, (ir.Binary, ir.Const)) for node in walk(expr) if node is not expr)
    return any(_decoded(scope, node) is not None for node in walk(expr)) and not any(
        isinstance(node, ir.Binary) and node.op == "^" for node in walk(expr)
    )


def _renamed(code: Code) -> Iterator[Fact]:
    found: dict[str, set[str]] = {}
    line: dict[str, int] = {}
    for scope in code.scopes:
        for node in scope.nodes:
            if isinstance(node, ir.Name) and node.id.startswith("_0x") and says("obfuscated-names", node.id):
                found.setdefault(scope.path, set()).add(node.id)
                line[scope.path] = min(node.line, line.get(scope.path, node.line))
    for path, names in found.items():
        if len(names) >= _ENOUGH:
            yield Fact("obfuscated-names", path, line[path], f"{len(names)} names such as {min(names)}")
