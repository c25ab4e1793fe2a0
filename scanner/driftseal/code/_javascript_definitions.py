"""How JavaScript's functions, classes and enumerations are built."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from driftseal.code import ir
from driftseal.code._javascript_state import Draft, Hoisted, Method, State
from driftseal.code._javascript_statements import returned
from driftseal.code._javascript_values import expr, fields, values
from driftseal.code._lowering import Built, Made, is_expression


def opens_function(state: State, node: Node, _kind: str) -> None:
    """See `State.open_function`."""
    state.open_function(node.start_point.row + 1)


def opens_class(state: State, node: Node, _kind: str) -> None:
    """See `State.open_class`."""
    state.open_class(node.start_point.row + 1)


# --- functions ---------------------------------------------------------------------------------


def parameter(state: State, made: Made) -> ir.Param:
    """A parameter of TypeScript, with its type."""
    parts = fields(made)
    found = _param(
        expr(parts.get("pattern") or parts.get("name"), made.line),
        str(parts.get("type") or ""),
        parts.get("value"),
    )
    if made.has("accessible") or made.has("readonly"):
        state.functions[state.owners[-1]].properties.append(found)
    return found


def parameters(_: State, made: Made) -> Built:
    """A tuple of parameters, which no expression is."""
    found = [value if type(value) is ir.Param else _param(value, "", None) for value in _params(values(made))]
    return tuple(one for one in found if one.name != "this")


def _params(inside: Sequence[Built]) -> list[Built]:
    return [value for value in inside if type(value) is ir.Param or is_expression(value)]


def _param(target: ir.Expr, annotation: str, default: ir.Expr | None) -> ir.Param:
    line = target.line
    if isinstance(target, ir.Bind):
        return _param(target.target, annotation, target.value)
    if isinstance(target, ir.Unary) and target.op == "*":
        return _param(target.value, annotation, default)._replace(rest="*")
    if isinstance(target, ir.Name):
        return ir.Param(target.id, annotation, default, "", None, line)
    return ir.Param("", annotation, default, "", target, line)


def _closed(state: State, made: Made) -> tuple[int, Draft, dict[str | None, Built]]:
    parts = fields(made)
    index, draft = state.close_function()
    given, single, inside = parts.get("parameters"), parts.get("parameter"), parts.get("body")
    if type(given) is tuple:
        draft.params = given
    elif single is not None:
        draft.params = (_param(expr(single, made.line), "", None),)
    if isinstance(inside, list):
        draft.body = tuple(inside)
    elif is_expression(inside):
        draft.body = tuple(returned(state, inside, made.line))
    draft.returns = str(parts.get("return_type") or "")
    draft.end_line = made.end_line
    return index, draft, parts


def function(state: State, made: Made) -> ir.Expr:
    """A function or an arrow as a value."""
    index, draft, parts = _closed(state, made)
    name = parts.get("name")
    draft.label = name.id if isinstance(name, ir.Name) else ""
    return ir.Closure(index, made.line)


def declaration(state: State, made: Made) -> list[ir.Stmt]:
    """A function's declaration binds its name."""
    index, draft, parts = _closed(state, made)
    name = parts.get("name")
    if isinstance(name, ir.Name):
        draft.name = name.id
        state.declared.add((state.owners[-1], name.id))
        return Hoisted([ir.Assign((name,), ir.Closure(index, made.line), made.line, adds=False)])
    return []


def method(state: State, made: Made) -> Method:
    """A method, a getter or a setter, of a class or of an object literal."""
    index, draft, parts = _closed(state, made)
    kind = "get" if made.has("get") and parts.get("name") != "get" else ""
    draft.decorators = (*made.all("decorator"), *((ir.Name(kind, made.line),) if kind else ()))
    draft.static = _token(made, "static")
    this = ir.Name("this", made.line)
    stored: list[ir.Stmt] = [
        ir.Assign((ir.Attr(this, one.name, one.line),), ir.Name(one.name, one.line), one.line, adds=False)
        for one in draft.properties
    ]
    draft.body = (*stored, *draft.body)
    return Method(expr(parts.get("name"), made.line), index, draft.static, made.line)


def static_block(state: State, made: Made) -> Method:
    """What a class does when it is defined: a method without a name."""
    index, draft, _parts = _closed(state, made)
    draft.static = True
    return Method(ir.Const("", made.line), index, static=True, line=made.line)


