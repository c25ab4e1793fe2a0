"""How the statements and definitions of Python are built."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._lowering import Built, Made, is_expression, statements
from driftseal.code._python_state import State

if TYPE_CHECKING:
    from tree_sitter import Node

_STATIC: Final = frozenset({"staticmethod"})


def block(_: State, made: Made) -> list[ir.Stmt]:
    return made.block()


def _body(value: Built) -> ir.Block:
    return tuple(statements(value)) if value is not None else ()


def _one(value: Built, line: int) -> ir.Expr:
    return value if is_expression(value) else ir.Other((), line)


# --- simple statements -----------------------------------------------------------------------


def expression(_: State, made: Made) -> list[ir.Stmt]:
    """An expression for its effect, or an assignment that stands as one."""
    found: list[ir.Stmt] = []
    for _field, value in made.parts:
        if is_expression(value):
            found.append(ir.Do(value, made.line))
        else:
            found += statements(value)
    return found


def assignment(state: State, made: Made) -> list[ir.Stmt]:
    """``a = b = c`` has the inner assignment for its value; a bare annotation binds nothing."""
    left, right = made.get("left"), made.get("right")
    if isinstance(left, ir.Name) and state.cls >= 0 and made.get("type") is not None:
        state.typed.setdefault(state.cls, {}).setdefault(left.id, (made.get("type")[0], made.line))
    if not is_expression(left):
        return list(statements(right))
    if isinstance(right, list) and right and isinstance(right[-1], ir.Assign):
        last = right[-1]
        return [*right[:-1], last._replace(targets=(left, *last.targets))]
    if not is_expression(right):
        return []
    return [ir.Assign((left,), right, made.line, made.type == "augmented_assignment")]


def returned(_: State, made: Made) -> ir.Return:
    inside = made.expressions()
    return ir.Return(
        inside[0] if len(inside) == 1 else ir.Group(tuple(inside), made.line) if inside else None, made.line
    )


def yielded(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    return ir.Unary("yield", inside[0] if inside else ir.Const(None, made.line), made.line)


def raised(_: State, made: Made) -> ir.Raise:
    inside = made.expressions()
    return ir.Raise(inside[0] if inside else None, made.line)


def asserted(_: State, made: Made) -> ir.Stmt:
    inside = made.expressions()
    if not inside:
        return ir.Leave(made.line)
    failed = ir.Raise(inside[1] if len(inside) > 1 else None, made.line)
    return ir.If(ir.Unary("not", inside[0], made.line), (failed,), (), made.line)


def left(_: State, made: Made) -> ir.Leave:
    return ir.Leave(made.line)


def printed(_: State, made: Made) -> ir.Stmt:
    """The statements of Python 2 that are calls today."""
    word = "print" if made.type == "print_statement" else "exec"
    args = tuple(ir.Arg("", value, spread=False) for value in made.expressions())
    return ir.Do(ir.Call(ir.Name(word, made.line), args, made.line, new=False), made.line)


def nothing(_: State, made: Made) -> None:
    del made


# --- branches and loops ----------------------------------------------------------------------


def branch(_: State, made: Made) -> ir.If:
    """``if`` with all its ``elif``; each is the other branch of the one before it."""
    otherwise: ir.Block = ()
    for each in reversed(made.all("alternative")):
        otherwise = (each._replace(otherwise=otherwise),) if isinstance(each, ir.If) else _body(each)
    return ir.If(_one(made.get("condition"), made.line), _body(made.get("consequence")), otherwise, made.line)


def loop(_: State, made: Made) -> list[ir.Stmt]:
    """What stands under ``else`` follows the loop."""
    after = list(_body(made.get("alternative")))
    if made.type == "while_statement":
        test = made.get("condition")
        found = ir.Loop((), None, test if is_expression(test) else None, _body(made.get("body")), made.line)
    else:
        target, source = made.get("left"), made.get("right")
        found = ir.Loop(
            (target,) if is_expression(target) else (),
            source if is_expression(source) else None,
            None,
            _body(made.get("body")),
            made.line,
        )
    return [found, *after]


def tried(_: State, made: Made) -> ir.Try:
    body = list(_body(made.get("body")))
    handlers: list[ir.Handler] = []
    final: list[ir.Stmt] = []
    for field, value in made.parts:
        if isinstance(value, ir.Handler):
            handlers.append(value)
        elif field is None and isinstance(value, tuple) and value and value[0] == "finally":
            final += value[1]
        elif field is None and not is_expression(value):
            body += statements(value)
    return ir.Try(tuple(body), tuple(handlers), tuple(final), made.line)


def finally_(_: State, made: Made) -> tuple[str, list[ir.Stmt]]:
    return "finally", made.block()


def handler(_: State, made: Made) -> ir.Handler:
    caught = made.get("value")
    name = ""
    if isinstance(caught, ir.Bind):
        name = caught.target.id if isinstance(caught.target, ir.Name) else ""
        caught = caught.value
    kinds = caught.items if isinstance(caught, ir.Group) else (caught,) if is_expression(caught) else ()
    body = [each for field, value in made.parts if field != "value" for each in statements(value)]
    return ir.Handler(tuple(filter(None, map(_dotted, kinds))), name, tuple(body))


def _dotted(kind: ir.Expr) -> str:
    parts: list[str] = []
    while isinstance(kind, ir.Attr):
        parts.append(kind.name)
        kind = kind.value
    return ".".join((kind.id, *reversed(parts))) if isinstance(kind, ir.Name) else ""


def bound_as(_: State, made: Made) -> ir.Expr:
    """``value as target``."""
    target = made.get("alias")
    values = [value for field, value in made.parts if field != "alias" and is_expression(value)]
    value = values[0] if values else ir.Other((), made.line)
    return ir.Bind(target, value, made.line) if is_expression(target) else value


def with_item(_: State, made: Made) -> list[ir.Stmt]:
    found: list[ir.Stmt] = []
    for value in made.expressions():
        if isinstance(value, ir.Bind):
            found.append(ir.Assign((value.target,), value.value, made.line, adds=False))
        else:
            found.append(ir.Do(value, made.line))
    return found


def matched(_: State, made: Made) -> list[ir.Stmt]:
    """``match`` as a chain of branches; a pattern's names are bound to the subject before its branch."""
    subject = _one(made.get("subject"), made.line)
    chain: ir.Block = ()
    for case in reversed([each for each in made.all("body") for each in (each if isinstance(each, list) else [])]):
        if not isinstance(case, ir.If):
            continue
        bound = tuple(ir.Assign((name,), subject, case.line, adds=False) for name in _names(case.test))
        wild = isinstance(case.test, ir.Name)
        test = ir.Const(True, case.line) if wild else ir.Binary("==", subject, case.test, case.line)
        chain = (ir.If(test, (*bound, *case.then), chain, case.line),)
    return list(chain)


