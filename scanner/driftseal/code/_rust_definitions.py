"""How the functions, types and imports of Rust are built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from driftseal.code import _rust_patterns as pattern
from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._rust_flow import finished, gives_back, is_value
from driftseal.code._rust_state import Body, Pattern, State, Word, text_of, type_name
from driftseal.code._rust_statements import closes
from driftseal.code._rust_values import word

if TYPE_CHECKING:
    from tree_sitter import Node


_MARKS: Final = 64
"""Traits and attributes of one type that are kept."""

# --- imports ---------------------------------------------------------------------------------


def imported(state: State, made: Made) -> None:
    """``use a::{b, c as d};``."""
    state.take_attributes()
    for value in (value for field, value in made.parts if field == "argument"):
        for written, given in _leaves(value, ()):
            path = written[:-1] if written[-1] == "self" and len(written) > 1 else written
            module, symbol = ".".join(path[:-1]), path[-1]
            local = symbol if given == "self" else given
            if module:
                state.imports[ir.Import(local, module, symbol, made.line)] = None
            else:
                state.imports[ir.Import(local, symbol, "", made.line)] = None


def _leaves(value: Built, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each name with its path and what it is called here."""
    if isinstance(value, _Used):
        inner = (*before, *value.path)
        for each in value.inside:
            yield from _leaves(each, inner)
        if not value.inside and inner:
            yield inner, value.local or inner[-1]
    elif type(value) in EXPRESSIONS:
        path = (*before, *_dotted(value))
        yield path, path[-1] if path else ""


def _dotted(value: ir.Expr) -> tuple[str, ...]:
    parts: list[str] = []
    while isinstance(value, ir.Attr):
        parts.append(value.name)
        value = value.value
    return (word(value) or "self", *reversed(parts))


def _path(value: Built) -> tuple[str, ...]:
    return _dotted(value) if isinstance(value, (ir.Name, ir.Attr)) else ()


class _Used:
    """A part of ``use``: a path with a list below it, with a name of its own, or with everything of it."""

    __slots__ = ("inside", "local", "path")

    def __init__(self, path: tuple[str, ...], inside: tuple[Built, ...], local: str) -> None:
        self.path = path
        self.inside = inside
        self.local = local


def used_list(_: State, made: Made) -> tuple[Built, ...]:
    return tuple(value for __, value in made.parts if isinstance(value, _Used) or type(value) in EXPRESSIONS)


def used_below(_: State, made: Made) -> _Used:
    at = dict(made.parts)
    inside = at.get("list")
    return _Used(_path(at.get("path")), inside if type(inside) is tuple else (), "")


def used_as(_: State, made: Made) -> _Used:
    at = dict(made.parts)
    return _Used(_path(at.get("path")), (), word(at.get("alias")))


def used_all(_: State, made: Made) -> _Used:
    path = next((value for __, value in made.parts if type(value) in EXPRESSIONS), None)
    return _Used((*_path(path), "*"), (), "*")


def module(state: State, made: Made) -> Built:
    """``mod a;`` is another file; what is inside of ``mod a { … }`` is a part of this one."""
    at = dict(made.parts)
    state.take_attributes()
    state.take_doc()
    name = word(at.get("name"))
    inside = at.get("body")
    if inside is None:
        state.imports[ir.Import(name, f"self.{name}", "", made.line)] = None
        return None
    return inside


def items(_: State, made: Made) -> list[Built]:
    return [value for __, value in made.parts if isinstance(value, list)]


# --- functions -------------------------------------------------------------------------------


def enter_function(state: State, node: Node, _kind: str) -> None:
    """A function starts."""
    name = node.child_by_field_name("name")
    state.open_function(text_of(name).removeprefix("r#") or "_", node.start_point.row + 1)


def enter_closure(state: State, node: Node, _kind: str) -> None:
    """A closure starts; what its value needs before it belongs into it."""
    state.open_function("", node.start_point.row + 1)
    state.pending.append([])


def parameters(state: State, made: Made) -> tuple[ir.Param, ...]:
    """A tuple of parameters, which no expression is."""
    state.attributes.clear()
    found = []
    for __, value in made.parts:
        if type(value) is ir.Param:
            found.append(value)
        elif type(value) is Pattern or type(value) in EXPRESSIONS:
            found.append(_param(pattern.of(value, made.line), "", (), made.line))
    return tuple(found)


def _param(tried: Pattern, annotation: str, marks: tuple[ir.Expr, ...], line: int) -> ir.Param:
    bound = pattern.target(tried)
    if isinstance(bound, ir.Name):
        return ir.Param(bound.id, annotation, None, "", None, line, marks)
    return ir.Param("", annotation, None, "", bound, line, marks)


def parameter(state: State, made: Made) -> ir.Param:
    annotation = text_of(made.node.child_by_field_name("type"))
    return _param(pattern.of(made.get("pattern"), made.line), annotation, state.take_attributes(), made.line)


