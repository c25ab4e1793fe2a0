"""What nobody is to read: addresses that are decoded where a request is sent, places of secrets cut into pieces."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.addressees import addresses
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import fold, terms
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_DECODES: Final = frozenset({"decoders", "letters"})
_LONGEST: Final = 2_000
"""Characters of an address, and of what hides it."""
_WHOLE: Final = regex(
    r"(?i)\s*((https?|wss?|ftp)://|[\w-]+(\.[\w-]+)*\.[a-z]{2,}(:\d+)?(/|\s*$)|(\d{1,3}\.){3}\d{1,3})"
)
_PIECE: Final = regex(r"(?i)(https?:/*|[a-z0-9.:/-]*\.[a-z0-9.:/-]*)\Z")
"""What a part of an address is, where its letters stand as numbers."""


def find(code: Code) -> Iterator[Fact]:
    """``address-hidden``: what a request is sent to was decoded of a constant, and is an address.

    ``secret-place-hidden``: pieces of a text, none of which says anything, name a file of secrets.
    """
    for scope in code.scopes:
        for node in scope.of(ir.Binary):
            place = _pieced(node)
            if place:
                yield scope.fact("secret-place-hidden", node.line, place)
        sent = leaving(scope)
        flow = Flow(scope, _VEILED) if sent else None
        for called in sent if flow else ():
            found = (flow.line(each) for each in addresses(called.call)) if flow is not None else ()
            line = next((line for line in found if line is not None), None)
            if line is not None:
                yield scope.fact("address-hidden", called.call.line, called.name, (line, "the address is decoded here"))


def _pieced(node: ir.Binary) -> str:
    """The file of secrets that ``".eth" + "ereum/key" + "store"`` is; empty for what a piece says by itself."""
    if node.op != "+" or type(node.right) is not ir.Const:
        return ""
    pieces = [str(each.value) for each in terms(node) if type(each) is ir.Const and isinstance(each.value, str)]
    whole = fold(node) or ""
    hidden = len(pieces) > 1 and "".join(pieces) == whole and says("secret-files", whole)
    return whole if hidden and not any(says("secret-files", each) for each in pieces) else ""


def _veiled(scope: Scope, node: Any) -> int | None:
    """Where a constant is decoded, or letters are put together by their numbers, that spell an address."""
    name = scope.name(node) if node.args else ""
    if not name or _DECODES.isdisjoint(subjects(name)):
        return None
    given = scope.constant(node.args[0].value)
    spelled = _WHOLE.match(_decoded(given)) if given else _PIECE.match(_lettered(scope, node))
    return int(node.line) if spelled else None


def _decoded(given: str) -> str:
    """What a constant says once it is decoded; empty where it says nothing."""
    for decode in (bytes.fromhex, base64.urlsafe_b64decode, base64.b64decode, base64.b32decode):
        try:
            return decode(given).decode() if len(given) <= _LONGEST else ""
        except ValueError:  # Not of this kind, or no text.
            continue
    return ""


def _lettered(scope: Scope, node: ir.Call) -> str:
    """``String.fromCharCode(numbers[i])`` and ``String.fromCharCode(...numbers)``: the letters that the numbers are."""
    told = node.args[0].value
    while isinstance(told, (ir.Index, ir.Unary)):
        told = told.value
    numbers = scope.set_to(told)
    items = numbers.items if isinstance(numbers, ir.Group) and len(numbers.items) <= _LONGEST else ()
    codes = [each.value if isinstance(each, ir.Const) else None for each in items]
    letters = [chr(code) for code in codes if type(code) is int and 0 < code < 128]  # noqa: PLR2004  ASCII
    return "".join(letters) if len(letters) == len(codes) else ""


_VEILED: Final = Kind("veiled", _veiled, (ir.Call,), doing=_DECODES)