def _names(pattern: ir.Expr) -> list[ir.Expr]:
    if isinstance(pattern, ir.Name):
        return [] if pattern.id == "_" else [pattern]
    inside = pattern.items if isinstance(pattern, ir.Group) else pattern.parts if isinstance(pattern, ir.Other) else ()
    return [name for part in inside for name in _names(part)]


def case(_: State, made: Made) -> ir.If:
    patterns = [value for field, value in made.parts if field is None and is_expression(value)]
    guard = made.get("guard")
    then = _body(made.get("consequence"))
    if is_expression(guard):
        then = (ir.If(guard, then, (), made.line),)
    test = patterns[0] if len(patterns) == 1 else ir.Other(tuple(patterns), made.line)
    return ir.If(test, then, (), made.line)


# --- imports ---------------------------------------------------------------------------------


def imports(state: State, made: Made) -> None:
    for value in made.all("name"):
        module, alias = value if isinstance(value, tuple) and not is_expression(value) else (_dotted(value), "")
        # ``import a.b`` binds ``a``, through which the rest is reached.
        local = alias or module.partition(".")[0]
        state.imports.append(ir.Import(local, module if alias else local, "", made.line))


def imports_from(state: State, made: Made) -> None:
    module = made.get("module_name")
    name = module if isinstance(module, str) else _dotted(module) if is_expression(module) else "__future__"
    for value in made.all("name"):
        symbol, alias = value if isinstance(value, tuple) and not is_expression(value) else (_dotted(value), "")
        state.imports.append(ir.Import(alias or symbol, name, symbol, made.line))
    if "*" in made.all(None):
        state.imports.append(ir.Import("*", name, "*", made.line))


def aliased(_: State, made: Made) -> tuple[str, str]:
    name, alias = made.get("name"), made.get("alias")
    return _dotted(name) if is_expression(name) else "", alias.id if isinstance(alias, ir.Name) else ""


def dotted(_: State, made: Made) -> ir.Expr:
    found: ir.Expr | None = None
    for part in made.expressions():
        name = part.id if isinstance(part, ir.Name) else ""
        found = part if found is None else ir.Attr(found, name, made.line)
    return found or ir.Other((), made.line)


def relative(_: State, made: Made) -> str:
    return "".join(made.text.split())


def wildcard(_: State, made: Made) -> str:
    del made
    return "*"


# --- definitions -----------------------------------------------------------------------------


def enter_function(state: State, node: Node, kind: str) -> None:
    name = node.child_by_field_name("name") if kind != "lambda" else None
    state.open_function(_read(name) or "<lambda>")


def enter_class(state: State, node: Node, kind: str) -> None:
    del kind
    state.open_class(_read(node.child_by_field_name("name")), node.start_point.row + 1)


