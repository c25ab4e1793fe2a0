"""What callers said, sent to a fixed place in passing: nobody waits for the answer, and nobody hears of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.chains import PLAIN, chains, names
from driftseal.observe.behaviour.consent import asked_for
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.hosts import address, host, mails
from driftseal.observe.behaviour.kinds import connects
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import below, strings, text, walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.recipients import called_under, payload
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.started import TASKS
from driftseal.observe.behaviour.whole import Code


def find(code: Code) -> Iterator[Fact]:
    """``said-sent-aside`` and ``file-sent-aside``."""
    for scope in code.scopes:
        sent = [called for called in leaving(scope) if called.call.args]
        dropped = unanswered(scope) if sent and not asked_for(scope) else frozenset[int]()
        for called in sent:
            where = elsewhere(scope, called) if id(called.call) in dropped else ""
            said = _said(scope, called) if where and id(called.call) in ignored(scope) else ""
            if said and not _takes_back(scope, called, said):
                yield scope.fact("said-sent-aside", called.call.line, f"{said} to {where}")
            read = _of_files(scope).sent(called) if where else None
            if read is not None:
                yield scope.fact("file-sent-aside", called.call.line, f"to {where}", (read, "read here"))


@once
def _of_files(scope: Scope) -> Flow:
    return Flow(scope, READ)


@once
def _of_words(scope: Scope) -> Flow:
    return Flow(scope, _SPOKEN)


def logged_to(code: Code) -> str:
    """The fixed host to which a project sends its log; empty where there is none."""
    for scope in code.scopes:
        for called in scope.doing.get("remote-logs", ()):
            where = elsewhere(scope, called) or _nested(scope, called)
            if where and not says("own-machine", where):
                return where
    return ""


def _nested(scope: Scope, called: Called) -> str:
    """The host of an address among options of options."""
    for each in (one for arg in called.call.args for one in strings(scope.set_to(arg.value))):
        found = address(scope, each)
        if found:
            return found
    return ""


def elsewhere(scope: Scope, called: Called) -> str:
    """The fixed host of another machine that a call goes to; empty for any other."""
    where = host(scope, called)
    return where if where and not says("own-machine", where) else ""


def _takes_back(scope: Scope, called: Called, said: str) -> bool:
    """Whether a token goes back to where it came from, to be worth nothing any more (RFC 7009)."""
    first = scope.constant(called.call.args[0].value) if "token" in said.lower() else None
    return says("token-ends", (first or "").partition("?")[0].rpartition("/")[2])


def _said(scope: Scope, called: Called) -> str:
    """The name of what is sent, if that is a caller's own words or key."""
    sent = payload(called)
    if called.call.args:
        # Also what becomes part of the address.
        sent |= {node.id for node in walk(called.call.args[0].value) if type(node) is ir.Name}
    # A token is told to who gave it when it shall end.
    ends = bool(called.call.args) and says("token-ends", scope.constant(called.call.args[0].value) or "")
    own = (name for name in sorted(sent & callers.names(scope)) if not (ends and "token" in name.lower()))
    found = next((name for name in own if says("spoken", name)), "")
    if found:
        return found
    if ends:
        return ""
    if _token(scope, called):
        return "a token"
    if _of_words(scope).sent(called) is not None or _recorded(scope, called):
        return "what a caller said"
    return told(scope, [arg.value for arg in called.call.args if arg.name not in _BESIDE])


def _token(scope: Scope, called: Called) -> bool:
    """Whether a token is sent that was given to this program, not to prove who it is."""
    given = [arg.value for arg in called.call.args[1:] if arg.name not in _BESIDE]
    bodies = [whole for value in given for whole in _bodies(value)]
    return any(len(chain) > 1 and chain[-1] in _TOKENS for chain in chains(scope, bodies))


def _bodies(value: ir.Expr) -> list[ir.Expr]:
    """What is sent by options, without their headers."""
    if not isinstance(value, ir.Mapping):
        return [value]
    return [entry.value for entry in value.entries if text(entry.key) not in _BESIDE]


_TOKENS: Final = frozenset({"access_token", "refresh_token", "id_token", "accessToken", "refreshToken", "idToken"})


def told(scope: Scope, given: list[ir.Expr]) -> str:
    """What of a caller's values are made of, or the answer that a caller gets; empty for nothing of either."""
    own, answers = callers.names(scope), _answers(scope)
    for first, *rest in chains(scope, given):
        if not rest and first in answers:
            return "what the caller is told"
        if rest and says("derived-secrets", rest[-1]) and _made_of(scope, first, own):
            return rest[-1]
        if first in own and (not rest or rest[-1] not in PLAIN):
            spoken = next((part for part in reversed([first, *rest]) if says("spoken", part)), "")
            if spoken:
                return spoken
    return ""


