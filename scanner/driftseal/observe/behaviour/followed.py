"""What is followed through functions, and where it comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.handed import standing_for
from driftseal.observe.behaviour.nodes import below
from driftseal.observe.behaviour.scopes import Scope
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code

_WORDS: Final = 40
"""Words of a command among which a path is looked for."""
_NOTHING: Final[Mapping[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is followed: where it comes in, and how surely it is carried on."""

    name: str
    origin: Callable[[Scope, Any], int | None]
    """The line where a node brings it in; None where it does not."""
    nodes: tuple[type, ...]
    """Kinds of nodes that may."""
    strict: bool = False
    """Carried by known carriers only."""
    members: bool = True
    """Whether what is a member of something that carries it does; what a method gives may in any case."""
    through: bool = True
    """Whether helpers that give it back bring it in, too."""
    words: frozenset[str] = frozenset()
    """Names of which one is spelled out wherever it comes in; none for no such names."""
    asked: Callable[[Scope], bool] | None = None
    """Tells of a scope without such a name whether it may come in there all the same."""
    doing: frozenset[str] = frozenset()
    """Of these the name of a call shows one wherever it comes in; none for no such call."""
    into_files: bool = False
    """Whether what brings it in may put it into a file whose path it is given."""
    heard: bool = False
    """Whether a listener may get it that is set as a member."""
    whole: bool = False
    """Not carried by what a loop over it takes out, which is one part of it: something is looked up that way."""
    subject: str = ""
    """What a constant shows wherever it comes in; empty for no such constant."""


def direct(scope: Scope, kind: Kind) -> Mapping[int, int]:
    """Lines of the nodes of a scope that bring it in themselves."""
    known = scope.direct.get(kind.name)
    if known is None:
        known = scope.direct[kind.name] = _found(scope, kind) if _spelled(scope, kind) else _NOTHING
    return known


def _spelled(scope: Scope, kind: Kind) -> bool:
    """Whether the words of a scope let anything bring it in."""
    return (
        (not kind.words or not kind.words.isdisjoint(scope.words) or (kind.asked is not None and kind.asked(scope)))
        and (not kind.doing or not kind.doing.isdisjoint(scope.doing))
        and (not kind.subject or kind.subject in scope.shown)
    )


def _found(scope: Scope, kind: Kind) -> Mapping[int, int]:
    asked = ((node, kind.origin(scope, node)) for node in scope.of(*kind.nodes))
    return {id(node): line for node, line in asked if line is not None}


def by_default(scope: Scope, kind: Kind) -> dict[str, int]:
    """Parameters of a scope whose default brings it in, with the line."""
    found: dict[str, int] = {}
    for param in scope.defaults if kind.words else ():
        stack: list[Any] = [param.default]
        while stack:
            node = stack.pop()
            line = kind.origin(scope, node) if type(node) in kind.nodes else None
            if line is not None:
                found.setdefault(param.name, line)
            # One variable of the environment is a member of it, and not the whole.
            elif type(node) is not ir.Attr and type(node) is not ir.Index:
                stack.extend(below(node))
    return found


def brings(scope: Scope, kind: Kind) -> bool:
    """Whether a scope brings it in itself, or by what a parameter is by default."""
    return bool(direct(scope, kind)) or (bool(scope.defaults) and bool(by_default(scope, kind)))


def anywhere(code: Code, kind: Kind) -> bool:
    """Whether anything in the project brings it in, so that helpers are worth asking."""
    if kind.name not in code.present:
        code.present[kind.name] = any(brings(scope, kind) for scope in code.scopes)
    return code.present[kind.name]


def reached(code: Code, kind: Kind) -> frozenset[str]:
    """Files in which it may be: those that bring it in, and those that call functions of any of these.

    For whoever follows it through every function of a project: most files hold none of it.
    """
    found = code.reached.get(kind.name)
    if found is None:
        paths = dict.fromkeys(scope.path for scope in code.scopes if brings(scope, kind))
        waiting = [*paths] if kind.through else []
        while waiting:
            further = code.callers.get(waiting.pop(), set()) - paths.keys()
            paths |= dict.fromkeys(further)
            waiting += further
        found = code.reached[kind.name] = frozenset(paths)
    return found


def places(scope: Scope, call: ir.Call, kind: Kind) -> list[ir.Name]:
    """Names in what a call that brings it in is given, of which one may be a path."""
    helper = scope.helper(call) if id(call) not in direct(scope, kind) else None
    given = standing_for(call, helper, filled(helper, kind)) if helper is not None else [a.value for a in call.args]
    found: list[ir.Name] = []
    waiting, left = list(given), _WORDS
    while waiting and left:
        left -= 1
        expr = waiting.pop()
        found += [expr] if type(expr) is ir.Name else []
        whole = scope.set_to(expr)
        waiting += whole.items if type(whole) is ir.Group else ()
        waiting += (whole.then, whole.otherwise) if type(whole) is ir.Choice else ()
    return found


def filled(helper: Scope, kind: Kind) -> set[str]:
    """Parameters of a function that are paths of files into which it is put."""
    own = {param.name for param in helper.function.params if param.name}
    brought = direct(helper, kind) if own else {}
    named = (each for call in helper.of(ir.Call) if id(call) in brought for each in places(helper, call, kind))
    return own & {place.id for place in named}