def _token(made: Made, token: str) -> bool:
    return (None, token) in [(name, value) for name, value in made.parts if isinstance(value, str)]


# --- classes -----------------------------------------------------------------------------------


def field(state: State, made: Made) -> Built:
    """A field with its value; one whose name is computed is its value alone."""
    parts = fields(made)
    name = parts.get("name") if "name" in parts else parts.get("property")
    value = parts.get("value")
    value = value if is_expression(value) else None
    key = name if isinstance(name, str) else str(name.value) if isinstance(name, ir.Const) else ""
    annotation = str(parts.get("type") or "")
    return ir.Field(key, annotation, value, tuple(made.all("decorator")), state.take_doc(made.line), made.line)


def class_body(_: State, made: Made) -> Built:
    """A tuple of members and the decorators before them."""
    return tuple(value for _, value in made.parts if value is not None)


def _class(state: State, made: Made) -> tuple[int, str]:
    parts = fields(made)
    index = state.opened.pop()
    name = parts.get("name")
    members = parts.get("body") if type(parts.get("body")) is tuple else ()
    declared, methods = _members(state, index, members or ())
    heritage = [value for field_, value in made.parts if field_ is None and is_expression(value)]
    state.classes[index] = state.classes[index]._replace(
        bases=tuple(heritage),
        fields=declared,
        methods=methods,
        decorators=tuple(made.all("decorator")),
        end_line=made.end_line,
    )
    return index, name if isinstance(name, str) else name.id if isinstance(name, ir.Name) else ""


def _members(state: State, index: int, members: Sequence[Built]) -> tuple[tuple[ir.Field, ...], tuple[int, ...]]:
    declared: list[ir.Field] = []
    methods: list[int] = []
    waiting: list[ir.Expr] = []
    for member in members:
        if type(member) is Method:
            draft = state.functions[member.function]
            draft.cls = index
            draft.name = str(member.key.value) if isinstance(member.key, ir.Const) else ""
            draft.decorators = (*waiting, *draft.decorators)
            methods.append(member.function)
            declared += (ir.Field(one.name, one.annotation, None, (), "", one.line) for one in draft.properties)
        elif type(member) is ir.Field:
            declared.append(member._replace(decorators=(*waiting, *member.decorators)))
            if isinstance(member.value, ir.Closure):
                draft = state.functions[member.value.function]
                draft.cls, draft.label = index, member.name
        elif is_expression(member):
            waiting.append(member)
            continue
        waiting = []
    return tuple(declared), tuple(methods)


def class_value(state: State, made: Made) -> ir.Expr:
    """A class as a value; what it is assigned to is its name."""
    return ir.ClassValue(_class(state, made)[0], made.line)


def class_declaration(state: State, made: Made) -> list[ir.Stmt]:
    """A class's declaration binds its name."""
    index, name = _class(state, made)
    state.classes[index] = state.classes[index]._replace(name=name)
    return [ir.Assign((ir.Name(name, made.line),), ir.ClassValue(index, made.line), made.line, adds=False)]


def enum_member(_: State, made: Made) -> ir.Field:
    """One member of an enumeration with its value."""
    name = made.get("name")
    value = made.get("value")
    key = name if isinstance(name, str) else str(getattr(name, "value", ""))
    return ir.Field(key, "", value if is_expression(value) else None, (), "", made.line)


def enum_body(_: State, made: Made) -> Built:
    """A tuple of members."""
    found: list[ir.Field] = []
    for _field, value in made.parts:
        if type(value) is ir.Field:
            found.append(value)
        elif isinstance(value, (str, ir.Const)):
            name = value if isinstance(value, str) else str(value.value)
            found.append(ir.Field(name, "", None, (), "", made.line))
    return tuple(found)


def enum(state: State, made: Made) -> list[ir.Stmt]:
    """An enumeration: a class with fields."""
    index = state.opened.pop()
    parts = fields(made)
    name = parts["name"].id if isinstance(parts.get("name"), ir.Name) else ""
    members = parts["body"] if type(parts.get("body")) is tuple else ()
    state.classes[index] = state.classes[index]._replace(name=name, fields=members, end_line=made.end_line)
    return [ir.Assign((ir.Name(name, made.line),), ir.ClassValue(index, made.line), made.line, adds=False)]
