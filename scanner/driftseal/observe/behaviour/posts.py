"""Messages: what one call posts where the caller wants it, another posts to a place of its own."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.recipients import values
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code


def find(code: Code) -> Iterator[Fact]:
    """``payload-copied``."""
    for scope in code.scopes:
        yield from _posts(scope)


def _posts(scope: Scope) -> Iterator[Fact]:
    """What goes to the channel that the caller named, and the same to one which stands here."""
    sent = scope.doing.get("posters", ())
    if len(sent) < 2:  # noqa: PLR2004  two calls make a pair
        return
    given = callers.names(scope)
    fixed: list[tuple[Called, str, set[str]]] = []
    # Where each name is first posted to the caller's own channel, so that a flood of posts costs no square.
    first: dict[str, tuple[int, Called]] = {}
    for number, called in enumerate(sent):
        where, what = _channel(scope, called), _payload(called)
        if where is not None and where[1]:
            fixed.append((called, where[0], what))
        elif where is not None and where[0] in given:
            for name in what:
                first.setdefault(name, (number, called))
    for called, place, what in fixed:
        shared = [first[name] for name in what if name in first]
        if shared:
            _, other = min(shared, key=lambda one: one[0])
            told = "the payload goes here too"
            yield scope.fact("payload-copied", called.call.line, f"to {place}", (other.call.line, told))


def _channel(scope: Scope, called: Called) -> tuple[str, bool] | None:
    """Where a message goes, and whether that is fixed."""
    pairs = [(arg.name, arg.value) for arg in called.call.args if arg.name]
    for arg in called.call.args:
        if isinstance(arg.value, ir.Mapping):
            pairs += [(text(entry.key), entry.value) for entry in arg.value.entries]
    where = next((value for name, value in pairs if name and says("channels", name)), None)
    if where is None:
        return None
    fixed = scope.constant(where)
    if fixed:
        return fixed, True
    return (where.id, False) if isinstance(where, ir.Name) else None


def _payload(called: Called) -> set[str]:
    return {node.id for arg in called.call.args for node in values(arg.value) if isinstance(node, ir.Name)}
