"""How the expressions of Rust are built."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._rust_flow import is_value, known
from driftseal.code._rust_macros import invoked
from driftseal.code._rust_state import Left, Member, Returned, State, Thrown, Tokens, Word, text_of, type_name
from driftseal.code._rust_text import number, unescaped

_OPS: Final = {"&&": "and", "||": "or"}
_SAME: Final = frozenset(
    {
        *("clone", "to_owned", "to_string", "as_str", "as_ref", "as_mut", "as_deref", "as_bytes", "into", "borrow"),
        *("borrow_mut", "unwrap", "unwrap_or_default", "iter", "into_iter", "iter_mut", "as_path", "to_path_buf"),
        *("into_inner", "deref", "by_ref", "cloned", "copied", "as_slice", "to_vec", "into_owned", "display"),
        *("to_string_lossy", "into_bytes", "into_string", "as_os_str", "lock", "boxed", "into_boxed_str"),
    }
)
"""Methods whose result is their object, as far as data goes."""
_ERRORS: Final = frozenset({"map_err", "ok_or", "ok_or_else", "context", "with_context", "expect", "wrap_err"})
"""Methods that change nothing but an error."""
_AROUND: Final = frozenset({"Ok", "Some", "Parameters", "Json"})
_BOXES: Final = frozenset({"Box", "Arc", "Rc", "Mutex", "RwLock", "RefCell", "Cell", "Pin", "Cow", "Some"})
_MAKES: Final = frozenset({"new", "pin", "Borrowed", "Owned"})
_MARK: Final = 0x21


# --- leaves ----------------------------------------------------------------------------------


def name(state: State, text: str, line: int) -> ir.Expr:
    """A name; ``Self`` is that of the type that is being implemented."""
    if text == "None":
        return ir.Const(None, line)
    if text in {"crate", "super"}:
        state.imports[ir.Import(text, text, "", line)] = None
    return ir.Name(state.own() if text == "Self" else text.removeprefix("r#"), line)


def numeral(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(number(text), line)


def boolean(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(text == "true", line)


def content(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(text, line)


def escape(_: State, text: str, line: int) -> ir.Const | Word:
    """A backslash at the end of a line takes the blanks at the start of the next away."""
    return Word(text) if text[1:2] in {"\n", "\r"} else ir.Const(unescaped(text), line)


def character(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(unescaped(text.removeprefix("b").strip("'")), line)


def nothing(_: State, __: str, line: int) -> ir.Const:
    return ir.Const(None, line)


def as_text(_: State, text: str, __: int) -> Word:
    return Word(text)


def comment(state: State, text: str, _: int) -> None:
    """See `State.comment`."""
    state.comment(text)


def string(_: State, made: Made) -> ir.Const:
    found: list[str] = []
    goes_on = False
    for __, value in made.parts:
        if type(value) is ir.Const:
            text = str(value.value)
            found.append(text.lstrip() if goes_on else text)
        goes_on = type(value) is Word
    return ir.Const("".join(found), made.line)


# --- names and members -----------------------------------------------------------------------


def word(value: Built) -> str:
    """A name that stands where no variable is meant."""
    if type(value) is ir.Name:
        return value.id
    if type(value) is ir.Attr:
        return value.name
    return "None" if type(value) is ir.Const and value.value is None else ""


def scoped(_: State, made: Made) -> ir.Expr:
    """``a::b``; ``self::b`` is ``b``."""
    at = dict(made.parts)
    path, last = at.get("path"), word(at.get("name"))
    if not isinstance(path, (ir.Name, ir.Attr)) or (isinstance(path, ir.Name) and path.id == "self"):
        return ir.Name(last, made.line)
    return ir.Attr(path, last, made.line)


def first(_: State, made: Made) -> Built:
    """The first part alone: a type without what it is given."""
    return next((value for __, value in made.parts if type(value) in EXPRESSIONS), None)


def field(state: State, made: Made) -> ir.Expr:
    """``a.b``; of a tuple ``a.0``."""
    at = dict(made.parts)
    whole, member = known(state, at.get("value"), made.line), at.get("field")
    if type(member) is ir.Const:
        return whole
    return ir.Attr(whole, word(member), made.line)


def index(state: State, made: Made) -> ir.Index:
    inside = [known(state, value, made.line) for __, value in made.parts if is_value(value)]
    whole, key = (*inside, ir.Other((), made.line), ir.Other((), made.line))[:2]
    return ir.Index(whole, key, made.line)


def span(state: State, made: Made) -> ir.Group:
    return ir.Group(tuple(known(state, value, made.line) for __, value in made.parts if is_value(value)), made.line)


# --- calls -----------------------------------------------------------------------------------


def arguments(state: State, made: Made) -> tuple[Built, ...]:
    """A tuple of values, which no expression is."""
    return tuple(known(state, value, made.line) for __, value in made.parts if is_value(value))


def call(state: State, made: Made) -> Built:  # noqa: PLR0911  # one case a line, in order
    """A call; what only wraps its argument, or hands out its object, is left away."""
    at = dict(made.parts)
    line = made.line
    given = at.get("arguments")
    args: tuple[ir.Expr, ...] = given if type(given) is tuple else ()
    function = made.node.child_by_field_name("function")
    callee = known(state, at.get("function"), line)
    if function is not None and state.source[function.end_byte : function.end_byte + 1] == bytes((_MARK,)):
        return invoked(callee, args, line)
    if isinstance(callee, ir.Attr):
        if callee.name in _SAME and not args:
            return callee.value
        if callee.name in _ERRORS:
            return callee.value
        if callee.name in _MAKES and len(args) == 1 and word(callee.value) in _BOXES:
            return args[0]
    elif isinstance(callee, ir.Name) and len(args) == 1:
        if callee.id == "Err":
            return Thrown(args[0], line)
        if callee.id in _AROUND:
            return args[0]
    return ir.Call(callee, tuple(ir.Arg("", arg, spread=False) for arg in args), line, new=False)


def tried(_: State, made: Made) -> Built:
    """``a?``: an error goes to the caller, so that here it is the value."""
    return made.parts[0][1] if made.parts else None


def awaited(state: State, made: Made) -> ir.Expr:
    return ir.Unary("await", known(state, made.parts[0][1] if made.parts else None, made.line), made.line)


# --- operators -------------------------------------------------------------------------------


def binary(state: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    line, op = made.line, str(at.get("operator"))
    left, right = known(state, at.get("left"), line), known(state, at.get("right"), line)
    return ir.Binary(_OPS.get(op, op), left, right, line)


def unary(state: State, made: Made) -> ir.Expr:
    value = known(state, made.parts[-1][1] if made.parts else None, made.line)
    op = next((each for __, each in made.parts if isinstance(each, str)), "")
    return value if op == "*" else ir.Unary("not" if op == "!" else "-", value, made.line)


def inner(state: State, made: Made) -> ir.Expr:
    """What stands in brackets, is borrowed or is cast."""
    values = [value for __, value in made.parts if is_value(value)]
    return known(state, values[0] if values else None, made.line)


def assignment(state: State, made: Made) -> ir.Bind:
    at = dict(made.parts)
    left, right = known(state, at.get("left"), made.line), known(state, at.get("right"), made.line)
    return ir.Bind(left, right, made.line)


def compound(state: State, made: Made) -> list[ir.Stmt]:
    at = dict(made.parts)
    left, right = known(state, at.get("left"), made.line), known(state, at.get("right"), made.line)
    return [ir.Assign((left,), right, made.line, adds=True)]


def returned(_: State, made: Made) -> Returned:
    return Returned(next((value for __, value in made.parts if is_value(value)), None), made.line)


def left(_: State, made: Made) -> Left:
    return Left(made.line)


# --- collections -----------------------------------------------------------------------------


def group(state: State, made: Made) -> ir.Group:
    return ir.Group(tuple(known(state, value, made.line) for __, value in made.parts if is_value(value)), made.line)


def member(state: State, made: Made) -> Member:
    at = dict(made.parts)
    return Member(word(at.get("field")), known(state, at.get("value"), made.line))


def short_member(_: State, made: Made) -> Member:
    found = next((value for __, value in made.parts if type(value) is ir.Name), ir.Name("", made.line))
    return Member(found.id, found)


def rest(state: State, made: Made) -> Member:
    return Member("", known(state, made.parts[-1][1] if made.parts else None, made.line))


def members(_: State, made: Made) -> tuple[Member, ...]:
    return tuple(value for __, value in made.parts if type(value) is Member)


def struct(state: State, made: Made) -> ir.Mapping:
    at = dict(made.parts)
    given = at.get("body")
    entries = tuple(
        ir.Entry(ir.Const(one.name, one.value.line) if one.name else None, one.value)
        for one in (given if type(given) is tuple else ())
        if type(one) is Member
    )
    written = text_of(made.node.child_by_field_name("name")).replace("::", ".")
    return ir.Mapping(entries, made.line, state.own() if type_name(written) == "Self" else written)


# --- macros ----------------------------------------------------------------------------------


def tokens(_: State, made: Made) -> Tokens:
    return Tokens(tuple(value for __, value in made.parts if value is not None), made.line)
