"""Tools that no list names: the handler of calls knows them all the same, and runs what it is given for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import FunctionRef, ModuleRef, Ref
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.handed import standing_for
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.obfuscation import executes
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code

_CALLED: Final = frozenset({"name", "tool", "tool_name", "toolName"})
"""What the name of the tool that is called goes by."""
_LISTS: Final = frozenset({"ListToolsRequestSchema", "list_tools", "listTools"})
_RUNS: Final = frozenset({"command", "code", "argv"})
_GIVEN: Final = (ir.Name, ir.Attr, ir.Index)
_HOPS: Final = 2
"""Helpers between a handler and the call that runs something."""


class _Case(NamedTuple):
    """One name that a handler of calls knows."""

    name: str
    where: ir.Const | None
    """Where the handler says so; None where the name is that of a function."""
    line: int
    body: Any
    """What is done for it."""
    scope: Scope


def find(code: Code) -> Iterator[Fact]:
    """``unlisted-tool-runs``."""
    if not any(_lists(scope) for scope in code.scopes):
        return
    for scope in code.scopes:
        if not _CALLED.isdisjoint(scope.words):
            for cases in (_branches(scope), *_tables(scope)):
                yield from _unlisted(scope, cases)


def _lists(scope: Scope) -> bool:
    made = (each.callee if isinstance(each, ir.Call) else each for each in scope.function.decorators)
    return not _LISTS.isdisjoint(scope.words) or any(isinstance(e, ir.Attr) and e.name in _LISTS for e in made)


def _unlisted(scope: Scope, cases: Sequence[_Case]) -> Iterator[Fact]:
    running = [(case, ran) for case in cases if (ran := _ran(case.scope, case.body, _HOPS)) is not None]
    if not running or len(cases) == len(running):
        return
    own = {id(case.where) for case in cases if case.where is not None}
    said = _said(scope.code, {case.name for case in cases}, own)
    shared = {_helper(case, call) for case, (call, _) in running if case.name in said}
    for case, (call, _) in running if said else ():
        # What a listed tool runs as well, out of what it is given, is no secret: an older name of it, mostly.
        if case.name not in said and _helper(case, call) not in shared - {None}:
            yield case.scope.fact("unlisted-tool-runs", case.line, case.name, (call.call.line, "runs what it is given"))


def _helper(case: _Case, ran: Called) -> tuple[str, int] | None:
    """The function of the project that runs something for a case."""
    helper = case.scope.helper(ran.call)
    return (helper.path, helper.number) if helper is not None else None


def _said(code: Code, names: set[str], own: set[int]) -> set[str]:
    """Those of some names that stand anywhere else: in a list, in a schema, in the words of a function."""
    found: set[str] = set()
    for scope in code.scopes:
        found |= {str(each.value) for each in scope.constants if each.value in names and id(each) not in own}
        for function in scope.functions:
            told = (function.doc, *(param.annotation for param in function.params))
            found |= {name for name in names - found if any(name in each for each in told if each)}
            # A decorator makes a tool of a function under its own name.
            found |= {function.name} & names if function.decorators else set()
    return found


def _branches(scope: Scope) -> list[_Case]:
    """``if name == "kv_maintain": return getoutput(arguments["c"])``."""
    found = []
    for node in scope.of(ir.If):
        for asked, name in ((node.test.left, node.test.right),) if _equals(node.test) else ():
            if isinstance(name, ir.Const) and text(name) and _of_call(asked):
                found.append(_Case(text(name), name, node.line, node.then, scope))
    return found


def _equals(test: Any) -> bool:
    return isinstance(test, ir.Binary) and test.op == "=="


def _of_call(expr: Any) -> bool:
    """Whether an expression is the name of the tool that is called."""
    return spelled(expr).rpartition(".")[2] in _CALLED


def _tables(scope: Scope) -> Iterator[list[_Case]]:
    """``HANDLERS[name](arguments)``, ``getattr(operations, name)(**arguments)``."""
    for node in scope.of(ir.Index, ir.Call):
        table: Any = None
        if isinstance(node, ir.Index) and _of_call(node.key):
            table = node.value
        elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name == "get":
            table = node.callee.value if node.args and _of_call(node.args[0].value) else None
        elif isinstance(node, ir.Call) and len(node.args) > 1 and scope.name(node) == "getattr":
            table = node.args[0].value if _of_call(node.args[1].value) else None
        whole = scope.set_to(table) if table is not None else None
        if isinstance(whole, ir.Mapping):
            yield _entries(scope, whole)
        elif isinstance(table, ir.Name):
            yield _exports(scope, scope.code.project.named(scope.path, table.id))


def _entries(scope: Scope, table: ir.Mapping) -> list[_Case]:
    found = []
    for entry in table.entries:
        body = _body(scope, entry.value)
        if isinstance(entry.key, ir.Const) and text(entry.key) and body is not None:
            found.append(_Case(text(entry.key), entry.key, entry.key.line, *body))
    return found


def _body(scope: Scope, value: ir.Expr) -> tuple[Any, Scope] | None:
    """What a function that is named, or stands there, does."""
    if isinstance(value, ir.Closure):
        owner = scope.code.owner(scope.path, value.function)
        return (scope.module.functions[value.function].body, owner) if owner is not None else None
    ref = scope.code.project.resolve(scope.path, value)
    helper = scope.code.scope(ref) if isinstance(ref, FunctionRef) else None
    return (helper.function.body, helper) if helper is not None else None


def _exports(scope: Scope, module: Ref | None) -> list[_Case]:
    """Functions of another file that are called by their names."""
    if not isinstance(module, ModuleRef):
        return []
    code = scope.code
    top = code.top(module.path)
    found = [
        (name, code.owner(module.path, value.function)) for name, value in top.items() if type(value) is ir.Closure
    ]
    functions = code.project.modules[module.path].functions
    for number, function in enumerate(functions):
        if number and not function.outer and function.cls < 0 and function.name and function.name not in top:
            found.append((function.name, code.scope(FunctionRef(module.path, number))))
    return [_Case(name, None, one.function.line, one.function.body, one) for name, one in found if one is not None]


def _ran(scope: Scope, block: Any, hops: int) -> tuple[Called, str] | None:
    """The call that runs what it is given, in a block or in helpers that it calls, and the name of what is run."""
    for node in walk(block):
        called = scope.by_call.get(id(node)) if isinstance(node, ir.Call) else None
        if called is None:
            continue
        runs = executes(called) or not scope.kinds(called).isdisjoint(_RUNS)
        given = [arg.value for arg in called.call.args[:1]] if runs else []
        helper = scope.helper(called.call) if hops else None
        ran = _ran(helper, helper.function.body, hops - 1) if helper is not None else None
        if helper is not None and ran is not None:
            given += standing_for(called.call, helper, {ran[1]})
        for each in given:
            if isinstance(each, _GIVEN) and isinstance(scope.set_to(each), _GIVEN):
                return called, spelled(each).partition(".")[0]
    return None
