"""How the functions, classes and imports of Python are built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._python_state import Alias, Declared, Scope, State, Type, Word
from driftseal.code._python_statements import settled
from driftseal.code._python_text import cleaned, identifier
from driftseal.code._python_values import known

if TYPE_CHECKING:
    from tree_sitter import Node

# --- imports ---------------------------------------------------------------------------------


def imported(state: State, made: Made) -> None:
    """``import a.b`` binds ``a``, through which the rest is reached."""
    for value in made.all("name"):
        if type(value) is Alias:
            state.imports.append(ir.Import(value.local, value.name, "", made.line))
        elif type(value) is Word:
            first = value.text.partition(".")[0]
            state.imports.append(ir.Import(first, first, "", made.line))


def imported_from(state: State, made: Made) -> None:
    """``from a import b as c``."""
    source = made.get("module_name")
    module = source.text if type(source) is Word else "__future__"
    for field, value in made.parts:
        if type(value) is Alias:
            state.imports.append(ir.Import(value.local, module, value.name, made.line))
        elif type(value) is Word and field == "name":
            state.imports.append(ir.Import(value.text, module, value.text, made.line))
        elif type(value) is Word and value.text == "*":
            state.imports.append(ir.Import("*", module, "*", made.line))


def aliased(_: State, made: Made) -> Alias | None:
    at = dict(made.parts)
    name, local = at.get("name"), at.get("alias")
    return Alias(name.text, local.id) if type(name) is Word and type(local) is ir.Name else None


# --- functions -------------------------------------------------------------------------------


def enter_function(state: State, node: Node, kind: str) -> None:
    """A function or a lambda starts."""
    state.open_function(_named(state, node) if kind != "lambda" else "", node.start_point.row + 1)


def enter_class(state: State, node: Node, _: str) -> None:
    """A class starts."""
    state.open_class(_named(state, node), node.start_point.row + 1)


def _named(state: State, node: Node) -> str:
    name = node.child_by_field_name("name")
    text = state.source[name.start_byte : name.end_byte] if name is not None else b""
    return identifier(text.decode("utf-8", "replace")) if text else "_"


def function(state: State, made: Made) -> Built:
    """A definition binds its name to the function."""
    at = dict(made.parts)
    number = state.close().number
    params, body, returns = at.get("parameters"), at.get("body"), at.get("return_type")
    state.functions[number] = opened = state.functions[number]._replace(
        params=tuple(params) if type(params) is list else (),
        body=settled(body),
        doc=docstring(body),
        returns=returns.text if type(returns) is Type else "",
        end_line=made.end_line,
    )
    return ir.Assign((ir.Name(opened.name, made.line),), ir.Closure(number, made.line), made.line, adds=False)


def shared(state: State, made: Made) -> None:
    """``global a, b`` and ``nonlocal a`` say whose variables a function sets."""
    state.share(value.id for value in made.expressions() if type(value) is ir.Name)


def lambda_(state: State, made: Made) -> ir.Closure:
    """A lambda gives back its body."""
    at = dict(made.parts)
    number = state.close().number
    params = at.get("parameters")
    state.functions[number] = state.functions[number]._replace(
        params=tuple(params) if type(params) is list else (),
        body=(ir.Return(known(at.get("body"), made.line), made.line),),
        end_line=made.end_line,
    )
    return ir.Closure(number, made.line)


def docstring(body: Built) -> str:
    """The text that opens a block; empty where there is none."""
    first = body[0] if type(body) is list and body else None
    if type(first) is ir.Do and type(first.value) is ir.Const and isinstance(first.value.value, str):
        return cleaned(first.value.value)
    return ""


def parameters(_: State, made: Made) -> list[ir.Param]:
    return [each for __, value in made.parts for each in _param(value, "", None)]


def _param(value: Built, annotation: str, default: ir.Expr | None) -> Iterator[ir.Param]:
    kind = type(value)
    if kind is ir.Param:
        yield value
    elif kind is ir.Name:
        yield ir.Param(value.id, annotation, default, "", None, value.line)
    elif kind is ir.Unary and type(value.value) is ir.Name:
        yield ir.Param(value.value.id, annotation, default, value.op, None, value.line)
    elif kind is ir.Group:
        yield ir.Param("", annotation, default, "", value, value.line)


def parameter(_: State, made: Made) -> Built:
    """One with a type or a default."""
    at = dict(made.parts)
    named, written, default = at.get("name", at.get(None)), at.get("type"), at.get("value")
    annotation = written.text if type(written) is Type else ""
    return next(_param(named, annotation, default if type(default) in EXPRESSIONS else None), None)


# --- decorators and classes ------------------------------------------------------------------


def decorated(state: State, made: Made) -> Built:
    """The definition, told what stands above it."""
    definition = made.get("definition")
    marks = tuple(value for field, value in made.parts if field is None and type(value) in EXPRESSIONS)
    # Of a class, the statements of its body come first.
    last = definition[-1] if type(definition) is list and definition else definition
    value = last.value if isinstance(last, ir.Assign) else None
    if isinstance(value, ir.ClassValue):
        state.classes[value.cls] = state.classes[value.cls]._replace(decorators=marks)
    elif isinstance(value, ir.Closure):
        static = any(isinstance(mark, ir.Name) and mark.id == "staticmethod" for mark in marks)
        function = state.functions[value.function]
        state.functions[value.function] = function._replace(decorators=marks, static=static)
    return definition


def cls(state: State, made: Made) -> list[ir.Stmt]:
    """A class binds its name; what its body does besides declaring comes before that."""
    at = dict(made.parts)
    scope = state.close()
    body, given = at.get("body"), at.get("superclasses")
    bases = [arg for arg in given if type(arg) is ir.Arg] if type(given) is list else []
    fields, rest = _taken_apart(state, scope, body if type(body) is list else [])
    state.classes[scope.number] = opened = state.classes[scope.number]._replace(
        bases=tuple(arg.value for arg in bases if not arg.name),
        fields=tuple(fields),
        methods=tuple(scope.methods),
        doc=docstring(body),
        end_line=made.end_line,
    )
    rest += [ir.Do(arg.value, made.line) for arg in bases if arg.name and type(arg.value) is ir.Call]
    value = ir.ClassValue(scope.number, made.line)
    return [*rest, ir.Assign((ir.Name(opened.name, made.line),), value, made.line, adds=False)]


def _taken_apart(state: State, scope: Scope, body: list[Built]) -> tuple[list[ir.Field], list[ir.Stmt]]:
    """The fields of a class and the other statements of its body."""
    fields: list[ir.Field] = []
    rest: list[ir.Stmt] = []
    for each in body:
        kind = type(each)
        if kind is Declared:
            value = each.assign.value if each.assign is not None else None
            fields.append(ir.Field(each.name, each.annotation, value, (), "", each.line))
        elif kind is ir.Assign and not each.adds:
            fields += _fields(state, scope, each)
            rest += () if all(isinstance(target, (ir.Name, ir.Group)) for target in each.targets) else (each,)
        elif kind is ir.Do and type(each.value) is ir.Const:
            if fields and isinstance(each.value.value, str):  # what stands under a field describes it
                fields[-1] = fields[-1]._replace(doc=cleaned(each.value.value))
        elif kind is ir.If or kind is ir.Try:
            inner = list(each.body if kind is ir.Try else (*each.then, *each.otherwise))
            inner += [one for handler in each.handlers for one in handler.body] if kind is ir.Try else []
            more, others = _taken_apart(state, scope, inner)
            fields += more
            rest += (ir.Do(each.test, each.line),) if kind is ir.If and type(each.test) is not ir.Name else ()
            rest += others
        else:
            rest += settled([each])
    return fields, rest


def _fields(state: State, scope: Scope, each: ir.Assign) -> Iterator[ir.Field]:
    value = each.value
    if isinstance(value, ir.Closure) and state.functions[value.function].cls == scope.number:
        return  # a method
    for target in each.targets:
        if isinstance(target, ir.Name):
            yield ir.Field(target.id, "", value, (), "", each.line)
        elif isinstance(target, ir.Group):
            for place, one in enumerate(target.items):
                if isinstance(one, ir.Name):
                    item = ir.Index(value, ir.Const(place, each.line), each.line)
                    yield ir.Field(one.id, "", item, (), "", each.line)
