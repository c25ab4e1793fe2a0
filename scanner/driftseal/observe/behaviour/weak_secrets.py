"""Secrets that are made so that those who know how can guess them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour import callers, promises
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.triggers import counts
from driftseal.observe.behaviour.whole import Code

_LARGE: Final = 0x1_0000
"""Numbers from here on are those of generators, not of lengths."""
_BYTES: Final = 4
"""Bytes that are tried one after the other within minutes."""
_RSA: Final = 2048
_SCRYPT: Final = 1024
_ROUNDS: Final = 1000
"""Lengths and counts below which nobody calls a key one (NIST SP 800-131A, SP 800-132)."""
_SHIFTS: Final = frozenset({"<<", ">>", ">>>"})
_MIXED: Final = 3
"""Shifts by which a generator mixes its state (xorshift)."""
_SETS_UP: Final = frozenset({"__init__", "constructor"})
_HELPERS: Final = 12
"""Helpers of a function that are looked at."""
_DIGESTS: Final = (
    *("createHash.update", "createHmac.update"),
    *("hashlib.md5", "hashlib.sha1", "hashlib.sha256", "hashlib.sha512", "blake2b"),
)


def find(code: Code) -> Iterator[Fact]:
    """``weak-secret-made``."""
    for scope in code.scopes:
        for called in scope.doing.get("key-makers", ()):
            found = _short(scope, called)
            if found:
                yield scope.fact("weak-secret-made", called.call.line, found)
        for name, body in _makers(scope):
            if not _strong(body):
                yield from _made(name, body)
    for one in promises.tools(code):
        if one.body is None or _strong(one.body):
            continue
        if says("promises-secrets", one.told):
            yield from _made("a secret", one.body)
        elif says("tells-of-secrets", one.told) and not says("made-up", one.told):
            yield from _repeated(one.body)


def _makers(scope: Scope) -> Iterator[tuple[str, Scope]]:
    """Functions and handlers of tools that say by their names that they make secrets."""
    if says("makes-secrets", scope.function.name):
        yield scope.function.name, scope
    for call in scope.of(ir.Call) if "makes-secrets" in scope.shown else ():
        name = text(call.args[0].value) if call.args else ""
        for arg in call.args[1:] if says("makes-secrets", name) else ():
            body = scope.code.owner(scope.path, arg.value.function) if isinstance(arg.value, ir.Closure) else None
            if body is not None:
                yield name, body


def _strong(scope: Scope) -> bool:
    """Whether a function asks the system for random bytes, itself or by way of a helper."""
    asked = _parts(scope)
    return any("strong-random" in each.doing or any(says("strong-random", w) for w in each.words) for each in asked)


def _repeated(body: Scope) -> Iterator[Fact]:
    """Numbers that whoever knows the way works out again: from a seed that is set, or from the digest before."""
    top = body.code.scope(FunctionRef(body.path, 0))
    for scope in (*_parts(body), *((top,) if top is not None and top is not body else ())):
        line = _seeded(scope, _continues)
        if line is not None:
            yield scope.fact("weak-secret-made", line, "a secret by numbers that can be worked out again")
            return


def _parts(body: Scope) -> tuple[Scope, ...]:
    """A function with its helpers and theirs, and what sets up the objects whose methods these are."""
    found = [body, *(helper for _, helper in body.helped)][:_HELPERS]
    further = (helper for each in found[1:] for _, helper in each.helped)
    found += [each for each in dict.fromkeys(further) if each not in found][:_HELPERS]
    owners = {(each.path, each.function.cls): each for each in found if each.function.cls >= 0}
    for path, cls in owners:
        found += [each for each in body.code.methods(path, cls) if each.function.name in _SETS_UP and each not in found]
    return tuple(found)


def _seeded(scope: Scope, generates: Callable[[Any], bool]) -> int | None:
    """``Random(int(time()))``, ``state * 1103515245 + 12345``, ``block = sha256(block)``."""
    for called in scope.calls:
        if says("seeded-random", called.name) and any(
            not isinstance(arg.value, ir.Closure) for arg in called.call.args
        ):
            return called.call.line
    for node in scope.of(ir.Binary, ir.Call):
        if generates(node):
            return int(node.line)
    given = callers.names(scope)
    digests = [called for called in scope.calls if called.name.endswith(_DIGESTS)]
    for node in scope.of(ir.Assign) if digests else ():
        kept = {_spelled(target) for target in node.targets if isinstance(target, (ir.Attr, ir.Name))} - given
        inside = [each for each in walk(node.value) if isinstance(each, ir.Call)]
        hashed = [each for each in inside if any(each is called.call for called in digests)]
        if any(_spelled(one) in kept for each in hashed for arg in each.args for one in walk(arg.value)):
            return int(node.line)
    return None


def _spelled(node: object) -> str:
    if isinstance(node, ir.Attr):
        return f".{node.name}"
    return node.id if isinstance(node, ir.Name) else " "


def _made(name: str, body: Scope) -> Iterator[Fact]:
    for scope in _parts(body):
        line = _guessed(scope)
        if line is not None:
            yield scope.fact("weak-secret-made", line, f"{name} by numbers that can be guessed")
            return


def _guessed(scope: Scope) -> int | None:
    """Where a number comes from the clock, from a generator for games, or from one that is written out."""
    for called in scope.calls:
        # When something expires says the clock, too.
        if says("weak-random", called.name) and not says("clocks", called.name):
            return called.call.line
    shifts = [node for node in scope.of(ir.Binary) if node.op in _SHIFTS]
    if len(shifts) >= _MIXED:
        return int(shifts[0].line)
    line = _seeded(scope, _generates)
    if line is not None:
        return line
    hashed = (called for called in scope.calls if called.name.endswith(_DIGESTS) and called.call.args)
    for called in hashed:
        value = called.call.args[0].value
        if (_of_clock(scope, value) or counts(scope, value)) and _by_anybody(scope, called):
            return called.call.line
    return None


def _by_anybody(scope: Scope, called: Called) -> bool:
    """Whether a digest is made without a key, or with one that stands in the source."""
    made = called.call.callee.value if isinstance(called.call.callee, ir.Attr) else None
    keyed = isinstance(made, ir.Call) and last(made.callee) == "createHmac" and len(made.args) > 1
    return not keyed or (isinstance(made, ir.Call) and scope.constant(made.args[1].value) is not None)


def _of_clock(scope: Scope, value: ir.Expr) -> bool:
    """Whether a text is made of the time, also by way of a name."""
    inside = list(walk(value))
    inside += [each for name in inside if isinstance(name, ir.Name) for each in walk(scope.set_to(name))]
    return any(isinstance(each, ir.Call) and says("clocks", scope.name(each)) for each in inside)


def _generates(node: Any) -> bool:
    """``state * 1103515245 + 12345``, ``Math.imul(state, 1664525)``."""
    if isinstance(node, ir.Call):
        return last(node.callee) == "imul" and any(_large(getattr(arg.value, "value", None)) for arg in node.args)
    if node.op not in {"+", "*", "^"}:
        return False
    product = node.left if node.op == "+" else node
    if not isinstance(product, ir.Binary) or product.op != "*":
        return False
    return any(isinstance(side, ir.Const) and _large(side.value) for side in (product.left, product.right))


def _continues(node: Any) -> bool:
    """As above, with what is added each time: a digest of a text multiplies as well."""
    if isinstance(node, ir.Binary) and node.op == "%":
        # ``state * 48271 % 2147483647`` (Lehmer)
        product = isinstance(node.left, ir.Binary) and node.left.op == "*"
        return product and isinstance(node.right, ir.Const) and _large(node.right.value)
    if not isinstance(node, ir.Binary) or node.op != "+":
        return False
    sides = (node.left, node.right)
    inside = [each.left if isinstance(each, ir.Binary) and each.op == ">>>" else each for each in sides]
    return any(isinstance(each, ir.Const) for each in sides) and any(
        (isinstance(each, ir.Call) or (isinstance(each, ir.Binary) and each.op == "*")) and _generates(each)
        for each in inside
    )


def _large(value: object) -> bool:
    return isinstance(value, int) and value > _LARGE and value % 10 != 0 and value & (value - 1) != 0


def _short(scope: Scope, called: Called) -> str:
    """What is too short or too quick about how a key is made; empty for nothing."""
    last = called.name.rpartition(".")[2]
    numbers = [arg.value.value for arg in called.call.args if isinstance(arg.value, ir.Const)]
    options = {text(entry.key): entry.value for arg in called.call.args for entry in _entries(scope, arg.value)}
    options |= {arg.name: arg.value for arg in called.call.args if arg.name}
    given = {key: value.value for key, value in options.items() if isinstance(value, ir.Const)}
    for key, least in (("modulusLength", _RSA), ("key_size", _RSA), ("N", _SCRYPT), ("cost", _SCRYPT), ("n", _SCRYPT)):
        number = given.get(key)
        if isinstance(number, int) and 1 < number < least and not (key == "cost" and "scrypt" not in last):
            return f"{last}: {key} of {number}"
    if last.startswith("pbkdf2") and any(isinstance(each, int) and each < _ROUNDS for each in numbers[:1]):
        return f"{last} of {numbers[0]} rounds"
    if (
        last == "randomBytes"
        and numbers
        and isinstance(numbers[0], int)
        and numbers[0] <= _BYTES
        and _hashed(scope, called)
    ):
        return f"{last} of {numbers[0]}, made longer"
    return ""


def _entries(scope: Scope, value: ir.Expr) -> tuple[ir.Entry, ...]:
    whole = scope.set_to(value)
    return whole.entries if isinstance(whole, ir.Mapping) else ()


def _hashed(scope: Scope, called: Called) -> bool:
    """Whether a few bytes are blown up to what looks like a key."""
    names = {name for name, value in scope.assigned.items() if value is called.call}
    for digest in scope.calls:
        if digest.name.endswith("createHash.update") or digest.name.endswith(("pbkdf2Sync", "scryptSync")):
            for node in walk(digest.call.args):
                if node is called.call or (isinstance(node, ir.Name) and node.id in names):
                    return True
    return False