def _read(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def function(state: State, made: Made) -> Built:
    scope = state.close()
    params = made.get("parameters")
    body = made.get("body")
    is_lambda = made.type == "lambda"
    within = state.qualname
    name = "" if is_lambda else scope.name
    written = (ir.Return(_one(body, made.line), made.line),) if is_lambda else _body(body)
    returns = made.get("return_type")
    state.functions[scope.function - 1] = ir.Function(
        name=name,
        qualname=f"{within}.{scope.name}" if within else scope.name,
        params=tuple(params) if isinstance(params, list) else (),
        body=written,
        decorators=(),
        doc="" if is_lambda else docstring(written),
        returns=returns[0] if isinstance(returns, tuple) and not is_expression(returns) else "",
        cls=state.cls if not is_lambda else -1,
        outer=state.outer,
        static=False,
        line=made.line,
        end_line=made.end_line,
    )
    value = ir.Closure(scope.function, made.line)
    return value if is_lambda else ir.Assign((ir.Name(name, made.line),), value, made.line, adds=False)


def docstring(body: ir.Block) -> str:
    """The text that opens a block, cleaned of its indentation; empty where there is none."""
    first = body[0] if body else None
    if isinstance(first, ir.Do) and isinstance(first.value, ir.Const) and isinstance(first.value.value, str):
        return inspect.cleandoc(first.value.value)
    return ""


def decorated(state: State, made: Made) -> Built:
    """The definition, told what stands above it."""
    definition = made.get("definition")
    marks = tuple(value for field, value in made.parts if field is None and is_expression(value))
    if not isinstance(definition, ir.Assign):
        return made.block()
    if isinstance(definition.value, ir.Closure):
        at = definition.value.function - 1
        found = state.functions[at]
        if found is not None:
            static = any(isinstance(mark, ir.Name) and mark.id in _STATIC for mark in marks)
            state.functions[at] = found._replace(decorators=marks, static=static)
    elif isinstance(definition.value, ir.ClassValue):
        at = definition.value.cls
        state.classes[at] = state.classes[at]._replace(decorators=marks)
    return definition


def decorator(_: State, made: Made) -> Built:
    inside = made.expressions()
    return inside[0] if inside else None


def annotation(_: State, made: Made) -> tuple[str]:
    """A type as written."""
    return (" ".join(made.text.split()),)


def parameters(_: State, made: Made) -> list[ir.Param]:
    found: list[ir.Param] = []
    for _field, value in made.parts:
        if isinstance(value, ir.Param):
            found.append(value)
        elif isinstance(value, ir.Name):
            found.append(ir.Param(value.id, "", None, "", None, value.line))
        elif isinstance(value, ir.Unary) and isinstance(value.value, ir.Name):
            found.append(ir.Param(value.value.id, "", None, value.op, None, value.line))
        elif isinstance(value, ir.Group):
            found.append(ir.Param("", "", None, "", value, made.line))
    return found


def parameter(_: State, made: Made) -> Built:
    """One with a type or a default."""
    named = made.get("name") or next((value for field, value in made.parts if field is None), None)
    rest = ""
    if isinstance(named, ir.Unary):
        rest, named = named.op, named.value
    kind, default = made.get("type"), made.get("value")
    if not isinstance(named, ir.Name):
        return None
    written = kind[0] if isinstance(kind, tuple) and not is_expression(kind) else ""
    return ir.Param(named.id, written, default if is_expression(default) else None, rest, None, made.line)


def _is_definition(state: State, value: ir.Expr) -> bool:
    """Whether a name is bound by a ``def`` or ``class`` of its own; a lambda is a value like others."""
    if isinstance(value, ir.Closure):
        found = state.functions[value.function - 1]
        return found is not None and bool(found.name)
    return isinstance(value, ir.ClassValue)


def cls(state: State, made: Made) -> Built:
    scope = state.close()
    bases = tuple(arg.value for arg in made.get("superclasses") or () if isinstance(arg, ir.Arg) and not arg.name)
    body = _body(made.get("body"))
    fields = [
        ir.Field(each.targets[0].id, "", each.value, (), "", each.line)
        for each in body
        if isinstance(each, ir.Assign)
        and isinstance(each.targets[0], ir.Name)
        and not _is_definition(state, each.value)
    ]
    typed = dict(state.typed.pop(scope.function, ()))
    fields = [one._replace(annotation=typed.pop(one.name, ("", 0))[0]) for one in fields]
    fields += [ir.Field(name, text, None, (), "", line) for name, (text, line) in typed.items()]
    fields.sort(key=lambda one: one.line)
    methods = tuple(
        number for number, one in enumerate(state.functions, 1) if one is not None and one.cls == scope.function
    )
    state.classes[scope.function] = state.classes[scope.function]._replace(
        bases=bases, fields=tuple(fields), methods=methods, doc=docstring(body), end_line=made.end_line
    )
    value = ir.ClassValue(scope.function, made.line)
    return ir.Assign((ir.Name(scope.name, made.line),), value, made.line, adds=False)
