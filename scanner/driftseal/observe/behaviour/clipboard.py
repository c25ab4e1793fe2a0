"""A clipboard that is written, in a program that puts wallets of its own in the place of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour import unasked
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_CHANGES: Final = frozenset({"sub", "subn", "replace", "replaceAll"})


def find(code: Code) -> Iterator[Fact]:
    """``clipboard-swap`` and ``clipboard-rewritten``."""
    copied = [(scope, called) for scope in code.scopes for called in _writes(scope)]
    if not copied:
        return
    swapping = {scope.path: line for scope in code.scopes if (line := _swaps(scope)) is not None}
    files = {scope.path for scope, _ in copied}
    again: dict[int, int | None] = {}
    for scope, called in copied:
        # The clean-up may lie in a file of its own; the program that copies is one.
        line = swapping.get(scope.path)
        if line is not None or (swapping and files.isdisjoint(swapping)):
            place = ((line, "looks for"),) if line is not None else ()
            yield scope.fact("clipboard-swap", called.call.line, called.name, *place)
        elif _watches(scope):
            yield scope.fact("clipboard-swap", called.call.line, called.name)
        elif not _clears(called) and (line := _by_itself(scope, called, again)) is not None:
            yield scope.fact("clipboard-rewritten", called.call.line, called.name, (line, "read here, again and again"))


def _writes(scope: Scope) -> Iterator[Called]:
    yield from scope.doing.get("clipboard-writes", ())
    yield from (
        called for called, _ in scope.commands if any(says("copy-commands", each) for each in scope.lines(called.call))
    )


def _clears(written: Called) -> bool:
    """Whether nothing is left there: what was copied is a secret, and stays for a while."""
    return [arg.value.value for arg in written.call.args if isinstance(arg.value, ir.Const)] == [""]


def _by_itself(scope: Scope, written: Called, known: dict[int, int | None]) -> int | None:
    """Where the clipboard is read by the same function, which runs again and again and nobody calls.

    ``known`` remembers that by the identity of the function, which may write a thousand times.
    """
    inner = unasked.around(scope, written.call.line)
    if id(inner) not in known:
        inside = (called for called in scope.calls if inner.line <= called.call.line <= inner.end_line)
        read = next((called.call.line for called in inside if _reads(scope, called)), None)
        known[id(inner)] = read if unasked.again(scope, inner) else None
    return known[id(inner)]


def _reads(scope: Scope, called: Called) -> bool:
    helper = scope.helper(called.call)
    return says("clipboard-reads", called.name) or (helper is not None and "clipboard-reads" in helper.doing)


def _patterns(scope: Scope) -> int | None:
    """Where addresses of wallets are looked for."""
    texts = [*scope.constants, *scope.code.top_texts(scope.path)]
    found = (
        each for each in texts if says("wallets", str(each.value)) and not says("wallet-addresses", str(each.value))
    )
    return next((each.line for each in found), None)


def _swaps(scope: Scope) -> int | None:
    """Where addresses are looked for, in a file that holds one of its own and changes texts."""
    looks = _patterns(scope) if _CHANGES & scope.words or scope.doing.get("clipboard-writes") else None
    if looks is None:
        return None
    others = [each for each in (scope, scope.code.owner(scope.path, 0)) if each is not None]
    # One that a function of the same file gives back stands in neither.
    others += [each for each in scope.code.of_file(scope.path) if each not in others]
    made = (scope.constant(node) for each in others for node in each.of(ir.Const, ir.Binary))
    return looks if any(says("wallet-addresses", text) for text in made if text) else None


def _watches(scope: Scope) -> bool:
    """Whether a loop that never ends reads and writes the clipboard, and looks for addresses."""
    ever = any(node.source is None for node in scope.of(ir.Loop))
    return ever and bool(scope.doing.get("clipboard-reads")) and _patterns(scope) is not None
