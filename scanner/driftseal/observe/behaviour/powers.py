"""Code that is handed what it cannot do by itself: WebAssembly that runs programs, texts that load modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_STARTS: Final = frozenset({"instantiate", "Instance", "instantiateStreaming"})
_POWERS: Final = frozenset({"command", "argv", "code"})
_LOADERS: Final = frozenset({"require", "createRequire"})
_WRAPPERS: Final = frozenset({"exports", "module", "__dirname", "__filename"})
"""What modules are handed beside it by whoever bundles or starts them as Node does."""
_KEEPERS: Final = frozenset({"assign", "define", "factory", "defineProperty"})
_PARTS: Final = 40
"""Members of a table that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``module-given-power`` and ``loader-handed-over``."""
    for scope in code.scopes:
        if not _LOADERS.isdisjoint(scope.words):
            yield from _loaders(scope)
        if "WebAssembly" not in scope.words:
            continue
        for call in scope.of(ir.Call):
            callee = call.callee
            if not isinstance(callee, ir.Attr) or callee.name not in _STARTS:
                continue
            for arg in call.args[1:]:
                given = scope.set_to(arg.value)
                power = _power(scope, given) if isinstance(given, ir.Mapping) else None
                if power is not None:
                    yield scope.fact("module-given-power", call.line, power[1], (power[0], "handed over here"))


def _loaders(scope: Scope) -> Iterator[Fact]:
    """``rank(hit, require)``, ``run(text, { load: createRequire(here) })``."""
    for call in scope.of(ir.Call):
        # What a function of the program does with it stands in its source.
        if last(call.callee) in _KEEPERS | _LOADERS or scope.helper(call) is not None:
            continue
        given: list[tuple[str, Any]] = [(last(arg.value), arg.value) for arg in call.args]
        for arg in call.args:
            whole = scope.set_to(arg.value)
            entries = whole.entries[:_PARTS] if isinstance(whole, ir.Mapping) else ()
            given += [(text(entry.key), entry.value) for entry in entries]
        if _WRAPPERS.isdisjoint(name for name, _ in given) and any(_loads(scope, value) for _, value in given):
            yield scope.fact("loader-handed-over", call.line, last(call.callee) or "a function")
            return


def _loads(scope: Scope, value: Any) -> bool:
    """Whether a value loads modules of any name: Node's own ``require``, or one that is made here."""
    if isinstance(value, ir.Name):
        known = scope.assigned.get(value.id) or scope.code.top(scope.path).get(value.id)
        if known is None:
            own = (param.name for function in scope.functions for param in function.params)
            return value.id == "require" and value.id not in own
        value = known
    return isinstance(value, ir.Call) and last(value.callee) == "createRequire"


def _power(scope: Scope, given: ir.Mapping) -> tuple[int, str] | None:
    """What of the imports runs programs or code: its line and its name."""
    language = scope.module.language
    for node in walk(given):
        if not isinstance(node, ir.Entry):
            continue
        value: Any = node.value
        if isinstance(value, (ir.Name, ir.Attr)):
            name = scope.name(value)
            if _POWERS & scope.code.kinds(language, name):
                return value.line, name
        elif isinstance(value, ir.Closure):
            body = scope.code.owner(scope.path, value.function)
            function = scope.module.functions[value.function]
            for called in body.calls if body is not None else ():
                if (
                    body is not None
                    and function.line <= called.call.line <= function.end_line
                    and _POWERS & body.kinds(called)
                ):
                    return called.call.line, called.name
    return None
