"""How the functions, classes and imports of C# are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._csharp_state import (
    Accessor,
    Attributes,
    Method,
    State,
    Word,
    member_names,
    named,
    parameter_names,
)
from driftseal.code._csharp_statements import Hoisted, body_of, returned
from driftseal.code._csharp_values import known, word, written
from driftseal.code._lowering import EXPRESSIONS, STATEMENTS, Built, Made

if TYPE_CHECKING:
    from tree_sitter import Node

_CONSTRUCTOR: Final = "constructor"
_TEXT_OF: Final = {"destructor_declaration": "~", "operator_declaration": "operator", "indexer_declaration": "this[]"}


# --- imports ---------------------------------------------------------------------------------


def imported(state: State, made: Made) -> None:
    """``using A.B;`` hands out what the namespace holds; ``using C = A.B;`` gives it a name."""
    inside = [value for field, value in made.parts if type(value) in EXPRESSIONS]
    names = [_dotted(value) for value in inside]
    if len(names) > 1 and made.get("name") is not None:
        state.imports.append(ir.Import(names[0], names[1], "", made.line))
    elif names:
        state.imports.append(ir.Import("*", names[-1], "*", made.line))


def _dotted(value: ir.Expr) -> str:
    parts: list[str] = []
    while isinstance(value, ir.Attr):
        parts.append(value.name)
        value = value.value
    return ".".join((word(value), *reversed(parts)))


# --- functions -------------------------------------------------------------------------------


def enter_body(state: State, node: Node, kind: str) -> None:
    """What may be declared without a body is no function then."""
    if node.child_by_field_name("body") is not None:
        enter_function(state, node, kind)


def enter_function(state: State, node: Node, kind: str) -> None:
    """A function, a method, a lambda or an accessor starts."""
    names: set[str] = set()
    given = node.child_by_field_name("parameters")
    if given is not None:
        names |= parameter_names(given)
    body = node.child_by_field_name("body")
    if body is not None and body.type == "block":
        names |= {named(child) for child in body.named_children if child.type == "local_function_statement"}
    state.open_function(_name(node, kind), node.start_point.row + 1, names)


def _name(node: Node, kind: str) -> str:
    if kind in {"lambda_expression", "anonymous_method_expression"}:
        return ""
    if kind == "constructor_declaration":
        return _CONSTRUCTOR
    if kind == "accessor_declaration":
        return named(node) + "_"
    return _TEXT_OF.get(kind, "") or named(node)


def enter_class(state: State, node: Node, _: str) -> None:
    """A class, a struct, a record or an enumeration starts."""
    state.open_class(named(node), node.start_point.row + 1, member_names(node))


def enter_loop(state: State, node: Node, _: str) -> None:
    """The variable of a loop is one before its body is read."""
    left = node.child_by_field_name("left")
    if left is not None and left.type == "identifier" and left.text is not None:
        state.declare(left.text.decode("utf-8", "replace"))


def attribute(_: State, made: Made) -> ir.Expr:
    """``A(1, B = 2)``, as a call."""
    at = dict(made.parts)
    name = known(at.get("name"), made.line)
    name = ir.Name(word(name), made.line) if not isinstance(name, ir.Attr) or word(name.value) == "this" else name
    args = next((value for __, value in made.parts if type(value) is tuple), ())
    return ir.Call(name, args, made.line, new=False)


def attribute_arguments(_: State, made: Made) -> tuple[ir.Arg, ...]:
    return tuple(value for __, value in made.parts if type(value) is ir.Arg)


def attribute_argument(_: State, made: Made) -> ir.Arg:
    values = [value for field, value in made.parts if field != "name" and type(value) in EXPRESSIONS]
    return ir.Arg(word(made.get("name")), known(values[-1] if values else None, made.line), spread=False)


def attributes(_: State, made: Made) -> Attributes:
    return Attributes(tuple(value for __, value in made.parts if type(value) is ir.Call))


def marks(made: Made) -> tuple[ir.Expr, ...]:
    return tuple(each for __, value in made.parts if type(value) is Attributes for each in value.values)


def _modifiers(made: Made) -> set[str]:
    return {value.text for __, value in made.parts if type(value) is Word}


def parameter(state: State, made: Made) -> ir.Param:
    name = word(made.get("name"))
    inside = [value for field, value in made.parts if field is None and type(value) in EXPRESSIONS]
    default = inside[-1] if inside else None
    state.declare(name)
    return ir.Param(name, written(made, "type"), default, "", None, made.line, marks(made))


def parameters(_: State, made: Made) -> tuple[ir.Param, ...]:
    """A tuple of parameters, which no expression is; the last may take all further arguments."""
    found = [value for __, value in made.parts if type(value) is ir.Param]
    rest = made.get("name")
    if rest is not None:
        found.append(ir.Param(word(rest), written(made, "type"), None, "*", None, made.line))
    return tuple(found)


def implicit_parameter(_: State, text: str, line: int) -> tuple[ir.Param, ...]:
    return (ir.Param(text, "", None, "", None, line),)


def arrow(_: State, made: Made) -> list[ir.Stmt]:
    """``=> x`` of a method."""
    return returned(made.parts[-1][1] if made.parts else None, made.line)


def _closed(state: State, made: Made) -> int:
    at = dict(made.parts)
    number = state.close().number
    given, body = at.get("parameters"), at.get("body")
    if body is None and made.type == "anonymous_method_expression":
        body = next((value for __, value in made.parts if type(value) is list), None)
    modifiers = _modifiers(made)
    if type(body) is list or type(body) in STATEMENTS:
        block = tuple(body_of(body))
    else:
        # A lambda's value is what it gives back; a method without a body does nothing.
        block = tuple(returned(body, made.line)) if body is not None else ()
    state.functions[number] = state.functions[number]._replace(
        params=given if type(given) is tuple else (),
        body=block,
        decorators=marks(made),
        returns=written(made, "returns") or written(made, "type"),
        static="static" in modifiers,
        end_line=made.end_line,
    )
    return number


def method(state: State, made: Made) -> Method | None:
    if made.node.child_by_field_name("body") is None:
        return None
    return Method(_closed(state, made))


def constructor(state: State, made: Made) -> Method:
    """What is handed to the base's constructor is evaluated first."""
    number = _closed(state, made)
    args = [arg.value for __, value in made.parts if type(value) is tuple for arg in value if type(arg) is ir.Arg]
    first = tuple(ir.Do(value, made.line) for value in args if isinstance(value, ir.Call))
    function = state.functions[number]
    state.functions[number] = function._replace(body=(*first, *function.body))
    return Method(number)


def to_base(_: State, made: Made) -> tuple[ir.Arg, ...]:
    """The arguments of ``: base(…)``."""
    given = next((value for __, value in made.parts if hasattr(value, "args")), None)
    return tuple(given.args) if given is not None else ()


def local_function(state: State, made: Made) -> Hoisted:
    number = _closed(state, made)
    name = state.functions[number].name
    state.declare(name)
    return Hoisted([ir.Assign((ir.Name(name, made.line),), ir.Closure(number, made.line), made.line, adds=False)])


def closure(state: State, made: Made) -> ir.Closure:
    return ir.Closure(_closed(state, made), made.line)


def accessor(state: State, made: Made) -> Built:
    """``get`` and ``set`` of a property, if they have a body."""
    if made.node.child_by_field_name("body") is None:
        return None
    return Accessor(str(made.get("name")), _closed(state, made))