def _made_of(scope: Scope, name: str, own: frozenset[str]) -> bool:
    """``wallet = Wallet.fromPhrase(words)``, of what a caller said."""
    made = scope.assigned.get(name)
    made = made.value if isinstance(made, ir.Unary) else made
    given = [arg.value for arg in made.args] if isinstance(made, ir.Call) else []
    return not own.isdisjoint(names(scope, given))


def _answers(scope: Scope) -> set[str]:
    """Names that are given back as they are, and set to what a call gave."""
    found = {node.value.id for node in scope.of(ir.Return) if isinstance(node.value, ir.Name)}
    # ``return { content: [{ type: "text", text: answer }] }``
    whole = (node.value for node in scope.of(ir.Return) if isinstance(node.value, ir.Mapping))
    for entry in (each for value in whole for each in walk(value) if isinstance(each, ir.Entry)):
        if isinstance(entry.value, ir.Name) and text(entry.key) == "text":
            found.add(entry.value.id)
    return {name for name in found if _asked(scope.assigned.get(name))}


def _asked(value: Any) -> bool:
    return isinstance(value.value if isinstance(value, ir.Unary) else value, ir.Call)


_LATER: Final = frozenset({"on", "once", "setTimeout", "setInterval", "setImmediate", "nextTick", "queueMicrotask"})
_SIDES: Final = 8
"""Parts of one statement that are looked at."""
_CHAIN: Final = 4
"""Calls in a row that make a request."""
_ENDS: Final = frozenset({"read", "close"})
_BESIDE: Final = frozenset({"headers", "timeout", "auth"})


def _recorded(scope: Scope, called: Called) -> bool:
    """Whether a list of the file is sent in which callers' words are kept."""
    given = names(scope, [arg.value for arg in called.call.args])
    top = scope.code.top(scope.path)
    return any(name in top and name in scope.code.recorded(scope.path, _keeps) for name in given)


def _keeps(scope: Scope) -> set[str]:
    """Names of lists to which a function adds what its caller said."""
    found = set()
    given = callers.names(scope) if not asked_for(scope) else frozenset[str]()
    for called in scope.calls:
        callee = called.call.callee
        if isinstance(callee, ir.Attr) and callee.name in _KEEPERS and isinstance(callee.value, ir.Name):
            said = names(scope, [arg.value for arg in called.call.args])
            if any(name in given and says("spoken", name) for name in said):
                found.add(callee.value.id)
    return found


_KEEPERS: Final = frozenset({"append", "push", "extend", "unshift", "add"})


def _spoken(scope: Scope, node: Any) -> int | None:
    return node.line if says("spoken", node.id) and node.id in callers.names(scope) else None


def _read(scope: Scope, node: Any) -> int | None:
    """Where a file is read whose path a caller decides."""
    if type(node.callee) is ir.Attr and node.callee.name in _OWN_READERS:
        where: Any = node.callee.value
    elif scope.name(node).rpartition(".")[2] in _READERS and node.args:
        where = node.args[0].value
    else:
        return None
    given = callers.names(scope)
    return node.line if not given.isdisjoint(names(scope, [where])) else None


_OWN_READERS: Final = frozenset({"read_text", "read_bytes"})
_READERS: Final = frozenset({"open", "readFile", "readFileSync", "readTextFile"})
_SPOKEN: Final = Kind("spoken", _spoken, (ir.Name,), strict=True, through=False)
READ: Final = Kind("read", _read, (ir.Call,), members=False, words=_READERS | _OWN_READERS)


@once
def unanswered(scope: Scope) -> frozenset[int]:
    """Calls whose answer nobody takes."""
    found = {id(call) for node in scope.of(ir.Do) for call, _ in _alone(node.value)}
    found |= {id(call) for call in (*_afterwards(scope), *_apart(scope))}
    return frozenset(found - _heard(scope))


def _apart(scope: Scope) -> Iterator[ir.Expr]:
    """What goes on by itself: in a thread, a timer, a task, at the end of the process."""
    taken = _taken(scope) if scope.started else frozenset[int]()
    yield from (called.call for starter, called in scope.started if id(starter) not in taken)
    for node in scope.of(ir.Call):
        callee = node.callee
        if (callee.name if type(callee) is ir.Attr else callee.id if type(callee) is ir.Name else "") in TASKS:
            yield from (arg.value for arg in node.args[:1])


