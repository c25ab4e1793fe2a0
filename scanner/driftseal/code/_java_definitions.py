"""How the classes, methods and imports of Java are built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._java_state import Body, Modifiers, Params, State, Type, Types
from driftseal.code._java_statements import body
from driftseal.code._java_values import dotted, known, word
from driftseal.code._lowering import EXPRESSIONS, Built, Made

if TYPE_CHECKING:
    from tree_sitter import Node

_IMPORT: Final = re.compile(r"import\s+(static\s+)?([\w.\s]{1,400}?)(\.\s*\*)?\s*;?\Z")
_NAME: Final = 400
"""Length of a name that is looked at."""


def imported(state: State, text: str, line: int) -> Type:
    """``import a.b.C``, ``import a.b.*``, ``import static a.b.C.d``."""
    found = _IMPORT.match(text.strip())
    if found is not None:
        path = "".join(found[2].split())
        if found[3]:
            state.imports.append(ir.Import("*", path, "*", line))
        else:
            module, _, symbol = path.rpartition(".")
            state.imports.append(ir.Import(symbol, module, symbol, line))
    return Type("")


# --- what opens ------------------------------------------------------------------------------


def enter_class(state: State, node: Node, kind: str) -> None:
    """A class starts; its members are known from its first line on."""
    inside = node.child_by_field_name("body")
    extends = node.child_by_field_name("superclass") is not None
    scope = state.open_class(_text(node.child_by_field_name("name")), _line(node), extends=extends)
    if inside is not None:
        _gather(state, inside)
    params = node.child_by_field_name("parameters") if kind == "record_declaration" else None
    for each in params.named_children if params is not None else ():
        scope.names.add(_text(each.child_by_field_name("name")))


def enter_new(state: State, node: Node, _: str) -> None:
    """An object whose class stands in place."""
    last = node.named_child(node.named_child_count - 1) if node.named_child_count else None
    if last is not None and last.type == "class_body":
        state.entered.add(node.id)
        state.open_class("", node.start_point.row + 1, extends=True)
        _gather(state, last)


def _gather(state: State, inside: Node) -> None:
    """The names of the fields and methods that a class declares itself."""
    scope = state.scopes[-1]
    for each in inside.named_children:
        if each.type == "field_declaration":
            names = [_text(one.child_by_field_name("name")) for one in each.children_by_field_name("declarator")]
            scope.names.update(names)
            if any(one.type == "static" for first in each.named_children[:1] for one in first.children):
                scope.statics.update(names)
        elif each.type == "method_declaration":
            scope.owns.add(_text(each.child_by_field_name("name")))
        elif each.type == "enum_constant":
            scope.names.add(_text(each.child_by_field_name("name")))
        elif each.type == "enum_body_declarations":
            _gather(state, each)


def enter_function(state: State, node: Node, kind: str) -> None:
    """A method with a body, a constructor or a lambda starts."""
    if kind == "method_declaration" and node.child_by_field_name("body") is None:
        return
    state.entered.add(node.id)
    name = "" if kind == "lambda_expression" else "constructor"
    if kind == "method_declaration":
        name = _text(node.child_by_field_name("name")) or "_"
    state.open_function(name, _line(node))
    params = node.child_by_field_name("parameters")
    if kind == "lambda_expression" and params is not None:
        names = [params] if params.type == "identifier" else params.named_children
        state.scopes[-1].names.update(_text(each) for each in names if each.type == "identifier")


def declares(state: State, node: Node, _: str) -> None:
    """A variable of a function: from here on its name is no field."""
    scope = state.scopes[-1]
    if not scope.is_class:
        scope.names.add(_text(node.child_by_field_name("name")))


def _line(node: Node) -> int:
    """Where a definition has its name, below what stands before it."""
    name = node.child_by_field_name("name")
    return (name if name is not None else node).start_point.row + 1


def _text(node: Node | None) -> str:
    text = node.text if node is not None and node.end_byte - node.start_byte <= _NAME else None
    return text.decode("utf-8", "replace") if text else ""


# --- functions -------------------------------------------------------------------------------


def function(state: State, made: Made) -> Built:
    """A method, a constructor or a lambda; a method without a body is none."""
    at = dict(made.parts)
    if made.node.id not in state.entered:
        return None
    scope = state.scopes.pop()
    marks = next((value for _, value in made.parts if type(value) is Modifiers), Modifiers((), static=False))
    params, returns, inside = at.get("parameters"), at.get("type"), at.get("body")
    given = params.items if type(params) is Params else ()
    if made.type == "lambda_expression":
        given = given or _untyped(params, made.line)
        alone = type(inside) in EXPRESSIONS
        block = (ir.Return(known(inside, made.line), made.line),) if alone else body(inside)
    else:
        block = body(inside)
    state.functions[scope.number] = state.functions[scope.number]._replace(
        params=given,
        body=block,
        decorators=marks.annotations,
        returns=returns.text if type(returns) is Type else "",
        static=marks.static,
        end_line=made.end_line,
    )
    return ir.Closure(scope.number, made.line) if made.type == "lambda_expression" else None


def _untyped(params: Built, line: int) -> tuple[ir.Param, ...]:
    names = params if type(params) is list else [params]
    return tuple(ir.Param(word(each), "", None, "", None, line) for each in names if word(each))


def inferred(_: State, made: Made) -> list[Built]:
    """Parameters of a lambda without types."""
    return list(made.expressions())


def parameters(_: State, made: Made) -> Params:
    return Params(tuple(value for __, value in made.parts if type(value) is ir.Param))


def parameter(_: State, made: Made) -> ir.Param:
    """``@A T a``, ``T... a``."""
    written = next((value for __, value in made.parts if type(value) is Type), None)
    marks = next((value for __, value in made.parts if type(value) is Modifiers), Modifiers((), static=False))
    spread = made.type == "spread_parameter"
    named = next((value for __, value in made.parts if type(value) in EXPRESSIONS), None)
    return ir.Param(
        word(made.get("name")) or word(named),
        written.text if written is not None else "",
        None,
        "*" if spread else "",
        None,
        made.line,
        marks.annotations,
    )


# --- classes ---------------------------------------------------------------------------------


def field(_: State, made: Made) -> Built:
    """Fields as ``@A T a = b, c;`` declares them."""
    written = made.get("type")
    marks = next((value for __, value in made.parts if type(value) is Modifiers), Modifiers((), static=False))
    text = written.text if type(written) is Type else ""
    found = []
    for value in made.all("declarator"):
        if isinstance(value, ir.Assign) and isinstance(value.targets[0], ir.Name):
            found.append(ir.Field(value.targets[0].id, text, value.value, marks.annotations, "", made.line))
        elif isinstance(value, ir.Name):
            found.append(ir.Field(value.id, text, None, marks.annotations, "", made.line))
    return Body(tuple(found), ())


def constant(_: State, made: Made) -> Body:
    """A constant of an enum: an object of its class, known by its name."""
    at = dict(made.parts)
    args = at.get("arguments")
    value: ir.Expr = ir.Const(word(at.get("name")), made.line)
    if type(args) is tuple and args:
        value = args[0].value
    return Body((ir.Field(word(at.get("name")), "", value, (), "", made.line),), ())


def members(_: State, made: Made) -> Body:
    """What a class declares, and what runs when it is loaded."""
    fields: list[ir.Field] = []
    rest: list[ir.Stmt] = []
    for __, value in made.parts:
        if type(value) is Body:
            fields += value.fields
            rest += value.rest
        else:
            rest += body(value)
    return Body(tuple(fields), tuple(rest))


def loaded(_: State, made: Made) -> list[ir.Stmt]:
    """``static { … }``."""
    return [each for __, value in made.parts for each in body(value)]


def cls(state: State, made: Made) -> list[ir.Stmt]:
    """A class binds its name; what its body does besides declaring comes before that."""
    at = dict(made.parts)
    scope = state.scopes.pop()
    marks = next((value for __, value in made.parts if type(value) is Modifiers), Modifiers((), static=False))
    inside = at.get("body")
    fields, rest = (inside.fields, inside.rest) if type(inside) is Body else ((), ())
    params = at.get("parameters")
    if type(params) is Params:  # of a record
        own = tuple(ir.Field(one.name, one.annotation, None, one.decorators, "", one.line) for one in params.items)
        fields = (*own, *fields)
    bases: list[ir.Expr] = []
    for name in ("superclass", "interfaces"):
        listed = at.get(name)
        bases += [dotted(text, made.line) for text in listed.texts] if type(listed) is Types else []
    empty = made.type == "interface_declaration" and not scope.methods and not fields
    state.classes[scope.number] = state.classes[scope.number]._replace(
        # An interface alone says nothing of what its methods do, and hides who does.
        name="" if empty else scope.name,
        bases=tuple(bases),
        fields=fields,
        methods=tuple(scope.methods),
        decorators=marks.annotations,
        end_line=made.end_line,
    )
    if empty or not scope.name:
        return list(rest)
    value = ir.ClassValue(scope.number, made.line)
    return [*rest, ir.Assign((ir.Name(scope.name, made.line),), value, made.line, adds=False)]
