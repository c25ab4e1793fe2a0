"""How the functions, types and imports of Go are built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._go_state import Params, State, Struct, Type, Word
from driftseal.code._go_statements import body
from driftseal.code._go_values import dotted
from driftseal.code._lowering import Built, Made

if TYPE_CHECKING:
    from tree_sitter import Node

_VERSION: Final = re.compile(r"/v\d{1,3}(?=/|\Z)|\.v\d{1,3}\Z")
_TAG: Final = re.compile(r'([\w-]{1,60}):"((?:[^"\\]|\\.)*)"')
_SHOWN: Final = 200

# --- imports ---------------------------------------------------------------------------------


def imported(state: State, made: Made) -> None:
    """``import a "b/c"``; the module without its major version, which says nothing about what it does.

    What a package without another name is called stands in its own files: usually the last part of its path, often
    without ``go-`` around it.
    """
    at = dict(made.parts)
    path = at.get("path")
    if not isinstance(path, ir.Const):
        return
    module = _VERSION.sub("", str(path.value))
    given = at.get("name")
    local = given.text if type(given) is Word else given.id if isinstance(given, ir.Name) else ""
    if local == ".":
        local = "*"
    if local == "_":
        local = ""
    elif not local:
        last = module.rpartition("/")[2]
        short = last.removeprefix("go-").removesuffix("-go").removesuffix(".go").removeprefix("go.")
        local = last.replace("-", "_")
        for other in dict.fromkeys((short.replace("-", "_"), short.replace("-", ""), last.rpartition("-")[2])):
            if other not in {"", local}:
                state.imports.append(ir.Import(other, module, "", made.line))
    state.imports.append(ir.Import(local, module, "*" if local == "*" else "", made.line))


# --- functions -------------------------------------------------------------------------------


def enter(state: State, node: Node, kind: str) -> None:
    """A function, a method or a literal starts."""
    line = node.start_point.row + 1
    name = _text(node.child_by_field_name("name"))
    results = _results(node.child_by_field_name("result"))
    receiver = of = ""
    if kind == "method_declaration":
        receiver, of = _receiver(node.child_by_field_name("receiver"))
    elif kind == "func_literal":
        receiver = state.scopes[-1].receiver
        params = node.child_by_field_name("parameters")
        if receiver and params is not None and receiver in {name for name, _ in _declared(params)}:
            receiver = ""
    state.open(name, of, receiver, results, line)


def _text(node: Node | None) -> str:
    text = node.text if node is not None and node.end_byte - node.start_byte <= 4 * _SHOWN else None
    return text.decode("utf-8", "replace") if text else ""


def _declared(params: Node) -> list[tuple[str, str]]:
    """Name and type of each parameter."""
    found = []
    for each in params.named_children:
        written = _text(each.child_by_field_name("type")).lstrip("*")
        names = [_text(one) for one in each.children_by_field_name("name")]
        found += [(name, written) for name in names or [""]]
    return found


def _results(node: Node | None) -> tuple[tuple[str, str], ...]:
    if node is None:
        return ()
    return tuple(_declared(node)) if node.type == "parameter_list" else (("", _text(node).lstrip("*")),)


def _receiver(node: Node | None) -> tuple[str, str]:
    """What a method calls its object, and the name of the object's type."""
    declared = _declared(node) if node is not None else []
    name, written = declared[0] if declared else ("", "")
    return name if name != "_" else "", written.split("[")[0].strip("()* ")


def function(state: State, made: Made) -> Built:
    """A function binds its name, a method does not, a literal is a value."""
    at = dict(made.parts)
    number = state.close()
    params, result = at.get("parameters"), at.get("result")
    own = {param.name for param in params.items} if type(params) is Params else frozenset()
    returns = result.text if type(result) is Type else ""
    if type(result) is Params:
        returns = ", ".join(param.annotation for param in result.items)[:_SHOWN]
    opened = state.functions[number]._replace(
        params=params.items if type(params) is Params else (),
        body=body(at.get("body")),
        returns=returns,
        end_line=made.end_line,
        shared=tuple(name for name in state.functions[number].shared if name not in own),
    )
    state.functions[number] = opened
    closure = ir.Closure(number, made.line)
    if made.type == "func_literal":
        return closure
    if made.type == "method_declaration":
        return None
    return ir.Assign((ir.Name(opened.name, made.line),), closure, made.line, adds=False)


def parameters(_: State, made: Made) -> Params:
    return Params(tuple(each for __, value in made.parts if type(value) is Params for each in value.items))


def parameter(_: State, made: Made) -> Params:
    """``a, b T``, ``a ...T``, or a type alone."""
    written = made.get("type")
    text = written.text if type(written) is Type else ""
    rest = "*" if made.type == "variadic_parameter_declaration" else ""
    names = [value for field, value in made.parts if field == "name" and isinstance(value, ir.Name)]
    named = [ir.Param(one.id, text, None, rest, None, one.line) for one in names]
    return Params(tuple(named or [ir.Param("_", text, None, rest, None, made.line)]))


# --- types -----------------------------------------------------------------------------------


def declared(state: State, made: Made) -> None:
    """``type T struct {}`` is a class; other types are names for what they are made of."""
    at = dict(made.parts)
    name, struct = at.get("name"), at.get("type")
    if type(name) is Type and type(struct) is Struct:
        made_of = ir.Class(name.text, struct.bases, struct.fields, (), (), "", made.line, made.end_line)
        state.classes.append(made_of)


def struct(_: State, made: Made) -> Struct:
    fields: list[ir.Field] = []
    bases: list[ir.Expr] = []
    for __, value in made.parts:
        for one in value if type(value) is tuple else ():
            if isinstance(one, ir.Field):
                fields.append(one)
            else:
                bases.append(one)
    return Struct(tuple(fields), tuple(bases))


def fields_of(_: State, made: Made) -> Built:
    """A tuple of fields and embedded types, which no block is."""
    return tuple(each for __, value in made.parts if type(value) is tuple for each in value)


def field(_: State, made: Made) -> Built:
    """``A, B T `json:"a"` ``; one without a name embeds its type."""
    at = dict(made.parts)
    written, tag = at.get("type"), at.get("tag")
    text = written.text if type(written) is Type else "struct" if type(written) is Struct else ""
    names = [value.text for name, value in made.parts if name == "name" and type(value) is Word]
    tags = _tags(str(tag.value), made.line) if isinstance(tag, ir.Const) else ()
    if names:
        return tuple(ir.Field(name, text, None, tags, "", made.line) for name in names)
    base = dotted(text, made.line)
    name = base.name if isinstance(base, ir.Attr) else base.id if isinstance(base, ir.Name) else ""
    return ir.Field(name, text, None, tags, "", made.line), base


def _tags(text: str, line: int) -> tuple[ir.Expr, ...]:
    """What a field's tag says to each library that reads it."""
    found = []
    for key, value in _TAG.findall(text[: 20 * _SHOWN]):
        arg = ir.Arg("", ir.Const(value.replace('\\"', '"'), line), spread=False)
        found.append(ir.Call(ir.Name(key, line), (arg,), line, new=False))
    return tuple(found)
