"""Ciphers that keep no secret: the same vector, salt or key for everybody, a key of a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import promises
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_VECTORS: Final = {
    **dict.fromkeys(("CBC", "CTR", "OFB", "CFB", "GCM", "encrypt"), 0),
    **dict.fromkeys(("createCipheriv", "new"), 2),
}
"""Calls that take a vector, and which of their arguments it is."""
_NAMED: Final = frozenset({"iv", "nonce", "initial_value"})
_KEYS: Final = {**dict.fromkeys(("AES", "Fernet", "AESGCM", "ChaCha20Poly1305", "new"), 0), "createCipheriv": 1}
"""Calls that take a key, and which of their arguments it is."""
_SALTS: Final = {"pbkdf2_hmac": 2, **dict.fromkeys(("scryptSync", "scrypt", "pbkdf2Sync", "pbkdf2", "PBKDF2"), 1)}
"""Calls that make a key of a password, and which of their arguments is the salt."""
_ENCRYPTS: Final = frozenset({"encryptor", "encrypt", "encrypt_and_digest", "createCipheriv"})
_NO_VECTOR: Final = frozenset({"ECB", "MODE_ECB"})
_FEW: Final = 4
"""Letters of a password that are tried one after the other within minutes."""
_DEPTH: Final = 12
"""Names and calls between a value and the constants that it is made of."""


def find(code: Code) -> Iterator[Fact]:
    """``fixed-vector``; but for Node's own ciphers, only where a tool promises that it encrypts.

    Clients of devices and of services encrypt as those want it, and may promise nothing.
    """
    for scope in code.scopes:
        if _ENCRYPTS.isdisjoint(scope.words):
            continue
        for called in scope.doing.get("encrypts", ()):
            found = _vector(scope, called) or _key(scope, called)
            own = called.name.endswith("createCipheriv") and not found.startswith("the same key")
            if found and (own or promises.promised(code, "promises-secrecy")):
                yield scope.fact("fixed-vector", called.call.line, found)


def _vector(scope: Scope, called: Called) -> str:
    """What is wrong with the vector of a cipher; empty for nothing."""
    last = called.name.rpartition(".")[2]
    given = {arg.name: arg.value for arg in called.call.args if arg.name}
    for arg in called.call.args:
        given |= {text(entry.key): entry.value for entry in _entries(scope, arg.value)}
    mode = (scope.constant(called.call.args[0].value) or "").lower() if called.call.args else ""
    named = {node.name for node in walk(called.call.args) if isinstance(node, ir.Attr)} | {last}
    if mode.endswith("-ecb") or not _NO_VECTOR.isdisjoint(named):
        return "ECB, which has no vector"
    place = _VECTORS.get(last, len(called.call.args))
    vector = next((given[name] for name in _NAMED if name in given), None)
    if vector is None and place < len(called.call.args) and not _of_options(called):
        vector = called.call.args[place].value
    if vector is not None and _same(scope, vector) and not _refilled(scope, vector):
        return "the same vector for all that is encrypted"
    return ""


def _of_options(called: Called) -> bool:
    """Whether a library takes its vector in options alone."""
    return "CryptoJS" in called.name or "crypto-js" in called.name or "subtle" in called.name or "Fernet" in called.name


def _key(scope: Scope, called: Called) -> str:
    """What is wrong with the key of a cipher; empty for nothing."""
    for made in (called, *_makers(scope)):
        place = _KEYS.get(made.name.rpartition(".")[2], len(made.call.args))
        key = made.call.args[place].value if place < len(made.call.args) else None
        if key is not None and _same(scope, key):
            return "the same key for everybody"
    for node in scope.of(ir.Call):
        last = scope.name(node).rpartition(".")[2]
        salt = next((arg.value for arg in node.args if arg.name == "salt"), None)
        place = _SALTS.get(last, len(node.args))
        salt = node.args[place].value if salt is None and place < len(node.args) else salt
        if salt is not None and _same(scope, salt):
            return "the same salt for every password"
        if says("digests", scope.name(node)) and any(_few(each) for arg in node.args for each in walk(arg.value)):
            return "a key of a few letters"
    return ""


def _makers(scope: Scope) -> Iterator[Called]:
    return (each for each in scope.calls if each.name.rpartition(".")[2] in _KEYS)


def _few(node: Any) -> bool:
    """``password[:2]``, ``password.slice(0, 2)``."""
    ends: tuple[Any, ...] = ()
    if isinstance(node, ir.Index) and isinstance(node.key, ir.Group):
        ends = node.key.items[:2]
    elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in {"slice", "substring"}:
        ends = tuple(arg.value for arg in node.args)
    first, last = ends if len(ends) > 1 else (None, None)
    from_start = first is None or (isinstance(first, ir.Const) and not first.value)
    number = last.value if isinstance(last, ir.Const) else None
    return from_start and isinstance(number, int) and 0 < number <= _FEW


def _entries(scope: Scope, value: ir.Expr) -> tuple[ir.Entry, ...]:
    whole = scope.set_to(value)
    return whole.entries if isinstance(whole, ir.Mapping) else ()


def _same(scope: Scope, expr: Any, depth: int = _DEPTH) -> bool:
    """Whether a value is made of constants alone, in ways that give the same each time."""
    if depth == 0:
        return False
    if isinstance(expr, (ir.Name, ir.Attr)):
        value = scope.set_to(expr)
        grown = isinstance(expr, ir.Name) and scope.grown.get(expr.id)
        return value is not expr and not grown and _same(scope, value, depth - 1)
    if isinstance(expr, ir.Const):
        return isinstance(expr.value, (str, int)) and expr.value != "" and not isinstance(expr.value, bool)
    if isinstance(expr, (ir.Group, ir.Binary, ir.Index)):
        # What is cut out of a constant is one, wherever it is cut.
        parts = (expr.value,) if isinstance(expr, ir.Index) else below(expr)
        return bool(parts) and all(_same(scope, each, depth - 1) for each in parts)
    return isinstance(expr, ir.Call) and (_of_constants(scope, expr, depth) or _of_helper(scope, expr, depth))


def _of_helper(scope: Scope, call: ir.Call, depth: int) -> bool:
    """Whether a function that is given nothing gives back constants."""
    helper = scope.helper(call) if not call.args else None
    given = [node.value for node in helper.of(ir.Return)] if helper is not None else []
    return helper is not None and bool(given) and all(_same(helper, each, depth - 1) for each in given)


def _of_constants(scope: Scope, call: ir.Call, depth: int) -> bool:
    """Whether a call that always gives the same for the same is given constants alone."""
    if not says("always-the-same", scope.name(call)):
        return False
    if not all(_same(scope, arg.value, depth - 1) for arg in call.args):
        return False
    on = call.callee.value if isinstance(call.callee, ir.Attr) else None
    if isinstance(on, (ir.Call, ir.Const)) or (isinstance(on, ir.Name) and scope.set_to(on) is not on):
        return _same(scope, on, depth - 1)
    return bool(call.args)


def _refilled(scope: Scope, expr: Any) -> bool:
    """Whether random bytes are put into it afterwards: ``randomFillSync(vector)``."""
    name = expr.id if isinstance(expr, ir.Name) else ""
    return any(
        isinstance(node, ir.Name) and node.id == name
        for called in scope.calls
        if "ill" in called.name or "getRandomValues" in called.name or ".copy" in called.name
        for node in (*walk(called.call.args), *walk(called.call.callee))
    )