def _taken(scope: Scope) -> frozenset[int]:
    """Calls of which the answer is waited for, and taken: ``return await to_thread(ask, text)``."""
    waited = {id(node.value) for node in scope.of(ir.Unary) if node.op == "await"}
    return frozenset(waited - {id(call) for node in scope.of(ir.Do) for call, _ in _alone(node.value)})


def _afterwards(scope: Scope) -> Iterator[ir.Expr]:
    """What functions of one expression do that run on an event or a timer: ``connect(port, host, () => …)``."""
    for called in scope.calls:
        last = called.name.rpartition(".")[2]
        for arg in called.call.args if last in _LATER or connects(called.name) else ():
            body = scope.module.functions[arg.value.function].body if type(arg.value) is ir.Closure else ()
            if len(body) == 1 and isinstance(body[0], ir.Return) and body[0].value is not None:
                yield called_under(body[0].value)


@once
def ignored(scope: Scope) -> frozenset[int]:
    """Calls whose answer and whose failure nobody takes."""
    alone = [each for node in scope.of(ir.Do) for each in _alone(node.value)]
    found = {id(call) for call, whole in alone if call is not whole and not _awaited(whole)}
    if scope.module.language != "python":
        found |= {id(call) for call, whole in alone if call is whole}
    found |= {id(call) for call in (*_afterwards(scope), *_apart(scope))}
    ended = {id(call) for call, _ in alone}
    found |= {id(called.call) for called in leaving(scope) if id(called.call) in ended and _unheard(called)}
    for node in scope.of(ir.Try):
        if node.handlers and all(_swallows(handler.body) for handler in node.handlers):
            inside = {id(each) for each in walk(node.body) if type(each) is ir.Call}
            found |= inside & ended
    return frozenset(found - _heard(scope))


def _unheard(called: Called) -> bool:
    """Whether nothing ever answers a call: mails and packets."""
    return mails(called) or called.name.rpartition(".")[2] == "sendto"


def _alone(value: ir.Expr) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    """The calls that a statement consists of, each with what stands around it: ``on && send(x).catch(…)``."""
    stack, left = [value], _SIDES
    while stack and left:
        left -= 1
        whole = stack.pop()
        if isinstance(whole, ir.Binary):
            stack += (whole.right, whole.left)
        elif isinstance(whole, ir.Choice):
            stack += (whole.otherwise, whole.then)
        else:
            whole = _read_out(whole)
            yield called_under(whole), whole


def _read_out(whole: ir.Expr) -> ir.Expr:
    """The request itself, where its answer is only read to the end: ``urlopen(request).read()``."""
    callee = whole.callee if isinstance(whole, ir.Call) and not whole.args else None
    reads = isinstance(callee, ir.Attr) and callee.name in _ENDS and isinstance(callee.value, ir.Call)
    return callee.value if reads and isinstance(callee, ir.Attr) else whole


def _heard(scope: Scope) -> frozenset[int]:
    """Calls that write to a request whose answer is listened to: ``request(…, (answer) => …)`` tells somebody."""
    found = set()
    for called in leaving(scope):
        chain: Any = called.call
        for _ in range(_CHAIN):
            made = scope.set_to(chain.callee.value) if isinstance(chain.callee, ir.Attr) else None
            if not isinstance(made, ir.Call):
                break
            chain = made
        if any(_listens(scope, arg.value) for arg in chain.args):
            found.add(id(called.call))
    return frozenset(found)


def _listens(scope: Scope, handler: ir.Expr) -> bool:
    """Whether a handler makes something of an answer; to let it run out is nothing."""
    body = scope.module.functions[handler.function].body if isinstance(handler, ir.Closure) else ()
    stack: list[Any] = [*body]
    while stack:
        node = stack.pop()
        if isinstance(node, (ir.Assign, ir.Raise)):
            return True
        if isinstance(node, ir.Call):
            within = [arg.value for arg in node.args if isinstance(arg.value, ir.Closure)]
            if len(within) < len(node.args) and not within:
                return True
            stack += (each for one in within for each in scope.module.functions[one.function].body)
        stack += below(node)
    return False


def _awaited(expr: Any) -> bool:
    return type(expr) is ir.Unary and expr.op == "await" and type(expr.value) is ir.Call and not _caught(expr.value)


def _caught(call: ir.Call) -> bool:
    return type(call.callee) is ir.Attr and call.callee.name in {"catch", "then"}


def _swallows(body: ir.Block) -> bool:
    return not any(type(node) in {ir.Raise, ir.Call} for node in walk(body))
