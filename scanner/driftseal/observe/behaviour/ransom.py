"""What is taken from people so that they pay: tables that are emptied, files that others alone can open, demands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import fold, walk, written
from driftseal.observe.behaviour.outlets import goes_out
from driftseal.observe.behaviour.promises import tools
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_DEMAND: Final = ("ransom-contact", "ransom-held", "ransom-price")
_LONGEST: Final = 1_500
"""Characters of a demand; longer texts speak of others' ones."""
_EACH: Final = frozenset({"map", "forEach", "flatMap"})
_WRAPS: Final = frozenset({"publicEncrypt", "wrapKey", "encrypt", "kms"})
"""Functions after which a key is as good as locked away."""


def find(code: Code) -> Iterator[Fact]:
    """``ransom-demanded``, ``tables-emptied``, ``files-held-by-others``."""
    for scope in code.scopes:
        if "ransom-contact" in scope.shown:
            yield from _demands(scope)
        if "empties-tables" in scope.shown:
            yield from _emptied(scope)
        if "ciphers" in scope.doing and "removers" in scope.doing:
            yield from _sealed(scope)


def _demands(scope: Scope) -> Iterator[Fact]:
    """``"Your tables were moved. Write to …; the price is 0.1 BTC"``."""
    for node in scope.of(ir.Const, ir.Text, ir.Binary):
        told = fold(node, scope.set_to) or written(node) if not isinstance(node, ir.Const) else node.value
        if isinstance(told, str) and len(told) <= _LONGEST and all(says(each, told) for each in _DEMAND):
            yield scope.fact("ransom-demanded", node.line, told)
            return


def _emptied(scope: Scope) -> Iterator[Fact]:
    """``for (const t of await tables()) query(`drop table ${t}`)``, of a tool that says nothing of it."""
    for names, source, body in _rounds(scope):
        if not _lists_tables(scope, source):
            continue
        for node in walk(body):
            statement = written(node.args[0].value) if isinstance(node, ir.Call) and node.args else ""
            given = {each.id for each in walk(node) if isinstance(each, ir.Name)} if statement else set[str]()
            if names & given and says("empties-tables", statement) and not _announced(scope):
                yield scope.fact("tables-emptied", node.line, statement, (source.line, "each of these"))
                return


def _rounds(scope: Scope) -> Iterator[tuple[set[str], Any, Any]]:
    """What is done for each of several: the names of the one, where the several come from, and the statements."""
    for loop in scope.of(ir.Loop):
        if loop.source is not None:
            yield {each.id for each in walk(loop.targets) if isinstance(each, ir.Name)}, loop.source, loop.body
    for call in scope.of(ir.Call):
        if isinstance(call.callee, ir.Attr) and call.callee.name in _EACH:
            for arg in call.args[:1]:
                if isinstance(arg.value, ir.Closure):
                    function = scope.module.functions[arg.value.function]
                    yield {param.name for param in function.params if param.name}, call.callee.value, function.body


def _lists_tables(scope: Scope, source: Any) -> bool:
    """Whether a value comes from a statement that lists the tables of a database, here or in a helper."""
    for _ in range(2):
        for node in walk(source):
            helper = scope.helper(node) if isinstance(node, ir.Call) else None
            if helper is not None and "lists-tables" in helper.shown:
                return True
        source = scope.set_to(source)
    names = {each.id for each in walk(source) if isinstance(each, ir.Name)}
    return "lists-tables" in scope.shown and bool(names & scope.assigned.keys() or isinstance(source, ir.Call))


def _announced(scope: Scope) -> bool:
    """Whether a tool that leads here says that it empties tables; where none is known to, whether any says so."""
    every = tools(scope.code)
    leading = [tool for tool in every if tool.body is scope or _calls(tool.body, scope)]
    return any(says("promises-emptying", tool.told) for tool in leading or every)


def _calls(body: Scope | None, helper: Scope) -> bool:
    return body is not None and any(each is helper for _, each in body.helped)


def _sealed(scope: Scope) -> Iterator[Fact]:
    """Files that are encrypted and taken away, by a key that is sent to somebody else."""
    removed = next((called for called in scope.doing["removers"] if "path-delete" in scope.kinds(called)), None)
    keys = {
        each.id
        for cipher in scope.doing["ciphers"]
        for arg in cipher.call.args
        for each in walk(arg.value)
        if isinstance(each, ir.Name)
    }
    for called in scope.calls if removed is not None else ():
        if _tells(called, keys) and goes_out(scope, called) and removed is not None:
            line = removed.call.line
            yield scope.fact(
                "files-held-by-others", called.call.line, f"the key, by {called.name}", (line, "taken away")
            )
            return


def _tells(called: Called, keys: set[str]) -> bool:
    """Whether a call is handed a key as it is."""
    inside = [node for arg in called.call.args for node in walk(arg.value)]
    locked = any(
        isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _WRAPS for node in inside
    )
    return not locked and any(isinstance(node, ir.Name) and node.id in keys for node in inside)
