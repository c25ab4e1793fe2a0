"""How JavaScript's expressions are built."""

from __future__ import annotations

import re
from sys import intern
from typing import Final

from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.code._lowering import SHORTCUT_DEPTH, Built, Made, is_expression
from driftseal.regexes import regex

_OPERATORS: Final = {"&&": "and", "||": "or", "===": "==", "!==": "!=", "!": "not"}
_LOADERS: Final = frozenset({"require", "__require", "import"})
_UNWRAPPED: Final = frozenset(
    {
        *("__importDefault", "__importStar", "__toESM", "_interopRequireDefault", "_interopRequireWildcard"),
        *(
            "_interopNamespace",
            "_interopNamespaceDefault",
            "_interopDefault",
            "_interopDefaultLegacy",
            "_interop_require_default",
        ),
        *("_interop_require_wildcard", "__importStarDefault"),
    }
)
_MEMBER: Final = regex(
    r"(?!(?:null|undefined|true|false|import|new)\b)[A-Za-z_$][\w$]*"
    rf"(?:\.[A-Za-z_$][\w$]*){{1,{SHORTCUT_DEPTH - 1}}}\Z",
    re.ASCII,
)
"""A name with members, and nothing else."""
_MINIFIED: Final = 3
"""Letters of a name that a minifier gave to such a wrapper."""


def fields(made: Made) -> dict[str | None, Built]:
    """What is in each field; of several, the last. Comments and what was not understood are left out."""
    return {name: value for name, value in made.parts if value is not None}


def values(made: Made) -> list[Built]:
    """Everything that was built inside, without tokens."""
    return [value for _, value in made.parts if value is not None and type(value) is not str]


def only(made: Made) -> ir.Expr:
    """The first expression inside."""
    for _, value in made.parts:
        if is_expression(value):
            return value  # type: ignore[no-any-return]  # is_expression has looked
    return ir.Other((), made.line)


def expr(value: Built, line: int) -> ir.Expr:
    """Something built as an expression; what is missing or none becomes an empty `ir.Other`."""
    if isinstance(value, str):
        return ir.Const(value, line)
    return value if is_expression(value) else ir.Other((), line)


def passed(_: State, made: Made) -> ir.Expr:
    """Parentheses, casts and the like: what is inside, itself."""
    return only(made)


def member(_: State, made: Made) -> ir.Expr:
    """``a.b``, ``a?.b``, ``a.#b``."""
    parts = fields(made)
    name = parts.get("property")
    return ir.Attr(expr(parts.get("object"), made.line), name if isinstance(name, str) else "", made.line)


def plain_member(_: State, text: str, line: int) -> ir.Expr | None:
    """``a.b.c`` from its text."""
    if _MEMBER.match(text) is None:
        return None
    first, *rest = text.split(".")
    found: ir.Expr = ir.Name(intern(first), line)
    for name in rest:
        found = ir.Attr(found, intern(name), line)
    return found


def subscript(_: State, made: Made) -> ir.Expr:
    """``a[b]``."""
    parts = fields(made)
    return ir.Index(expr(parts.get("object"), made.line), expr(parts.get("index"), made.line), made.line)


def arguments(_: State, made: Made) -> Built:
    """A tuple of arguments, which no expression is."""
    return tuple(_argument(value) for _, value in made.parts if is_expression(value))


def _argument(value: ir.Expr) -> ir.Arg:
    if type(value) is ir.Unary and value.op == "*":
        return ir.Arg("", value.value, spread=True)
    return ir.Arg("", value, spread=False)


def call(state: State, made: Made) -> ir.Expr:
    """A call, a tagged template, a load of a module."""
    parts = fields(made)
    callee = _called(state, expr(parts.get("function"), made.line))
    given = parts.get("arguments")
    if isinstance(given, ir.Text):
        return given._replace(tag=callee)
    if isinstance(given, ir.Const):
        return ir.Text((given,), made.line, callee)
    args = given if type(given) is tuple else ()
    if isinstance(callee, ir.Name) and callee.id in _LOADERS:
        return _load(state, callee, args, made.line)
    if _wraps(callee, args) and state.loaded(args[0].value) is not None:
        return args[0].value  # type: ignore[no-any-return]  # an argument's value is an expression
    return ir.Call(callee, args, made.line, new=False)


def _called(state: State, callee: ir.Expr) -> ir.Expr:
    """``(0, module.name)`` is how compilers call a function without its object."""
    if id(callee) in state.commas and isinstance(callee, ir.Other):
        *before, last = callee.parts
        if all(isinstance(each, ir.Const) for each in before):
            return last
    return callee


def _load(state: State, callee: ir.Name, args: tuple[ir.Arg, ...], line: int) -> ir.Call:
    if callee.id == "__require":
        callee = ir.Name("require", callee.line)
    made = ir.Call(callee, args, line, new=False)
    if args and isinstance(args[0].value, ir.Const) and isinstance(args[0].value.value, str):
        state.load(made, args[0].value.value)
    return made


