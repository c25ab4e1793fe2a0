"""What a script gets from other files and hands out: ES modules, CommonJS, and what bundlers make of them.

What is handed out without a name here gets one that nobody can write: ``default``, ``exports.name``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code._javascript_state import Hoisted, State
from driftseal.code._javascript_values import target_name, values
from driftseal.code._lowering import Built, Made, is_expression

_ALL: Final = "*"
_WHOLE: Final = "module.exports"


class Part(NamedTuple):
    """One name that is imported or exported."""

    name: str
    """On the side that hands it out."""
    alias: str
    """On the other side."""


def _word(value: Built) -> str:
    if isinstance(value, ir.Name):
        return value.id
    return str(value.value) if isinstance(value, ir.Const) else ""


# --- ES modules --------------------------------------------------------------------------------


def specifier(_: State, made: Made) -> Part | None:
    """``a as b``; types are gone once the file is compiled."""
    if made.has("type") or made.has("typeof"):
        return None
    name = _word(made.get("name"))
    return Part(name, _word(made.get("alias")) or name)


def parts(_: State, made: Made) -> Built:
    """A tuple of the names inside."""
    return tuple(value for _, value in made.parts if type(value) is Part)


def everything(_: State, made: Made) -> Part:
    """``* as a``."""
    return Part(_ALL, next((_word(value) for value in values(made)), ""))


def clause(_: State, made: Made) -> Built:
    """What stands between ``import`` and ``from``."""
    found: list[Part] = []
    for value in values(made):
        if isinstance(value, ir.Name):
            found.append(Part("default", value.id))
        elif type(value) is Part:
            found.append(value)
        elif type(value) is tuple:
            found += value
    return tuple(found)


def required(_: State, made: Made) -> Built:
    """``a = require("m")`` of TypeScript."""
    local = next((value.id for value in values(made) if isinstance(value, ir.Name)), "")
    return Part(local, _word(made.get("source")))


def import_(state: State, made: Made) -> list[ir.Stmt]:
    """An ``import`` statement."""
    if made.has("type") or made.has("typeof"):
        return []
    module = _word(made.get("source"))
    inside = [value for name, value in made.parts if name != "source" and value is not None]
    for value in inside:
        if type(value) is Part:
            state.add_import(ir.Import(value.name, value.alias, "", made.line))
        for part in value if type(value) is tuple else ():
            symbol = "" if part.name == _ALL else part.name
            state.add_import(ir.Import(part.alias, module, symbol, made.line))
    if not any(type(value) in {Part, tuple} for value in inside) and module:
        state.add_import(ir.Import("", module, "", made.line))
    return []


def alias(_: State, made: Made) -> list[ir.Stmt]:
    """``import a = b.c`` of TypeScript."""
    names = made.expressions()
    return [ir.Assign((names[0],), names[1], made.line, adds=False)] if len(names) > 1 else []


def export(state: State, made: Made) -> list[ir.Stmt]:
    """An ``export`` statement; what it declares stays."""
    if made.has("type"):
        return []
    module = _word(made.get("source"))
    for _field, value in made.parts:
        if type(value) is Part:
            state.export(value.alias, _ALL, module)
        for part in value if type(value) is tuple else ():
            state.export(part.alias, part.name, module)
    if module:
        if made.has(_ALL):
            state.export(_ALL, _ALL, module)
        return []
    inside = made.get("declaration")
    return _declared(state, made, inside) if isinstance(inside, list) else _value(state, made)


def _value(state: State, made: Made) -> list[ir.Stmt]:
    """``export default a``, ``export = a``."""
    value = next((one for name, one in made.parts if name != "decorator" and is_expression(one)), None)
    if value is None:
        return []
    if made.has("="):
        return assigned_exports(state, [ir.Attr(ir.Name("module", made.line), "exports", made.line)], value, made.line)
    _decorate(state, made, value)
    if isinstance(value, ir.Name):
        state.export("default", value.id)
        return []
    state.export("default", "default")
    state.label(value, "default")
    return [ir.Assign((ir.Name("default", made.line),), value, made.line, adds=False)]


def _declared(state: State, made: Made, inside: list[ir.Stmt]) -> list[ir.Stmt]:
    for each in inside:
        if isinstance(each, ir.Assign):
            _decorate(state, made, each.value)
            for target in each.targets:
                for name in bound(target):
                    state.export("default" if made.has("default") else name, name)
    return inside if isinstance(inside, Hoisted) else list(inside)


def _decorate(state: State, made: Made, value: ir.Expr) -> None:
    """A decorator may stand before ``export``."""
    decorators = tuple(made.all("decorator"))
    if decorators and isinstance(value, ir.ClassValue):
        known = state.classes[value.cls]
        state.classes[value.cls] = known._replace(decorators=(*decorators, *known.decorators))


def bound(target: ir.Expr) -> list[str]:
    """Every name that a target binds."""
    if isinstance(target, ir.Name):
        return [target.id]
    if isinstance(target, ir.Bind):
        return bound(target.target)
    if isinstance(target, ir.Unary):
        return bound(target.value)
    if isinstance(target, ir.Group):
        return [name for item in target.items for name in bound(item)]
    if isinstance(target, ir.Mapping):
        return [name for entry in target.entries for name in bound(entry.value)]
    return []


# --- CommonJS ----------------------------------------------------------------------------------


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
                state.add_import(known._replace(local=name, symbol=_word(entry.key) if entry.key else ""))


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
