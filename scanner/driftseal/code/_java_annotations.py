"""How what stands before declarations of Java is built."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code._java_state import Modifiers, State
from driftseal.code._java_values import dotted, known, word
from driftseal.code._lowering import EXPRESSIONS, Built, Made


def modifiers(_: State, made: Made) -> Modifiers:
    return Modifiers(tuple(made.expressions()), made.has("static"))


def annotation(_: State, made: Made) -> ir.Expr:
    """``@A``, ``@A(b)``, ``@A(c = d)``."""
    at = dict(made.parts)
    callee = dotted(made.text.lstrip("@ ").partition("(")[0], made.line)
    args = at.get("arguments")
    if type(args) is not tuple:
        return callee
    return ir.Call(callee, args, made.line, new=False)


def annotation_arguments(_: State, made: Made) -> Built:
    found = []
    for __, value in made.parts:
        if type(value) is ir.Arg:
            found.append(value)
        elif type(value) in EXPRESSIONS:
            found.append(ir.Arg("", value, spread=False))
    return tuple(found)


def annotation_pair(_: State, made: Made) -> ir.Arg:
    at = dict(made.parts)
    return ir.Arg(word(at.get("key")), known(at.get("value"), made.line), spread=False)
