"""Session ids and tokens that others can guess: made of numbers from a generator for games, or of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe import written
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below, last, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_MAKES: Final = regex(r"(?i)_*(next|new|create|make|gen|generate|issue|mint)_?(id|key)?")
"""Names of methods that say no more than that something is made: ``next``, ``_new_id``."""
_COMPARES: Final = frozenset({"==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "not in", "is", "is not"})


def find(code: Code) -> Iterator[Fact]:
    """``weak-session-id``."""
    local = _is_local(code)
    for scope in code.scopes:
        yield from _weak(scope, local=local)


def _is_local(code: Code) -> bool:
    """Whether a server is spoken to over its own pipes alone, so that nobody proves by an id who they are."""
    doing = [scope.doing for scope in code.scopes]
    return any("stdio-servers" in each for each in doing) and not any("web-servers" in each for each in doing)


def _weak(scope: Scope, *, local: bool) -> Iterator[Fact]:
    """An identifier that strangers must not guess, of numbers that they can."""
    asked = (scope, *(helper for _, helper in scope.helped))
    if not any(each.doing.keys() & {"weak-random", "weak-clocks"} for each in asked):
        return
    for node in scope.of(ir.Assign, ir.Entry, ir.Return):
        pairs: list[tuple[str, ir.Expr, int]] = []
        if isinstance(node, ir.Assign):
            pairs = [(last(target), node.value, node.line) for target in node.targets]
        elif isinstance(node, ir.Entry) and isinstance(node.key, ir.Const):
            pairs = [(str(node.key.value), node.value, node.value.line)]
        elif isinstance(node, ir.Return) and node.value is not None:
            pairs = [(_maker(scope), node.value, node.line)]
        for name, value, line in pairs:
            parts = list(_parts(scope, value)) if says("session-names", name) else []
            weak = next((name for each in parts for name in _guessed(scope, each)), "")
            if not weak or (says("session-ids", name) and (local or _of_work(parts))):
                continue
            # What a helper of the project's own makes of good numbers is as good: ``hex(randomBytes(16))``.
            # The number of the process tells the server's own work apart: a lock, a temporary name.
            if not any(
                _strong(scope, each) or _own(scope, each) or _kept(scope, each) for each in (*parts, *walk(value))
            ):
                yield scope.fact("weak-session-id", line, f"{name} from {weak}")


def _of_work(parts: list[Any]) -> bool:
    """Whether an id tells by its text for what work it is made."""
    return any(isinstance(each, ir.Const) and says("session-work", str(each.value)) for each in parts)


def _maker(scope: Scope) -> str:
    """What a function says that it makes: by its name, or as ``SessionIds.next`` by that of its class."""
    name, cls = scope.function.name, scope.function.cls
    made = _MAKES.fullmatch(name) if cls >= 0 else None
    if made is None:
        return name
    kept = scope.module.classes[cls].name
    return "session_id" if made[2] and "session" in kept.lower() else kept


def _guessed(scope: Scope, node: Any) -> Iterator[str]:
    """Calls of what can be guessed that a part of a value is, also by way of a helper whose result it is."""
    if not isinstance(node, ir.Call):
        return
    if says("weak-random", scope.name(node)) or says("weak-clocks", scope.name(node)):
        yield scope.name(node)
    helper = scope.helper(node)
    if helper is not None and "weak-random" in helper.doing:
        given = (each for back in helper.of(ir.Return) for each in _parts(helper, back.value))
        yield from (helper.name(each) for each in given if isinstance(each, ir.Call) and _draws(helper, each))


def _draws(scope: Scope, call: ir.Call) -> bool:
    return says("weak-random", scope.name(call)) and not says("clocks", scope.name(call))


def _strong(scope: Scope, node: Any) -> bool:
    return isinstance(node, (ir.Call, ir.Attr)) and says("strong-random", scope.name(node))


def _kept(scope: Scope, node: Any) -> bool:
    """Whether a secret goes into it, so that whoever knows the rest of what a digest is made of cannot make it."""
    name = node.id if isinstance(node, ir.Name) else node.name if isinstance(node, ir.Attr) else ""
    # A token that a function is given is another than the one that it makes.
    given = any(param.name == name for param in scope.function.params)
    return says("secret-names", name) or (given and written.says_secret(name))


def _own(scope: Scope, node: Any) -> bool:
    return isinstance(node, (ir.Call, ir.Attr)) and scope.name(node) in {"process.pid", "os.getpid", "getpid"}


def _parts(scope: Scope, value: Any) -> Iterator[Any]:
    """What a text is made of: pieces, what is turned into letters, variables; not what is told beside it."""
    stack: list[Any] = [value]
    followed: set[str] = set()
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ir.Name) and node.id in scope.assigned and node.id not in followed:
            followed.add(node.id)
            stack += (*_filling(scope, node.id), scope.assigned[node.id])
        elif isinstance(node, ir.Closure):
            # What is made of each of several: ``Array.from({ length: 20 }, () => …)``.
            body = scope.module.functions[node.function].body
            stack += (each.value for each in body if isinstance(each, ir.Return))
        elif isinstance(node, ir.Binary) and node.op in _COMPARES:
            continue  # whether it holds is all that is taken: ``time.time() <= record.expires_at``
        elif isinstance(node, (ir.Text, ir.Binary, ir.Choice, ir.Unary)):
            stack.extend(below(node))
        elif isinstance(node, ir.Comprehension):
            stack.append(node.element)
        elif isinstance(node, (ir.Call, ir.Attr, ir.Index)):
            on = node.callee if isinstance(node, ir.Call) else node.value
            stack.append(on)
            if isinstance(node, ir.Index):
                stack.append(node.key)
            if isinstance(node, ir.Call):
                carries = says("carriers", scope.name(node)) or says("made-again", scope.name(node))
                stack += (arg.value for arg in node.args if carries or isinstance(arg.value, ir.Closure))


def _filling(scope: Scope, name: str) -> Iterator[ir.Expr]:
    """What a text is put together of, letter by letter, and calls that fill a list of bytes: ``nextBytes(bytes)``."""
    # What is set anew, or to a member by its name, is another thing.
    other = _set_anew(scope)
    yield from (each for each in scope.grown.get(name, ()) if id(each) not in other)
    yield from _drawn_into(scope).get(name, ())


@once
def _set_anew(scope: Scope) -> frozenset[int]:
    return frozenset(id(node.value) for node in scope.of(ir.Assign) if not (node.adds or _is_element(node.targets[0])))


def _is_element(target: ir.Expr) -> bool:
    """Whether one of many is set, rather than a member that has a name."""
    return isinstance(target, ir.Index) and not (isinstance(target.key, ir.Const) and isinstance(target.key.value, str))


@once
def _drawn_into(scope: Scope) -> dict[str, list[ir.Expr]]:
    """Calls of generators by the names that they are given."""
    found: dict[str, list[ir.Expr]] = {}
    for subject in ("weak-random", "strong-random"):
        for called in scope.doing.get(subject, ()):
            for name in {arg.value.id for arg in called.call.args if isinstance(arg.value, ir.Name)}:
                found.setdefault(name, []).append(called.call)
    return found
