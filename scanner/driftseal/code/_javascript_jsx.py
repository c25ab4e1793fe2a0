"""JSX as calls: of the component, with its attributes by name and its children by position."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.code._javascript_values import expr, values
from driftseal.code._lowering import Built, Made, is_expression


def text(_: State, source: str, line: int) -> ir.Const | None:
    """Text between elements; mere white space is dropped."""
    plain = source.strip()
    return ir.Const(plain, line) if plain else None


def attribute(_: State, made: Made) -> Built:
    """``name={value}``; without a value it holds."""
    inside = made.expressions()
    name = next((value for _, value in made.parts if isinstance(value, str)), "")
    return ir.Arg(name, inside[-1] if inside else ir.Const(value=True, line=made.line), spread=False)


def opening(_: State, made: Made) -> Built:
    """The name and the attributes, as a call that waits for the children."""
    args: list[ir.Arg] = []
    for field, value in made.parts:
        if type(value) is ir.Arg:
            args.append(value)
        elif field == "attribute" and is_expression(value):
            inner = value.value if isinstance(value, ir.Unary) and value.op == "*" else value
            args.append(ir.Arg("", inner, spread=True))
    name = made.get("name")
    callee = expr(name, made.line) if name is not None else ir.Name("Fragment", made.line)
    return ir.Call(callee, tuple(args), made.line, new=False)


def element(_: State, made: Made) -> ir.Expr:
    """The call with its children."""
    first = made.get("open_tag")
    children = [value for field, value in made.parts if field is None and is_expression(value)]
    args = tuple(ir.Arg("", value, spread=False) for value in children)
    if isinstance(first, ir.Call):
        return first._replace(args=(*first.args, *args))
    return ir.Call(ir.Name("Fragment", made.line), args, made.line, new=False)


def inside(_: State, made: Made) -> Built:
    """``{value}``; one that holds a comment alone is nothing."""
    return next((value for value in values(made) if is_expression(value)), None)
