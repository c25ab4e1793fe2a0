"""How the blocks, branches, loops and declarations of Rust are built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from driftseal.code import _rust_patterns as pattern
from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, STATEMENTS, Built, Made
from driftseal.code._rust_flow import finished, is_value, known, sets, statements_of, takes_effect
from driftseal.code._rust_state import Body, Branches, Pattern, State, Thrown, Word

if TYPE_CHECKING:
    from tree_sitter import Node

_CHAIN: Final = 24
"""Arms of one chain; a longer ``match`` becomes several, so that they do not nest without end."""
_SHORT: Final = 6
"""Members of a value that may be written out again for each arm."""
_END: Final = ";"


class Else(Body):
    """What stands under ``else``."""

    __slots__ = ()


class Arm:
    """One arm of a ``match``."""

    __slots__ = ("body", "pattern", "when")

    def __init__(self, tried: Pattern, when: ir.Expr | None, body: Body) -> None:
        self.pattern = tried
        self.when = when
        self.body = body


# --- blocks ----------------------------------------------------------------------------------


def opens(state: State, _node: Node, _kind: str) -> None:
    """What statements of this block need before them belongs into it."""
    state.pending.append([])


def closes(state: State) -> list[ir.Stmt]:
    """What was left to be done before the value at the end of a block."""
    return state.pending.pop() if len(state.pending) > 1 else state.before()


def block(state: State, made: Made) -> Body:
    """Statements, and the value at the end."""
    stmts: list[ir.Stmt] = []
    values = [value for __, value in made.parts if value is not None and not isinstance(value, str)]
    last = values.pop() if values and _is_tail(values[-1]) else None
    for value in values:
        stmts += statements_of(value)
    if type(last) is Word:
        last = None
    if isinstance(last, _Tail):
        stmts += last.before
        last = last.value
    return Body((*stmts, *closes(state)), last, made.line)


class _Tail:
    """A branch at the end of a block, with what is to be done before it."""

    __slots__ = ("before", "value")

    def __init__(self, before: list[ir.Stmt], value: Built) -> None:
        self.before = before
        self.value = value


def _is_tail(value: Built) -> bool:
    return is_value(value) or isinstance(value, _Tail)


def statement(state: State, made: Made) -> Built:
    """An expression for its effect; without a semicolon at its end, it may be the value of its block."""
    value = next((each for __, each in made.parts if not isinstance(each, str)), None)
    before = state.before()
    if not made.has(_END) and is_value(value):
        return _Tail(before, value) if before else value
    return [*before, *statements_of(value)]


def file(state: State, made: Made) -> list[ir.Stmt]:
    found = [each for __, value in made.parts if not isinstance(value, str) for each in _loose(value)]
    return [*state.before(), *found]


def _loose(value: Built) -> list[ir.Stmt]:
    if isinstance(value, _Tail):
        return [*value.before, *statements_of(value.value)]
    if isinstance(value, list):
        return [each for one in value for each in _loose(one)]
    return statements_of(value)


def error(_: State, made: Made) -> list[Built]:
    """What can be saved of something that is no Rust."""
    return [each for __, value in made.parts if not isinstance(value, str) for each in _loose(value)]


def wrapped(_: State, made: Made) -> Built:
    """``unsafe { … }``, ``async { … }``: what is inside."""
    return next((value for __, value in made.parts if type(value) is Body), None)


# --- declarations ----------------------------------------------------------------------------


def let(state: State, made: Made) -> list[ir.Stmt]:
    """``let pattern = value else { … };``."""
    at = dict(made.parts)
    line, value, otherwise = made.line, at.get("value"), at.get("alternative")
    bound = pattern.target(pattern.of(at.get("pattern"), line))
    found = _let(state, bound, value) if is_value(value) else []
    found = [*state.before(), *found]
    if type(otherwise) is Body:
        found.append(ir.If(ir.Other((), line), tuple(finished(otherwise, takes_effect)), (), line))
    return found


def _let(state: State, bound: ir.Expr, value: Built) -> list[ir.Stmt]:
    """What is taken apart is written down once, however many branches give a value."""
    if isinstance(bound, ir.Name) or type(value) in EXPRESSIONS:
        return finished(value, sets(bound))
    name = ir.Name(state.temporary(), bound.line)
    return [*finished(value, sets(name)), ir.Assign((bound,), name, name.line, adds=False)]


def condition(state: State, made: Made) -> ir.Expr:
    """``let pattern = value`` as a condition."""
    at = dict(made.parts)
    value = known(state, at.get("value"), made.line)
    return pattern.tested(pattern.of(at.get("pattern"), made.line), _subject(state, value))


def conditions(state: State, made: Made) -> ir.Expr:
    """Several of them, joined by ``&&``."""
    parts = [known(state, value, made.line) for __, value in made.parts if is_value(value)]
    found = parts[0] if parts else ir.Other((), made.line)
    for part in parts[1:]:
        found = ir.Binary("and", found, part, made.line)
    return found


def _subject(state: State, value: ir.Expr) -> Subject:
    return Subject(state, value)


class Subject:
    """A value that is looked at several times: anything but a short name is evaluated once."""

    __slots__ = ("_name", "_value")

    def __init__(self, state: State, value: ir.Expr) -> None:
        inner = value
        for _ in range(_SHORT):
            inner = inner.value if isinstance(inner, ir.Attr) else inner
        self._name = None if isinstance(inner, (ir.Name, ir.Const)) else ir.Name(state.temporary(), value.line)
        self._value: ir.Expr | None = value

    def __call__(self) -> ir.Expr:
        """The value, or the name that it has been given."""
        if self._name is None:
            return self._value if self._value is not None else ir.Other((), 0)
        if self._value is None:
            return self._name
        value, self._value = self._value, None
        return ir.Bind(self._name, value, value.line)


# --- branches --------------------------------------------------------------------------------


def branch(state: State, made: Made) -> Branches:
    at = dict(made.parts)
    line = made.line
    test = known(state, at.get("condition"), line)
    then, after = at.get("consequence"), at.get("alternative")
    body = then if type(then) is Body else Body((), None, line)
    otherwise = Body(*after) if type(after) is Else else None
    return Branches(((test, body),), otherwise, line, _CHAIN)


def otherwise(_: State, made: Made) -> Else:
    value = next((each for __, each in made.parts if is_value(each)), None)
    return Else(*value) if type(value) is Body else Else((), value, made.line)


def opens_match(state: State, _node: Node, _kind: str) -> None:
    """Count how deep they nest."""
    state.matches += 1


def arm_pattern(state: State, made: Made) -> tuple[Pattern, ir.Expr | None]:
    """What an arm is tried on, and ``if …``."""
    at = dict(made.parts)
    tried = next((value for field, value in made.parts if field is None and not isinstance(value, str)), None)
    when = at.get("condition")
    return pattern.of(tried, made.line), known(state, when, made.line) if when is not None else None


def arm(state: State, made: Made) -> Arm:
    at = dict(made.parts)
    given, value = at.get("pattern"), at.get("value")
    tried, when = given if type(given) is tuple else (pattern.of(given, made.line), None)
    before = closes(state)
    if type(value) in STATEMENTS or isinstance(value, list):
        return Arm(tried, when, Body((*before, *statements_of(value)), None, made.line))
    return Arm(tried, when, Body(tuple(before), value, made.line))


def arms(_: State, made: Made) -> tuple[Arm, ...]:
    return tuple(value for __, value in made.parts if type(value) is Arm)


def match(state: State, made: Made) -> Branches:
    """A chain of comparisons; an arm that takes anything is the last."""
    at = dict(made.parts)
    longest = max(1, _CHAIN // max(1, state.matches))
    state.matches = max(0, state.matches - 1)
    subject = Subject(state, known(state, at.get("value"), made.line))
    inside = at.get("body")
    chain: list[tuple[ir.Expr, Body]] = []
    otherwise: Body | None = None
    for each in inside if type(inside) is tuple else ():
        tests = pattern.tested(each.pattern, subject)
        if isinstance(tests, ir.Const) and each.when is None:
            otherwise = each.body
            break
        test = ir.Binary("and", tests, each.when, each.body.line) if each.when is not None else tests
        chain.append((test, each.body))
    if not chain and otherwise is not None:
        return Branches((), otherwise, made.line, longest)
    return Branches(tuple(chain), otherwise, made.line, longest)


# --- loops -----------------------------------------------------------------------------------


def each(state: State, made: Made) -> list[ir.Stmt]:
    at = dict(made.parts)
    target = pattern.target(pattern.of(at.get("pattern"), made.line))
    source = known(state, at.get("value"), made.line)
    body = tuple(finished(at.get("body"), takes_effect))
    return [*state.before(), ir.Loop((target,), source, None, body, made.line)]


def repeated(state: State, made: Made) -> list[ir.Stmt]:
    """``while`` and ``loop``."""
    at = dict(made.parts)
    test = known(state, at["condition"], made.line) if at.get("condition") is not None else None
    body = tuple(finished(at.get("body"), takes_effect))
    return [*state.before(), ir.Loop((), None, test, body, made.line)]


def constant(state: State, made: Made) -> Built:
    """``const A: T = b;``, of a type or of the file."""
    at = dict(made.parts)
    name, value = at.get("name"), at.get("value")
    label = name.id if type(name) is ir.Name else "_"
    state.take_doc()
    known_value = known(state, value, made.line) if is_value(value) and type(value) is not Thrown else None
    number = state.inner_class()
    if number is not None:
        marks = state.take_attributes()
        state.constants[number].append(ir.Field(label, "", known_value, marks, "", made.line))
        return None
    if known_value is None or type(known_value) not in EXPRESSIONS:
        return None
    return [*state.before(), ir.Assign((ir.Name(label, made.line),), known_value, made.line, adds=False)]
