"""Tokens of callers that are taken at their word: read without a look at the signature, or meant for somebody else.

The MCP specification, «Authorization», «Token Handling»: a server must check that a token was issued for it. RFC 8725
asks for the audience and for the signature of every JSON Web Token.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_READERS: Final = frozenset({"decodeJwt", "jwtDecode", "jwt_decode", "decode", "get_unverified_claims"})
_CHECKERS: Final = frozenset(
    {"jwtVerify", "compactVerify", "verify", "verifyToken", "introspect", "createRemoteJWKSet"}
)
"""What looks at signatures, or asks those who issued a token."""
_CAREFUL: Final = _CHECKERS | {
    *("compare_digest", "createHmac", "createVerify", "hmac", "subtle", "timingSafeEqual"),
    *("document", "localStorage", "sessionStorage", "window"),
}
"""What a file names that looks at the signature of a token by hand, or is a part of a page."""
_TOKEN: Final = regex(r"(?i)jwt|token|bearer|authori[sz]ation")
_READ: Final = frozenset({"loads", "parse"})
_COMPARED: Final = frozenset({"==", "!=", "in", "not in"})
_RIGHTS: Final = frozenset(
    {"admin", "groups", "isAdmin", "is_admin", "permissions", "role", "roles", "scope", "scopes"}
)
_VERIFIERS: Final = frozenset({"JWTVerifier", "BearerAuthProvider"})
_MOST: Final = 16
"""Functions of one scope that ask callers who they are."""
_HEADERS: Final = frozenset({"authorization", "bearer", "bearer ", "b'authorization'"})
"""How a header is called by which callers log in, and what stands before its token."""
_AUDIENCE: Final = frozenset({"audience", "aud"})
_ISSUED: Final = frozenset({"issuer", "jwks_uri", "public_key"})
"""Options of a verifier that is told whose tokens to take."""


def find(code: Code) -> Iterator[Fact]:
    """``token-unverified`` and ``audience-unchecked``."""
    read: list[Fact] = []
    apart: list[Fact] = []
    for scope in code.scopes:
        for called in scope.calls:
            name = called.name.rpartition(".")[2]
            if (name in _VERIFIERS and _for_anybody({arg.name for arg in called.call.args})) or (
                name == "jwtVerify" and _asks(scope, called) and _for_anybody(_options(scope, called))
            ):
                yield scope.fact("audience-unchecked", called.call.line, name)
            elif name in _READERS and _unsigned(scope, called) and _asks(scope, called):
                read.append(scope.fact("token-unverified", called.call.line, called.name))
        if (taken := _by_hand(scope)) is not None:
            apart.append(taken)
    # A second look at what was verified elsewhere needs no signature.
    if read and not any(map(_verifies, code.scopes)):
        yield from read
    if apart:
        # A signature that is looked at by hand is looked at near by; a page decides nothing by a token of its user's.
        careful = {scope.path for scope in code.scopes if not _CAREFUL.isdisjoint(scope.words)}
        yield from (each for each in apart if each.path not in careful)


def _by_hand(scope: Scope) -> Fact | None:
    """``json.loads(b64decode(token.split(".")[1]))["role"] == "admin"``: rights that a token gives itself."""
    if _READ.isdisjoint(scope.lasts):
        return None
    payload = next(filter(_is_payload, scope.of(ir.Index)), None)
    if payload is None or not any(map(_of_rights, scope.of(ir.Binary))):
        return None
    return scope.fact("token-unverified", payload.line, 'split(".")[1]')


def _is_payload(node: ir.Index) -> bool:
    """``token.split(".")[1]``."""
    call = node.value
    return (
        isinstance(call, ir.Call)
        and isinstance(node.key, ir.Const)
        and node.key.value == 1
        and last(call.callee) == "split"
        and [text(arg.value) for arg in call.args] == ["."]
        and any(isinstance(part, ir.Name) and _TOKEN.search(part.id) for part in walk(call.callee))
    )


def _of_rights(node: ir.Binary) -> bool:
    """Whether something is compared with what a token says of the rights of whoever has it."""
    parts = [part for part in walk(node) if isinstance(part, (ir.Attr, ir.Const))] if node.op in _COMPARED else []
    return any((part.name if isinstance(part, ir.Attr) else part.value) in _RIGHTS for part in parts)


def _asks(scope: Scope, called: Called) -> bool:
    """Whether a call stands in a function that asks callers who they are, by its name or by who calls it."""
    line = called.call.line
    return any(each.line <= line <= each.end_line for each in _asking(scope)) or _given_a_header(scope)


@once
def _given_a_header(scope: Scope) -> bool:
    """Whether a function is called by one that reads what callers log in by: ``headers["authorization"]``."""
    name = scope.function.name
    if not name:
        return False
    called = (each for each in scope.code.scopes if each is not scope and name in each.words)
    texts = (str(one.value).lower() for each in called for one in each.constants)
    return any(text in _HEADERS for text in texts)


@once
def _asking(scope: Scope) -> tuple[ir.Function, ...]:
    """The first functions of a scope that ask callers who they are."""
    asking = (each for each in scope.functions if says("authenticators", each.name or each.qualname))
    return tuple(itertools.islice(asking, _MOST))


def _verifies(scope: Scope) -> bool:
    if not _CHECKERS.isdisjoint(scope.words):
        return True
    decodes = (called.call for called in scope.calls if called.name.rpartition(".")[2] == "decode")
    return any(arg.name == "algorithms" for call in decodes for arg in call.args)


def _unsigned(scope: Scope, called: Called) -> bool:
    """Whether what is read is a token, and its signature is left alone."""
    if called.name.rpartition(".")[2] != "decode":
        return True
    # PyJWT checks unless it is told not to; jsonwebtoken never does by this name.
    if scope.module.language != "python":
        return called.name.endswith(("jwt.decode", "jsonwebtoken.decode"))
    return any(
        text(entry.key) == "verify_signature" and isinstance(entry.value, ir.Const) and entry.value.value is False
        for arg in called.call.args
        for entry in walk(arg.value)
        if isinstance(entry, ir.Entry)
    )


def _options(scope: Scope, called: Called) -> set[str]:
    """Names of the options that a call is given last; none where they come from elsewhere."""
    given = scope.set_to(called.call.args[-1].value) if called.call.args else None
    return {text(entry.key) for entry in given.entries} if isinstance(given, ir.Mapping) else set()


def _for_anybody(options: set[str]) -> bool:
    return not _ISSUED.isdisjoint(options) and _AUDIENCE.isdisjoint(options) and "" not in options
