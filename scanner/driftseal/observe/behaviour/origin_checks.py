"""Checks of the Origin header that let strangers in: ``origin.startswith("http://localhost")``.

Of a text that does not end with the host, whoever owns ``localhost.example`` has an origin that begins so; and any host
may hold the name of another one somewhere. The MCP specification asks for the check under «Streamable HTTP».
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.cross_origin import asking
from driftseal.observe.behaviour.nodes import SELVES, last, text, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_BEGINNING: Final = frozenset({"startswith", "startsWith", "StartsWith", "starts_with"})
_HOLDING: Final = frozenset({"includes", "indexOf", "contains", "Contains", "find"})
_TRIED: Final = frozenset({"some", "every", "find", "filter"})
_MOST: Final = 32
"""Texts of one list that are looked at."""
_REDIRECT: Final = regex(r"(?i)_*redirect(?:_?ur[il])?")
"""How what holds the address is called to which a browser goes back with a code."""
_KNOWN: Final = regex(r"(?i)redirect|ur[il]s?$|callback|allowed|registered|known")
"""How lists of addresses are called that a client registered."""
_OPEN_END: Final = regex(r"(?i)https?://[a-z0-9._\[\]-]+\Z")
"""An origin that goes on: nothing ends its host."""
_SCHEME: Final = regex(r"(?i)https?://")
_HOST_ALONE: Final = 2
"""Parts of a text that is a scheme and a host."""
_HOST: Final = regex(r"(?i)(?:https?://)?(?:localhost|127\.0\.0\.1|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})\Z")


def find(code: Code) -> Iterator[Fact]:
    """``origin-weakly-checked``, ``redirect-weakly-checked``."""
    for scope in code.scopes:
        if not _BEGINNING.isdisjoint(scope.words) and any(map(_REDIRECT.fullmatch, scope.words)):
            yield from _redirects(scope)
        if not _spells(scope):
            continue
        named = _named(scope)
        for node in scope.of(ir.Call):
            what = _asked_by_call(scope, node, named)
            if what:
                yield scope.fact("origin-weakly-checked", node.line, what)
        for node in scope.of(ir.Binary):
            # Elsewhere than in Python ``in`` asks an object for a member.
            holds = node.op in {"in", "not in"} and scope.module.language == "python"
            if holds and _HOST.match(text(node.left)) and _is_origin(node.right, named):
                yield scope.fact("origin-weakly-checked", node.line, f"holds {text(node.left)}")


def _redirects(scope: Scope) -> Iterator[Fact]:
    """``client.redirects.some((known) => redirect.startsWith(known))``: where a log-in sends its code."""
    through = gone_through(scope)
    for node in scope.of(ir.Call):
        callee = node.callee
        if type(callee) is not ir.Attr or callee.name not in _BEGINNING or not node.args:
            continue
        given = node.args[0].value
        source = through.get(given.id) if type(given) is ir.Name else None
        if source is not None and _REDIRECT.fullmatch(last(callee.value)) and _KNOWN.search(last(source)):
            yield scope.fact("redirect-weakly-checked", node.line, f"begins with one of {last(source)}")


def _spells(scope: Scope) -> bool:
    return not (_BEGINNING | _HOLDING | {"in"}).isdisjoint(scope.words) and (
        "origin" in scope.words or any(text(node).lower() == "origin" for node in scope.constants)
    )


def _named(scope: Scope) -> frozenset[str]:
    """Variables that hold the header, or what a library hands a check as such: ``(origin, callback) => …``."""
    told = {
        target.id
        for node in scope.of(ir.Assign)
        if any(map(asking, walk(node.value)))
        for target in node.targets
        if type(target) is ir.Name
    }
    given = {param.name for function in scope.functions for param in function.params if param.name == "origin"}
    return frozenset(told | given)


def _is_origin(node: Any, named: frozenset[str]) -> bool:
    """Whether it is the header as it came, in small letters or not."""
    while type(node) is ir.Call and type(node.callee) is ir.Attr and not node.args:
        node = node.callee.value
    return asking(node) or (type(node) is ir.Name and node.id in named)


def _asked_by_call(scope: Scope, node: ir.Call, named: frozenset[str]) -> str:
    """What a text is asked that lets strangers in; empty for anything else."""
    callee = node.callee
    if type(callee) is not ir.Attr or not node.args or not _is_origin(callee.value, named):
        return ""
    if callee.name in _BEGINNING:
        texts = [*_texts(scope, node.args[0].value), *_made(scope, node.args[0].value)]
        return next((f"begins with {each}" for each in texts if _OPEN_END.match(each)), "")
    if callee.name in _HOLDING:
        given = text(node.args[0].value)
        return f"holds {given}" if _HOST.match(given) else ""
    return ""


def _texts(scope: Scope, given: ir.Expr) -> Sequence[str]:
    """The constants that it is compared with: one, some, those of a field, those that a loop goes through."""
    found: Any = gone_through(scope).get(given.id, given) if isinstance(given, ir.Name) else given
    if isinstance(found, ir.Attr) and isinstance(found.value, ir.Name) and found.value.id in SELVES:
        known = scope.code.field(scope.path, scope.function.cls, found.name) if scope.function.cls >= 0 else None
        found = known[1] if known is not None else found
    found = scope.set_to(found)
    items = found.items if isinstance(found, ir.Group) else (found,)
    return [each for each in map(scope.constant, items[:_MOST]) if each]


def _made(scope: Scope, given: ir.Expr) -> Iterator[str]:
    """Beginnings that a list is made of whose host is a variable, with nothing behind it: ``http://${host}``."""
    found: Any = gone_through(scope).get(given.id) if isinstance(given, ir.Name) else None
    found = scope.set_to(found) if found is not None else None
    functions = scope.module.functions
    for node in walk(found) if found is not None else ():
        bodies = [functions[node.function].body] if type(node) is ir.Closure else [node]
        for part in (each for body in bodies for each in walk(body)):
            scheme = text(part.parts[0]) if type(part) is ir.Text and len(part.parts) == _HOST_ALONE else ""
            if _SCHEME.fullmatch(scheme) and not isinstance(part.parts[1], ir.Const):
                yield f"{scheme}host"


@once
def gone_through(scope: Scope) -> dict[str, Any]:
    """Lists by names that are each of them in turn: of loops, ``any(… for each in …)``, ``list.some((each) => …)``."""
    found: dict[str, Any] = {}
    for node in scope.of(ir.Comprehension):
        found |= {target.id: node.sources[0] for target in node.targets[:1] if type(target) is ir.Name and node.sources}
    for node in scope.of(ir.Call):
        closure = node.args[0].value if node.args else None
        if type(node.callee) is ir.Attr and node.callee.name in _TRIED and isinstance(closure, ir.Closure):
            params = scope.module.functions[closure.function].params
            found |= {param.name: node.callee.value for param in params[:1] if param.name}
    return found | dict(scope.looped)
