"""What CommonJS files, and what compilers and bundlers make of ES modules, load and hand out.

What is handed out without a name here gets one that nobody can write: ``default``, ``exports.name``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.code._javascript_values import bound, target_name
from driftseal.code._lowering import Built

_ALL: Final = "*"
_WHOLE: Final = "module.exports"


def word(value: Built) -> str:
    """A name, or the string that stands for one."""
    if isinstance(value, ir.Name):
        return value.id
    return str(value.value) if isinstance(value, ir.Const) else ""


def declared(state: State, target: ir.Expr, value: ir.Expr) -> None:
    """``const a = require("m")``, ``const {a: b} = await import("m")``, ``const b = require("m").a``."""
    symbol = ""
    index = state.loaded(value)
    if index is None and isinstance(value, ir.Attr):
        index, symbol = state.loaded(value.value), value.name
    if index is None:
        return
    known = state.imports[index]
    if isinstance(target, ir.Name):
        state.imports[index] = known._replace(local=target.id, symbol=symbol)
        if not symbol:
            state.modules.setdefault(target.id, known.module)
    elif isinstance(target, ir.Mapping) and not symbol:
        for entry in target.entries:
            for name in bound(entry.value) if not isinstance(entry.value, (ir.Mapping, ir.Group)) else ():
                state.add_import(known._replace(local=name, symbol=word(entry.key) if entry.key else ""))


def assigned_exports(state: State, targets: Sequence[ir.Expr], value: ir.Expr, line: int) -> list[ir.Stmt]:
    """An assignment, with what it says about exports when it stands at the top of a file."""
    extra: list[ir.Expr] = []
    more: list[ir.Stmt] = []
    for target in targets if state.at_top else ():
        name = _exported(target)
        if name == _WHOLE:
            more += _members(state, value, line)
        if not name or value == ir.Const(None, value.line):
            continue
        public = "default" if name == _WHOLE else name
        local = _local(state, value, public)
        if not local:
            local = _WHOLE if name == _WHOLE else f"exports.{name}"
            extra.append(ir.Name(local, line))
            state.export(public, local)
    return [ir.Assign((*targets, *extra), value, line, adds=False), *more]


def _local(state: State, value: ir.Expr, public: str) -> str:
    """Export a value that has a name already, here or where it is imported from; the name."""
    if isinstance(value, ir.Name):
        state.export(public, value.id)
        return value.id
    if isinstance(value, ir.Attr) and isinstance(value.value, ir.Name):
        module = state.modules.get(value.value.id, "")
        if module:
            state.export(public, value.name, module)
            return value.name
    return ""


def _exported(target: ir.Expr) -> str:
    """The name that an assignment to ``exports.a`` or ``module.exports`` hands out."""
    if isinstance(target, ir.Index) and isinstance(target.key, ir.Const):
        target = ir.Attr(target.value, str(target.key.value), target.line)
    if not isinstance(target, ir.Attr):
        return ""
    if _is_module(target):
        return _WHOLE
    return target.name if is_exports(target.value) else ""


def _is_module(value: ir.Expr) -> bool:
    if not isinstance(value, ir.Attr) or not isinstance(value.value, ir.Name):
        return False
    return value.value.id == "module" and value.name == "exports"


def is_exports(value: ir.Expr) -> bool:
    """Whether this is the object that a CommonJS file hands out."""
    return (isinstance(value, ir.Name) and value.id == "exports") or _is_module(value)


def _members(state: State, value: ir.Expr, line: int) -> list[ir.Stmt]:
    """``module.exports = {a, b: c, d() {}, ...require("m")}``, ``= require("m")``, ``= helper(object)``."""
    made: list[ir.Stmt] = []
    index = state.loaded(value)
    if index is not None:
        state.export(_ALL, _ALL, state.imports[index].module)
    if isinstance(value, ir.Call) and len(value.args) == 1 and isinstance(value.args[0].value, ir.Name):
        state.whole.append(value.args[0].value.id)
    for entry in value.entries if isinstance(value, ir.Mapping) else ():
        inside = state.loaded(entry.value) if entry.key is None else None
        if inside is not None:
            state.export(_ALL, _ALL, state.imports[inside].module)
        elif isinstance(entry.key, ir.Const):
            public = str(entry.key.value)
            if not _local(state, entry.value, public):
                state.export(public, f"exports.{public}")
                made.append(ir.Assign((ir.Name(f"exports.{public}", line),), entry.value, entry.value.line, adds=False))
    return made


# --- bundlers ----------------------------------------------------------------------------------


def bundled(state: State, body: list[ir.Stmt]) -> list[ir.Stmt]:
    """Statements at the top of a file, those read that hand out what they are given."""
    for each in body if state.at_top else ():
        if isinstance(each, ir.Do) and isinstance(each.value, ir.Call) and each.value.args:
            _helper(state, each.value)
        if isinstance(each, ir.If):  # ``0 && (module.exports = {a})`` names what is handed out
            bundled(state, list(each.then))
    return body


def _helper(state: State, call: ir.Call) -> None:
    name = target_name(call.callee)
    args = [arg.value for arg in call.args]
    index = state.loaded(args[0])
    if index is not None and name.startswith("__export"):
        state.export(_ALL, _ALL, state.imports[index].module)
    elif name == "defineProperty" and len(args) > 2 and is_exports(args[0]) and isinstance(args[1], ir.Const):  # noqa: PLR2004 - object, name, descriptor
        given = _getter(state, args[2])
        if given is not None and args[1].value != "__esModule":
            _local(state, given, str(args[1].value))
    elif len(args) > 1 and isinstance(args[0], ir.Name):
        _filled(state, args[0], args[1])


def _filled(state: State, target: ir.Name, given: ir.Expr) -> None:
    """``__export(object, {a: () => a})``, whatever the function is called."""
    entries = given.entries if isinstance(given, ir.Mapping) else ()
    found = tuple(ir.Entry(entry.key, value) for entry in entries if (value := _got(state, entry.value)) is not None)
    if found and len(found) == len(entries):
        state.namespaces[target.id] = ir.Mapping(found, target.line, "")
        if is_exports(target):
            state.whole.append(target.id)


def _getter(state: State, descriptor: ir.Expr) -> ir.Expr | None:
    for entry in descriptor.entries if isinstance(descriptor, ir.Mapping) else ():
        if isinstance(entry.key, ir.Const) and entry.key.value in {"get", "value"}:
            return _got(state, entry.value) or entry.value
    return None


def _got(state: State, value: ir.Expr) -> ir.Expr | None:
    """What a function gives back that does nothing else."""
    if not isinstance(value, ir.Closure):
        return None
    draft = state.functions[value.function]
    first = draft.body[0] if len(draft.body) == 1 and not draft.params else None
    return first.value if isinstance(first, ir.Return) else None
