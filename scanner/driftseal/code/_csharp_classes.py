"""How the classes, records and enumerations of C# are built, with their fields and properties."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code._csharp_definitions import marks as marks_of
from driftseal.code._csharp_state import Accessor, Declaration, Members, State
from driftseal.code._csharp_statements import body_of, typed
from driftseal.code._csharp_values import known, word, written
from driftseal.code._lowering import EXPRESSIONS, Made


def members(_: State, made: Made) -> Members:
    return Members(tuple(value for __, value in made.parts if value is not None))


def nothing(_: State, __: Made) -> None:
    """``namespace a;`` says where things belong, and does nothing."""


def namespace(_: State, made: Made) -> list[ir.Stmt]:
    return body_of(made.get("body"))


def field(state: State, made: Made) -> tuple[ir.Field, ...]:
    marks, doc = marks_of(made), state.take_doc(made.line)
    return tuple(
        ir.Field(word(one.target), value.type, one.value, marks, doc, one.line)
        for __, value in made.parts
        if type(value) is Declaration
        for one in value.declarators
    )


def property_(state: State, made: Made) -> tuple[object, ...]:
    """A property as a field; what computes it, where that is one expression, is its value."""
    at = dict(made.parts)
    name, type_, value = word(at.get("name")), written(made, "type"), at.get("value")
    given = at.get("accessors")
    accessors = [each for each in given if type(each) is Accessor] if type(given) is tuple else []
    getter = next((each for each in accessors if each.kind == "get"), None)
    if type(value) is list:
        value = _single(tuple(value))
    elif value is None and getter is not None:
        value = _single(state.functions[getter.function].body)
    for each in accessors:
        function = state.functions[each.function]
        around = function.qualname.rpartition(".")[0]
        label = f"{each.kind}_{name}"
        state.functions[each.function] = function._replace(
            name=label, qualname=f"{around}.{label}" if around else label
        )
    value = typed(known(value, made.line), type_) if type(value) in EXPRESSIONS else None
    found = ir.Field(name, type_, value, marks_of(made), state.take_doc(made.line), made.line)
    return (found,)


def _single(body: ir.Block) -> ir.Expr | None:
    """The value of a body that only gives one back."""
    only = body[0] if len(body) == 1 else None
    return only.value if isinstance(only, ir.Return) else None


def accessors(_: State, made: Made) -> tuple[Accessor, ...]:
    return tuple(value for __, value in made.parts if type(value) is Accessor)


def indexer(state: State, made: Made) -> None:
    """Its accessors have the parameters of the whole."""
    at = dict(made.parts)
    given, inside = at.get("parameters"), at.get("accessors")
    for each in inside if type(inside) is tuple else ():
        if type(each) is Accessor and type(given) is tuple:
            state.functions[each.function] = state.functions[each.function]._replace(params=given)


def bases(_: State, made: Made) -> list[ir.Expr]:
    return [value for value in made.expressions() if word(value)]


def cls(state: State, made: Made) -> list[ir.Stmt]:
    """A class binds its name; classes inside it come first."""
    scope = state.close()
    body = made.get("body")
    inside = body.values if type(body) is Members else ()
    given = next((value for __, value in made.parts if type(value) is tuple and value), ())
    primary = [
        ir.Field(one.name, one.annotation, None, one.decorators, "", one.line) for one in given if type(one) is ir.Param
    ]
    declared = [each for value in inside if type(value) is tuple for each in value if type(each) is ir.Field]
    above = next((value for field_, value in made.parts if type(value) is list and field_ is None), [])
    before = state.classes[scope.number]
    state.classes[scope.number] = before._replace(
        bases=tuple(above),
        fields=(*primary, *declared),
        methods=tuple(scope.methods),
        decorators=marks_of(made),
        end_line=made.end_line,
    )
    nested = [each for value in inside if type(value) is list for each in body_of(value)]
    return [*nested, _bound(before.name, scope.number, made.line)]


def _bound(name: str, number: int, line: int) -> ir.Assign:
    return ir.Assign((ir.Name(name, line),), ir.ClassValue(number, line), line, adds=False)


def enum_member(_: State, made: Made) -> ir.Field:
    """One without a value is known by its name."""
    at = dict(made.parts)
    name, value = word(at.get("name")), at.get("value")
    value = value if type(value) in EXPRESSIONS else ir.Const(name, made.line)
    return ir.Field(name, "", value, marks_of(made), "", made.line)


def enum_members(_: State, made: Made) -> tuple[ir.Field, ...]:
    return tuple(value for __, value in made.parts if type(value) is ir.Field)


def enum(state: State, made: Made) -> list[ir.Stmt]:
    """An enumeration: a class with fields."""
    number = state.close().number
    inside = made.get("body")
    before = state.classes[number]
    state.classes[number] = before._replace(
        bases=(ir.Name("Enum", made.line),),
        fields=inside if type(inside) is tuple else (),
        decorators=marks_of(made),
        end_line=made.end_line,
    )
    return [_bound(before.name, number, made.line)]
