"""How the imports and exports of ES modules and of TypeScript are read."""

from __future__ import annotations

from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code._javascript_commonjs import assigned_exports, word
from driftseal.code._javascript_state import Hoisted, State
from driftseal.code._javascript_values import bound, values
from driftseal.code._lowering import Built, Made, is_expression

_ALL: Final = "*"


class Part(NamedTuple):
    """One name that is imported or exported."""

    name: str
    """On the side that hands it out."""
    alias: str
    """On the other side."""


def specifier(_: State, made: Made) -> Part | None:
    """``a as b``; types are gone once the file is compiled."""
    if made.has("type") or made.has("typeof"):
        return None
    name = word(made.get("name"))
    return Part(name, word(made.get("alias")) or name)


def parts(_: State, made: Made) -> Built:
    """A tuple of the names inside."""
    return tuple(value for _, value in made.parts if type(value) is Part)


def everything(_: State, made: Made) -> Part:
    """``* as a``."""
    return Part(_ALL, next((word(value) for value in values(made)), ""))


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
    return Part(local, word(made.get("source")))


def import_(state: State, made: Made) -> list[ir.Stmt]:
    """An ``import`` statement."""
    if made.has("type") or made.has("typeof"):
        return []
    module = word(made.get("source"))
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
    module = word(made.get("source"))
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
