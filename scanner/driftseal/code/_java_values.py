"""How the expressions of Java are built."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._c_text import number, unescaped
from driftseal.code._java_library import understood
from driftseal.code._java_state import Body, Case, State, Switch, Type
from driftseal.code._lowering import EXPRESSIONS, Built, Made

_OPERATORS: Final = {"&&": "and", "||": "or", "!": "not", ">>>": ">>"}
_TYPE_CHARS: Final = 200
"""Length of a type that is kept."""
_SCALARS: Final = frozenset(
    {"int", "long", "short", "byte", "double", "float", "boolean", "char", "Integer", "Long", "Double", "Boolean"}
)
_LISTS: Final = frozenset({"ArrayList", "LinkedList", "ArrayDeque", "HashSet", "LinkedHashSet", "TreeSet"})
"""Collections that begin with what they are given."""


def known(value: Built, line: int) -> ir.Expr:
    """What was built, if it is an expression."""
    if type(value) in EXPRESSIONS:
        return value  # type: ignore[no-any-return]  # looked at above
    return chosen(value) if type(value) is Switch else ir.Other((), line)


def word(value: Built) -> str:
    """A name that is no variable, whatever it looked like."""
    if isinstance(value, ir.Attr):
        return value.name
    return value.id if isinstance(value, ir.Name) else ""


def dotted(text: str, line: int) -> ir.Expr:
    """A type's name as an expression, without what stands in its brackets."""
    first, *rest = text.partition("<")[0].partition("[")[0].strip().split(".")[-8:]
    found: ir.Expr = ir.Name(first, line)
    for part in rest:
        found = ir.Attr(found, part, line)
    return found


# --- leaves ----------------------------------------------------------------------------------


def name(state: State, text: str, line: int) -> ir.Expr:
    return state.variable(text, line)


def type_(_: State, text: str, __: int) -> Type:
    plain = text[:_TYPE_CHARS]
    return Type(" ".join(plain.split()) if "\n" in plain else plain)


def this(_: State, __: str, line: int) -> ir.Name:
    """The object; what ``super`` says of it, it says of the same one."""
    return ir.Name("this", line)