def self_parameter(_: State, made: Made) -> ir.Param:
    return ir.Param("self", "", None, "", None, made.line)


def function(state: State, made: Made) -> list[ir.Stmt]:
    """A function binds its name; one of a type is a method of it."""
    at = dict(made.parts)
    number = state.close().number
    given, body = at.get("parameters"), at.get("body")
    params: tuple[ir.Param, ...] = given if type(given) is tuple else ()
    state.functions[number] = opened = state.functions[number]._replace(
        params=params,
        body=tuple(finished(body, gives_back)) if type(body) is Body else (),
        returns=text_of(made.node.child_by_field_name("return_type")),
        static=state.functions[number].cls >= 0 and not (params and params[0].name == "self"),
        end_line=made.end_line,
    )
    if opened.cls >= 0:
        return []
    value = ir.Closure(number, made.line)
    return [ir.Assign((ir.Name(opened.name, made.line),), value, made.line, adds=False)]


def closure(state: State, made: Made) -> ir.Closure:
    at = dict(made.parts)
    number = state.close().number
    before = closes(state)
    given, body = at.get("parameters"), at.get("body")
    state.functions[number] = state.functions[number]._replace(
        params=given if type(given) is tuple else (),
        body=(*before, *(finished(body, gives_back) if is_value(body) else ())),
        returns=text_of(made.node.child_by_field_name("return_type")),
        end_line=made.end_line,
    )
    return ir.Closure(number, made.line)


# --- types -----------------------------------------------------------------------------------


def enter_type(state: State, node: Node, kind: str) -> None:
    """A struct, an enumeration, a trait, or what is implemented for one starts."""
    field = "type" if kind == "impl_item" else "name"
    name = type_name(text_of(node.child_by_field_name(field)).replace("::", " :: "))
    number = state.open_class(name or "_", node.start_point.row + 1)
    marks, doc = state.take_attributes(), state.take_doc()
    if kind != "impl_item":
        line = node.start_point.row + 1
        whole = state.classes[number]
        state.classes[number] = whole._replace(decorators=(*whole.decorators, *marks), doc=doc or whole.doc, line=line)
    elif len(state.classes[number].decorators) < _MARKS:
        state.classes[number] = state.classes[number]._replace(decorators=(*state.classes[number].decorators, *marks))


def implementation(state: State, made: Made) -> list[Built]:
    """Its trait is a base; its functions know themselves whose they are."""
    number = state.close().number
    trait = made.node.child_by_field_name("trait")
    if trait is not None and len(state.classes[number].bases) < _MARKS:
        whole = state.classes[number]
        base = ir.Name(type_name(text_of(trait).replace("::", " :: ")), made.line)
        state.classes[number] = whole._replace(bases=(*whole.bases, base))
    return []


def struct(state: State, made: Made) -> list[ir.Stmt]:
    number = state.close().number
    given = made.get("body")
    whole = state.classes[number]
    fields = tuple(each for each in given if type(each) is ir.Field) if type(given) is tuple else ()
    state.classes[number] = whole._replace(fields=(*fields, *whole.fields), end_line=made.end_line)
    return [ir.Assign((ir.Name(whole.name, made.line),), ir.ClassValue(number, made.line), made.line, adds=False)]


def enum(state: State, made: Made) -> list[ir.Stmt]:
    number = state.inner_class()
    if number is not None:
        base = ir.Name("Enum", made.line)
        state.classes[number] = state.classes[number]._replace(bases=(*state.classes[number].bases, base))
    return struct(state, made)


def fields(_: State, made: Made) -> tuple[ir.Field, ...]:
    return tuple(value for __, value in made.parts if type(value) is ir.Field)


def places(_: State, made: Made) -> tuple[ir.Field, ...]:
    """The fields of a tuple, which have numbers for names."""
    types = [value for field, value in made.parts if field == "type"]
    return tuple(ir.Field(str(at), word(one), None, (), "", made.line) for at, one in enumerate(types))


def field(state: State, made: Made) -> ir.Field:
    annotation = text_of(made.node.child_by_field_name("type"))
    return ir.Field(word(made.get("name")), annotation, None, state.take_attributes(), state.take_doc(), made.line)


def variant(state: State, made: Made) -> ir.Field:
    """One without a value is known by its name."""
    name = word(made.get("name"))
    return ir.Field(name, "", ir.Const(name, made.line), state.take_attributes(), state.take_doc(), made.line)


def primitive(_: State, text: str, line: int) -> ir.Name:
    return ir.Name(text, line)


def ignored(state: State, _made: Made) -> None:
    """Says nothing that runs; what stands before it was meant for it."""
    state.take_attributes()
    state.take_doc()


def modifier(_: State, text: str, __: int) -> Word:
    return Word(text)