def _wraps(callee: ir.Expr, args: tuple[ir.Arg, ...]) -> bool:
    """Whether a compiler's helper is called, which gives back the module that it is given."""
    name = target_name(callee)
    if name in _UNWRAPPED:
        return bool(args)
    rest = args[1:]
    return (
        isinstance(callee, ir.Name)
        and bool(args)
        and len(name) <= _MINIFIED
        and len(rest) <= 1
        and all(isinstance(one.value, ir.Const) for one in rest)
    )


def new(_: State, made: Made) -> ir.Expr:
    """``new A(b)``, with or without parentheses."""
    parts = fields(made)
    given = parts.get("arguments")
    args = given if type(given) is tuple else ()
    return ir.Call(expr(parts.get("constructor"), made.line), args, made.line, new=True)


def binary(_: State, made: Made) -> ir.Expr:
    """Two operands."""
    parts = fields(made)
    op = parts.get("operator") or ""
    left, right = expr(parts.get("left"), made.line), expr(parts.get("right"), made.line)
    return ir.Binary(_OPERATORS.get(op, op), left, right, made.line)


def unary(_: State, made: Made) -> ir.Expr:
    """One operand; ``void 0`` is undefined."""
    parts = fields(made)
    op = parts.get("operator") or ""
    value = expr(parts.get("argument"), made.line)
    if op == "void" and isinstance(value, ir.Const):
        return ir.Const(None, made.line)
    if op == "-" and isinstance(value, ir.Const) and isinstance(value.value, (int, float)):
        return ir.Const(-value.value, made.line)
    return ir.Unary(_OPERATORS.get(op, op), value, made.line)


def awaited(_: State, made: Made) -> ir.Expr:
    """``await a``."""
    return ir.Unary("await", only(made), made.line)


def yielded(_: State, made: Made) -> ir.Expr:
    """``yield a``, ``yield* a``."""
    return ir.Unary("yield", only(made), made.line)


def spread(_: State, made: Made) -> ir.Expr:
    """``...a``, of values and of targets."""
    return ir.Unary("*", only(made), made.line)


def ternary(_: State, made: Made) -> ir.Expr:
    """``a ? b : c``."""
    parts = fields(made)
    return ir.Choice(
        expr(parts.get("condition"), made.line),
        expr(parts.get("consequence"), made.line),
        expr(parts.get("alternative"), made.line),
        made.line,
    )


def comma(state: State, made: Made) -> ir.Expr:
    """``a, b``: the parts, remembered so that those before the last can become statements."""
    inside: list[ir.Expr] = []
    for part in made.expressions():
        if isinstance(part, ir.Other) and id(part) in state.commas:
            inside.extend(part.parts)
        else:
            inside.append(part)
    if len(inside) == 1:
        return inside[0]
    made_of = ir.Other(tuple(inside), made.line)
    if inside:
        state.commas[id(made_of)] = made_of
    return made_of


def assignment(state: State, made: Made) -> ir.Expr:
    """``a = b`` as an expression; also a default inside a pattern."""
    parts = fields(made)
    target, value = expr(parts.get("left"), made.line), expr(parts.get("right"), made.line)
    state.label(value, target_name(target))
    if made.type == "assignment_expression":
        state.assigned.update(((state.owners[-1], name), None) for name in bound(target))
    return ir.Bind(target, value, made.line)


def augmented(state: State, made: Made) -> ir.Expr:
    """``a += b``: the old value stays a part of the new."""
    parts = fields(made)
    op = (parts.get("operator") or "").removesuffix("=")
    target, value = expr(parts.get("left"), made.line), expr(parts.get("right"), made.line)
    if type(target) is ir.Name:
        state.assigned[state.owners[-1], target.id] = None
    return ir.Bind(target, ir.Binary(_OPERATORS.get(op, op), target, value, made.line), made.line)


def update(_: State, made: Made) -> ir.Expr:
    """``a++``."""
    parts = fields(made)
    target = expr(parts.get("argument"), made.line)
    op = (parts.get("operator") or "+")[:1]
    return ir.Bind(target, ir.Binary(op, target, ir.Const(1, made.line), made.line), made.line)


def bound(target: ir.Expr) -> list[str]:
    """Every name that a target binds."""
    if isinstance(target, ir.Name):
        return [target.id]
    if isinstance(target, ir.Bind):
        return bound(target.target)
    if isinstance(target, ir.Unary):
        return bound(target.value)
    if isinstance(target, ir.Group):
        return [name for item in target.items for name in bound(item)]
    if isinstance(target, ir.Mapping):
        return [name for entry in target.entries for name in bound(entry.value)]
    return []


def target_name(target: ir.Expr) -> str:
    """What is assigned to, for people: the last name of it."""
    if isinstance(target, ir.Name):
        return target.id
    if isinstance(target, ir.Attr):
        return target.name
    return ""


def meta(_: State, made: Made) -> ir.Expr:
    """``import.meta`` and ``new.target``."""
    return ir.Name(made.text[: len("import.meta")], made.line)