def numeral(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(number(text), line)


def truth(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(text == "true", line)


def null(_: State, __: str, line: int) -> ir.Const:
    return ir.Const(None, line)


def string(_: State, text: str, line: int) -> ir.Const:
    """A text; one over several lines without the indentation that they share."""
    if not text.startswith('"""'):
        return ir.Const(unescaped(text[1:-1]), line)
    inside = text[3:].removesuffix('"""').partition("\n")[2]
    lines = inside.split("\n")
    margin = min((len(each) - len(each.lstrip()) for each in lines if each.strip() or each is lines[-1]), default=0)
    return ir.Const(unescaped("\n".join(each[margin:].rstrip() for each in lines)), line)


# --- calls -----------------------------------------------------------------------------------


def arguments(_: State, made: Made) -> Built:
    """A tuple of arguments, which no expression is."""
    return tuple(
        ir.Arg("", known(value, made.line), spread=False)
        for _, value in made.parts
        if type(value) in EXPRESSIONS or type(value) is Switch
    )


def call(state: State, made: Made) -> ir.Expr:
    """``a.b(c)``, ``b(c)``; a format is the text that comes out."""
    at = dict(made.parts)
    line = made.line
    called, args = word(at.get("name")), at.get("arguments")
    args = args if type(args) is tuple else ()
    whole = at.get("object")
    if whole is None:
        return ir.Call(state.method(called, line), args, line, new=False)
    owner = known(whole, line)
    found = understood(owner, called, args, line)
    return found if found is not None else ir.Call(ir.Attr(owner, called, line), args, line, new=False)


def new(state: State, made: Made) -> ir.Expr:
    """``new T(a)``; with a body an object of a class without a name."""
    at = dict(made.parts)
    line = made.line
    written, args = at.get("type"), at.get("arguments")
    args = args if type(args) is tuple else ()
    of = dotted(written.text, line) if type(written) is Type else ir.Other((), line)
    if made.node.id not in state.entered:
        if isinstance(of, ir.Name) and of.id in _LISTS and len(args) <= 1:
            return ir.Group(tuple(ir.Unary("*", arg.value, line) for arg in args), line)
        return ir.Call(of, args, line, new=True)
    inside = next((value for _, value in made.parts if type(value) is Body), Body((), ()))
    scope = state.scopes.pop()
    methods = tuple(scope.methods)
    if len(methods) == 1 and not inside.fields:
        state.functions[methods[0]] = state.functions[methods[0]]._replace(cls=-1)
        return ir.Closure(methods[0], line)
    state.classes[scope.number] = state.classes[scope.number]._replace(
        bases=(of,), fields=inside.fields, methods=methods, end_line=made.end_line
    )
    return ir.Call(ir.ClassValue(scope.number, line), args, line, new=True)


def constructed(_: State, made: Made) -> ir.Expr:
    """``super(a)`` and ``this(a)``."""
    at = dict(made.parts)
    args = at.get("arguments")
    line = made.line
    own = made.text.startswith("this")
    callee = ir.Attr(ir.Name("this", line), "constructor", line) if own else ir.Name("super", line)
    return ir.Call(callee, args if type(args) is tuple else (), line, new=False)


def reference(_: State, made: Made) -> ir.Expr:
    """``A::b``, ``A::new``."""
    inside = [value for _, value in made.parts if type(value) in EXPRESSIONS or type(value) is Type]
    if not inside:
        return ir.Other((), made.line)
    owner = dotted(inside[0].text, made.line) if type(inside[0]) is Type else inside[0]
    return ir.Attr(owner, word(inside[-1]), made.line) if len(inside) > 1 else owner


# --- members and operators -------------------------------------------------------------------


def member(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    return ir.Attr(known(at.get("object"), made.line), word(at.get("field")), made.line)


def item(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    return ir.Index(known(at.get("array"), made.line), known(at.get("index"), made.line), made.line)


def inner(_: State, made: Made) -> ir.Expr:
    """What stands in parentheses."""
    return known(next((value for _, value in made.parts if value is not None), None), made.line)


def cast(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    written, value = at.get("type"), known(at.get("value"), made.line)
    if type(written) is Type and written.text in _SCALARS:
        return ir.Call(ir.Name("int", made.line), (ir.Arg("", value, spread=False),), made.line, new=False)
    return value


def binary(_: State, made: Made) -> ir.Binary:
    at = dict(made.parts)
    op = str(at.get("operator"))
    left, right = known(at.get("left"), made.line), known(at.get("right"), made.line)
    return ir.Binary(_OPERATORS.get(op, op), left, right, made.line)


def is_a(_: State, made: Made) -> ir.Expr:
    """``a instanceof T b``, which binds ``b`` where it holds."""
    at = dict(made.parts)
    line = made.line
    left, right, bound = known(at.get("left"), line), at.get("right"), at.get("name")
    kind = dotted(right.text, line) if type(right) is Type else ir.Other((), line)
    test = ir.Binary("instanceof", left, kind, line)
    if bound is None:
        return test
    return ir.Binary("and", test, ir.Bind(ir.Name(word(bound), line), left, line), line)


def unary(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    op, value = str(at.get("operator")), known(at.get("operand"), made.line)
    if op == "-" and isinstance(value, ir.Const) and isinstance(value.value, (int, float)):
        return ir.Const(-value.value, made.line)
    return value if op == "+" else ir.Unary(_OPERATORS.get(op, op), value, made.line)


def choice(_: State, made: Made) -> ir.Choice:
    at = dict(made.parts)
    test, then, otherwise = (known(at.get(part), made.line) for part in ("condition", "consequence", "alternative"))
    return ir.Choice(test, then, otherwise, made.line)


def assignment(_: State, made: Made) -> Built:
    """``a = b`` and ``a += b``; a ``switch`` as value waits for the statement."""
    at = dict(made.parts)
    target, value = known(at.get("left"), made.line), known(at.get("right"), made.line)
    op = str(at.get("operator"))
    if op != "=":
        value = ir.Binary(op.removesuffix("="), target, value, made.line)
    return ir.Bind(target, value, made.line)


def step(_: State, made: Made) -> ir.Bind:
    """``a++``."""
    target = known(next(iter(made.expressions()), None), made.line)
    return ir.Bind(target, ir.Binary("+", target, ir.Const(1, made.line), made.line), made.line)


def group(_: State, made: Made) -> ir.Group:
    return ir.Group(tuple(made.expressions()), made.line)


def array(_: State, made: Made) -> ir.Expr:
    """``new T[] {a, b}``, ``new T[n]``."""
    value = dict(made.parts).get("value")
    return value if isinstance(value, ir.Group) else ir.Other((), made.line)


def class_of(_: State, made: Made) -> ir.Expr:
    """``T.class``."""
    written = next((value for _, value in made.parts if type(value) is Type), None)
    return ir.Attr(dotted(written.text if written is not None else "", made.line), "class", made.line)


def chosen(switch: Switch) -> ir.Expr:
    """A ``switch`` as a value: what each case comes to."""
    found: ir.Expr = ir.Other((), switch.line)
    for each in reversed(switch.cases):
        value = result(each)
        if each.values is None:
            found = value
        else:
            test = ir.Binary("in", switch.subject, ir.Group(each.values, each.line), each.line)
            found = ir.Choice(test, value, found, each.line)
    return found


def result(case: Case) -> ir.Expr:
    """What a case yields."""
    last = case.body[-1] if case.body else None
    value = last.value if isinstance(last, (ir.Do, ir.Return)) else None
    return value if value is not None else ir.Other((), case.line)
