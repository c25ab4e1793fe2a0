"""How the functions, classes and imports of C# are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._csharp_state import (
    Accessor,
    Attributes,
    Declaration,
    Members,
    Method,
    State,
    Word,
    member_names,
    named,
    parameter_names,
)
from driftseal.code._csharp_statements import Hoisted, body_of, returned, typed
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


def _marks(made: Made) -> tuple[ir.Expr, ...]:
    return tuple(each for __, value in made.parts if type(value) is Attributes for each in value.values)


def _modifiers(made: Made) -> set[str]:
    return {value.text for __, value in made.parts if type(value) is Word}


def parameter(state: State, made: Made) -> ir.Param:
    name = word(made.get("name"))
    inside = [value for field, value in made.parts if field is None and type(value) in EXPRESSIONS]
    default = inside[-1] if inside else None
    state.declare(name)
    return ir.Param(name, written(made, "type"), default, "", None, made.line, _marks(made))


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
        decorators=_marks(made),
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


# --- classes ---------------------------------------------------------------------------------


def members(_: State, made: Made) -> Members:
    return Members(tuple(value for __, value in made.parts if value is not None))


def nothing(_: State, __: Made) -> None:
    """``namespace a;`` says where things belong, and does nothing."""


def namespace(_: State, made: Made) -> list[ir.Stmt]:
    return body_of(made.get("body"))


def field(state: State, made: Made) -> tuple[ir.Field, ...]:
    marks, doc = _marks(made), state.take_doc(made.line)
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
    found = ir.Field(name, type_, value, _marks(made), state.take_doc(made.line), made.line)
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
        decorators=_marks(made),
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
    return ir.Field(name, "", value, _marks(made), "", made.line)


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
        decorators=_marks(made),
        end_line=made.end_line,
    )
    return [_bound(before.name, number, made.line)]
