"""Branches on date, counter, machine or user around something dangerous."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.outlets import writing
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code

_EPOCH: Final = 1_500_000_000
"""A number from here on is a moment in seconds or milliseconds, not a span."""
_NAMED: Final = frozenset({ir.Name, ir.Attr, ir.Call})
_DEPENDS: Final = frozenset({"clocks", "machines", "environments"})
"""Subjects of names by which one day, machine or setting differs from another."""
_DANGERS: Final = frozenset({"command", "argv", "code", "outward", "ssrf", "path-delete", "download-execute"})
_FEW: Final = frozenset({"command", "argv", "code", "path-delete", "outward"})
_NETWORK: Final = frozenset({"outward", "ssrf"})
_PAYLOADS: Final = frozenset({"data", "json", "body", "files", "content", "params"})
_REPLACERS: Final = frozenset({"replace", "replaceAll"})
_TIMERS: Final = frozenset({"setTimeout", "setInterval", "setImmediate"})
_WAITERS: Final = frozenset({"Timer", "setTimeout", "call_later", "call_at", "enter", "enterabs", "scheduleJob"})
_ORDERS: Final = frozenset({"<", ">", "<=", ">=", "==", "!=", "%", "in", "not in"})
_COMPARES: Final = frozenset(
    {"startswith", "endswith", "startsWith", "endsWith", "includes", "match", "test", "search", "has", "fullmatch"}
    | {"isBefore", "isAfter", "isSame", "isSameOrAfter", "isSameOrBefore", "diff"}
)
_CALENDAR: Final = frozenset(
    {"weekday", "isoweekday", "getHours", "getDay", "getDate", "hour", "day", "month", "getMonth", "getUTCHours"}
)


def find(code: Code) -> Iterator[Fact]:
    """``date-trigger``, ``machine-trigger``, ``ci-trigger``, ``counter-trigger``, ``argument-changed``."""
    for scope in code.scopes:
        yield from _tampered(scope)
        branches = scope.of(ir.If)
        counted = counters(scope) if branches else frozenset()
        for node in branches:
            why = reason(scope, node.test, counted)
            if why in {"date", "machine", "counter"}:
                yield from _falsified(scope, node, why)
            if why and why != "elapsed":
                yield from _branch(scope, node, why)
                yield from _later(scope, node, why)
        yield from _timed(scope)


def _timed(scope: Scope) -> Iterator[Fact]:
    """``Timer(DAY - now(), wipe)``, ``setTimeout(wipe, DAY - Date.now())``: what waits for a day that is fixed."""
    for node in scope.of(ir.Call) if not _WAITERS.isdisjoint(scope.lasts) else ():
        if spelled(node.callee).rpartition(".")[2] not in _WAITERS:
            continue
        done = {id(arg.value) for arg in node.args if isinstance(arg.value, ir.Closure)}
        bodies = [scope.module.functions[arg.value.function].body for arg in node.args if id(arg.value) in done]
        # Of a function by its name, the call that it stands for.
        bodies += [(ir.Do(call, call.line),) for starter, (_, call) in scope.started if starter is node]
        named = [arg.value for arg in node.args if isinstance(arg.value, ir.Name) and not bodies]
        bodies += [(ir.Do(ir.Call(each, (), node.line, new=False), node.line),) for each in named]
        waits = [arg.value for arg in node.args if id(arg.value) not in done]
        if not any(reason(scope, each, frozenset()) == "date" and is_moment(scope, each) for each in waits):
            continue
        danger = next((each for body in bodies for each in _done(scope, body)), None)
        if danger is not None:
            yield scope.fact("date-trigger", node.line, f"{danger[1]} waits for it", (danger[0], "done only then"))


def _done(scope: Scope, body: ir.Block) -> Iterator[tuple[int, str]]:
    """What is dangerous in a body, of calls that stand there or that another call stands for."""
    yield from dangers(scope, body, _DANGERS)
    for node in walk(body):
        helper = scope.helper(node) if isinstance(node, ir.Call) else None
        for called in helper.calls if helper is not None else ():
            if helper is not None and helper.kinds(called) & _FEW and called.name not in _TIMERS:
                yield node.line, called.name


def is_moment(scope: Scope, test: ir.Expr) -> bool:
    """Whether a test names one day or year, not an hour or a day of each week."""
    return any(_moment(node.value) for _, node in _known(scope, test) if isinstance(node, ir.Const))


def _tampered(scope: Scope) -> Iterator[Fact]:
    """``branch = there ? "main" : branch``: what a caller gave is put out of the way on some days or machines."""
    choices = scope.of(ir.Choice)
    given = callers.names(scope) if choices else frozenset[str]()
    for node in choices:
        for kept, other in ((node.then, node.otherwise), (node.otherwise, node.then)):
            if not isinstance(kept, ir.Name) or kept.id not in given or isinstance(other, ir.Name):
                continue
            why = reason(scope, node.test, counters(scope))
            if why in {"date", "machine", "counter"} and _replaces(other, kept.id):
                yield scope.fact("argument-changed", node.line, f"{kept.id}, by {why}")


def _falsified(scope: Scope, node: ir.If, why: str) -> Iterator[Fact]:
    """``if (calls > 25) value *= 0.985``: what is told is reckoned otherwise by then."""
    for each in node.then:
        if not isinstance(each, ir.Assign) or len(each.targets) != 1 or not isinstance(each.targets[0], ir.Name):
            continue
        name, value = each.targets[0].id, each.value
        # A time to wait grows with the number of tries, too; it is told to nobody.
        reckoned = (each.adds or isinstance(value, ir.Binary)) and any(
            isinstance(one, ir.Const) and isinstance(one.value, (int, float)) and one.value not in {0, 1, 2}
            for one in walk(value)
        )
        told = reckoned and any(
            isinstance(one, ir.Name) and one.id == name
            for given in scope.of(ir.Return)
            for one in (walk(given.value) if given.value is not None and not _waiting(given.value) else ())
        )
        if (told and name not in counters(scope)) or (why != "machine" and _spoilt(scope, node.test, name, value)):
            yield scope.fact("argument-changed", each.line, f"{name}, by {why}", (node.line, "decided here"))


def _spoilt(scope: Scope, test: ir.Expr, name: str, value: ir.Expr) -> bool:
    """``if (runs % 40 === 0) code = code.replace(…)``: what is put into a file is another one now and then."""
    callee = value.callee if isinstance(value, ir.Call) else None
    if not isinstance(callee, ir.Attr) or callee.name not in _REPLACERS or spelled(callee.value) != name:
        return False
    if not any(isinstance(each, ir.Binary) and each.op == "%" for each in walk(test)) and not is_moment(scope, test):
        return False
    written = (arg.value for called in writing(scope) for arg in called.call.args)
    return any(isinstance(each, ir.Name) and each.id == name for given in written for each in walk(given))


def _waiting(value: ir.Expr) -> bool:
    """``(done) => setTimeout(done, wait)``."""
    return isinstance(value, ir.Call) and spelled(value.callee).rpartition(".")[2] in _TIMERS


def _replaces(other: ir.Expr, name: str) -> bool:
    """Whether a constant takes the place of a value, or the value is changed."""
    if isinstance(other, ir.Const):
        return isinstance(other.value, str) and bool(other.value)
    return isinstance(other, (ir.Call, ir.Text, ir.Binary)) and any(
        isinstance(each, ir.Name) and each.id == name for each in walk(other)
    )


def _later(scope: Scope, node: ir.If, why: str) -> Iterator[Fact]:
    """``if (Date.now() < DAY) return;`` with the deed in what follows."""
    rest = scope.rests.get(id(node), ())
    if not rest or not leaves_quietly(node) or (why in {"date", "counter"} and not _waits(scope, node.test)):
        return
    wanted = _DANGERS if why in {"date", "machine"} else _FEW
    danger = next(dangers(scope, rest, wanted), None)
    if danger is not None:
        yield scope.fact(f"{why}-trigger", node.line, f"{danger[1]} depends on it", (danger[0], "done only after it"))


def leaves_quietly(node: ir.If) -> bool:
    """Whether a branch only ends the function or the round of a loop, and says nothing."""
    if node.otherwise or len(node.then) != 1:
        return False
    [last] = node.then
    silent = isinstance(last, ir.Return) and (
        last.value is None or (isinstance(last.value, ir.Const) and not last.value.value)
    )
    return silent or isinstance(last, ir.Leave)


def _waits(scope: Scope, test: ir.Expr) -> bool:
    """Whether a test holds as long as it is too early, not once it is too late."""
    for _, node in _known(scope, test):
        if isinstance(node, ir.Unary) and node.op == "not":
            return True
        if isinstance(node, ir.Call) and isinstance(node.callee, (ir.Attr, ir.Name)) and _before(node.callee):
            return True
        if isinstance(node, ir.Binary):
            turned = isinstance(node.left, ir.Const)
            if node.op in {"!=", "not in"} or node.op in ({">", ">="} if turned else {"<", "<="}):
                return True
    return False


def _before(callee: ir.Attr | ir.Name) -> bool:
    return (callee.name if isinstance(callee, ir.Attr) else callee.id) in {"isBefore", "isSameOrBefore"}


def _branch(scope: Scope, node: ir.If, why: str) -> Iterator[Fact]:
    for branch in (node.then, node.otherwise):
        wanted = _DANGERS if why in {"date", "machine"} else _FEW
        danger = next((each for each in dangers(scope, branch, wanted)), None)
        fixed = why == "machine" or (why == "date" and is_moment(scope, node.test))
        danger = danger or (_emptied(scope, branch) if fixed else None)
        if danger is not None:
            yield scope.fact(f"{why}-trigger", node.line, f"{danger[1]} depends on it", (danger[0], "done only then"))


def _emptied(scope: Scope, branch: ir.Block) -> tuple[int, str] | None:
    """A statement that takes rows out of a database, or the table: line and beginning."""
    calls = (node for node in walk(branch) if isinstance(node, ir.Call))
    texts = (scope.constant(arg.value) or "" for node in calls for arg in node.args[:1])
    lines = (line for line in texts if says("emptying-statements", line))
    found = next(lines, None)
    return (branch[0].line, found[:40]) if found is not None else None


def reason(scope: Scope, test: ir.Expr, counted: frozenset[str]) -> str:
    """What a test depends on, if it compares that with something fixed; empty for anything else."""
    known = scope.reasons.get(id(test))
    if known is None:
        known = scope.reasons[id(test)] = _reason(scope, test, counted)
    return known


def _reason(scope: Scope, test: ir.Expr, counted: frozenset[str]) -> str:
    known = _known(scope, test)
    names = {where.name(node) for where, node in known if type(node) in _NAMED} - {""}
    told = _DEPENDS.intersection(chain.from_iterable(map(subjects, names)))
    counts = (bool(counted) and not counted.isdisjoint(spelled(node) for node in walk(test))) or _kept(scope, test)
    if not told and not counts:
        return ""
    constants = [node.value for _, node in known if isinstance(node, ir.Const)]
    compares = any(
        (isinstance(node, ir.Binary) and node.op in _ORDERS)
        or (isinstance(node, ir.Call) and spelled(node.callee).rpartition(".")[2] in _COMPARES)
        or (isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _COMPARES)
        for _, node in known
    )
    if "clocks" in told and (any(_moment(value) for value in constants) or (compares and _calendar(names))):
        return "date"
    if compares and "machines" in told and any(isinstance(each, str) for each in constants):
        return "machine"
    asked = {name.rpartition(".")[2] for name in names if ".env" in name}
    asked |= {value for value in constants if isinstance(value, str)}
    if "environments" in told and any(says("ci-variables", each) for each in asked):
        return "ci"
    numbers = [value for value in constants if isinstance(value, int) and not isinstance(value, bool) and value > 1]
    if compares and numbers and counts:
        return "counter"
    return "elapsed" if compares and "clocks" in told and numbers else ""


def _known(scope: Scope, test: ir.Expr) -> list[tuple[Scope, Any]]:
    """Nodes of a test, of what its names are set to, and of what helpers give back that it asks."""
    found: list[tuple[Scope, Any]] = []
    for node in walk(test):
        found.append((scope, node))
        if isinstance(node, ir.Name):
            value = scope.set_to(node)
            if value is not node:
                found += [(scope, each) for each in walk(value)]
        elif isinstance(node, ir.Call) and (helper := scope.helper(node)) is not None:
            for each in (one for given in helper.of(ir.Return) for one in walk(given.value)):
                found.append((helper, each))
                set_to = helper.set_to(each) if isinstance(each, ir.Name) else each
                found += [(helper, one) for one in walk(set_to)] if set_to is not each else []
    return found


def _kept(scope: Scope, test: ir.Expr) -> bool:
    """Whether a helper is asked that counts in a file."""
    counting = _counting(scope)
    return bool(counting) and any(id(node) in counting for node in walk(test))


@once
def _counting(scope: Scope) -> frozenset[int]:
    """Calls of helpers that count in a file, by the identity of their nodes."""
    return frozenset(id(called.call) for called, helper in scope.helped if _counts_in_file(helper))


@once
def _counts_in_file(helper: Scope) -> bool:
    adds = (each for each in helper.of(ir.Binary) if each.op == "+") if writing(helper) else ()
    return any(isinstance(each.right, ir.Const) and each.right.value == 1 for each in adds)


def _moment(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, (int, float)):
        return value >= _EPOCH or 2020 <= value <= 2100  # noqa: PLR2004  years
    return isinstance(value, str) and says("dates", value)


def _calendar(names: set[str]) -> bool:
    return any(name.rpartition(".")[2] in _CALENDAR for name in names)


@once
def counters(scope: Scope) -> frozenset[str]:
    """Names that outlive a call and are counted up in it."""
    found = set()
    outliving = scope.code.top(scope.path).keys() - {param.name for param in scope.function.params}
    for node in scope.of(ir.Assign, ir.Bind) if scope.number else ():
        adds = type(node) is ir.Assign and node.adds
        if not adds and not (type(node.value) is ir.Binary and node.value.op == "+"):
            continue
        for target in node.targets if type(node) is ir.Assign else (node.target,):
            written = spelled(target)
            counts_up = adds or spelled(node.value.left) == written
            if written and counts_up and not (type(target) is ir.Name and target.id not in outliving):
                found.add(written)
                table = spelled(target.value) if adds and type(target) is ir.Index else ""
                # ``self.calls[name] += 1`` with ``sum(self.calls.values()) == 4``
                if "." in table or table in outliving:
                    found.add(table)
    for call in scope.of(ir.Call) if scope.number else ():
        # ``usage.set(key, (usage.get(key) ?? 0) + 1)``
        callee = call.callee
        on = callee.value if isinstance(callee, ir.Attr) and callee.name == "set" and len(call.args) > 1 else None
        value = call.args[1].value if on is not None else None
        one = value.right.value if isinstance(value, ir.Binary) and isinstance(value.right, ir.Const) else None
        if isinstance(on, ir.Name) and on.id in outliving and one == 1:
            found.add(on.id)
    return frozenset(found)


def counts(scope: Scope, expr: ir.Expr) -> bool:
    """Whether a value depends on a name that outlives a call and is counted up, here or elsewhere in the function."""
    counted = counters(scope)
    top = scope.code.top(scope.path)
    for node in walk(expr):
        if isinstance(node, ir.Bind) and isinstance(node.target, ir.Name) and node.target.id in top:
            return True
        if isinstance(node, (ir.Name, ir.Attr)) and spelled(node) in counted:
            return True
    return False


def spelled(node: Any) -> str:
    """A name with its members, as written; empty for anything else."""
    parts = []
    while isinstance(node, (ir.Attr, ir.Index)):
        key = node.name if isinstance(node, ir.Attr) else node.key.value if isinstance(node.key, ir.Const) else "?"
        parts.append(str(key))
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ir.Name) else ""


def dangers(scope: Scope, branch: ir.Block, kinds: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Calls of a branch that are sinks of these kinds, themselves or one helper away: line and name."""
    for node in walk(branch):
        called = scope.by_call.get(id(node)) if isinstance(node, ir.Call) else None
        if called is None:
            continue
        found = scope.kinds(called) & kinds
        if (
            found
            and called.name not in _TIMERS
            and not called.name.endswith(("require", "import"))
            and (found - _NETWORK or _hands_over(scope, called))
        ):
            yield called.call.line, called.name
            continue
        helper = scope.helper(called.call)
        for each in helper.calls if helper is not None else ():
            if (
                helper is not None
                and helper.kinds(each) & _FEW
                and each.name not in _TIMERS
                and (helper.kinds(each) - _NETWORK or _hands_over(helper, each))
            ):
                yield called.call.line, each.name
                break


def _asked(scope: Scope) -> set[str]:
    """Names of addresses into whose query something is put: ``url.searchParams.set("f", path)``."""
    found = set()
    for node in scope.of(ir.Call) if "searchParams" in scope.words else ():
        callee = node.callee
        on = callee.value if isinstance(callee, ir.Attr) and callee.name in {"set", "append"} else None
        if isinstance(on, ir.Attr) and on.name == "searchParams" and isinstance(on.value, ir.Name):
            found.add(on.value.id)
    return found


def _hands_over(scope: Scope, called: Called) -> bool:
    """Whether a request carries something, not only asks."""
    if called.name.rpartition(".")[2] in {"post", "put", "patch", "sendall", "send", "sendto", "write", "sendmail"}:
        return True
    for place, arg in enumerate(called.call.args):
        if arg.name in _PAYLOADS or (place == 0 and isinstance(arg.value, (ir.Text, ir.Binary))):
            return True
        if place == 0 and isinstance(arg.value, ir.Name) and arg.value.id in _asked(scope):
            return True
        if isinstance(arg.value, ir.Mapping) and any(text(entry.key) in _PAYLOADS for entry in arg.value.entries):
            return True
    return False
