"""How ``try`` of Java is built, with its resources and handlers."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code._java_state import Body, State, Type, Types
from driftseal.code._java_statements import body
from driftseal.code._java_values import known, word
from driftseal.code._lowering import Made


def tried(_: State, made: Made) -> ir.Try:
    """``try`` with its resources, which are opened inside."""
    inside = (*body(made.get("resources")), *body(made.get("body")))
    handlers = tuple(value for __, value in made.parts if type(value) is ir.Handler)
    final = next((value.rest for __, value in made.parts if type(value) is Body), ())
    return ir.Try(inside, handlers, final, made.line)


def resource(_: State, made: Made) -> ir.Stmt:
    at = dict(made.parts)
    value = known(at.get("value"), made.line)
    if at.get("name") is None:
        return ir.Do(next(iter(made.expressions()), value), made.line)
    return ir.Assign((ir.Name(word(at.get("name")), made.line),), value, made.line, adds=False)


def caught(_: State, made: Made) -> ir.Handler:
    head = next((value for __, value in made.parts if type(value) is ir.Param), None)
    types = tuple(part.strip() for part in head.annotation.split("|")) if head is not None else ()
    return ir.Handler(types, head.name if head is not None else "", body(made.get("body")))


def caught_as(_: State, made: Made) -> ir.Param:
    written = next((value.texts for __, value in made.parts if type(value) is Types), ())
    return ir.Param(word(made.get("name")), "|".join(written), None, "", None, made.line)


def types(_: State, made: Made) -> Types:
    found: list[str] = []
    for __, value in made.parts:
        found += [value.text] if type(value) is Type else value.texts if type(value) is Types else ()
    return Types(tuple(found))


def finally_(_: State, made: Made) -> Body:
    return Body((), tuple(each for __, value in made.parts for each in body(value)))
