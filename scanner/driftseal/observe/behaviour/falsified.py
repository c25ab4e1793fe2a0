"""Numbers that are told otherwise than they were reckoned, by a few per cent and in some cases alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.triggers import counters, reason, spelled
from driftseal.observe.behaviour.whole import Code

_LEAST: Final = 0.8
_MOST: Final = 1.25
"""Factors between which a number looks like the right one."""
_SHARE: Final = 0.2
"""Part of itself that a number may lose or gain, and look like the right one still."""
_MANY: Final = 50
"""An amount from which on a test picks the cases that are worth it."""
_OVER: Final = frozenset({">", ">="})
_PICKS: Final = frozenset({"date", "machine", "counter"})
_DRAWN: Final = "now and then"
_HIDDEN: Final = frozenset({_DRAWN, *(f"by {picked}" for picked in _PICKS)})
"""Cases by which nobody reckons a fee or a discount."""
_NAMED: Final = frozenset({"startswith", "startsWith", "includes", "endswith", "endsWith"})
_NUMBERS: Final = frozenset({"Decimal", "Number", "parseFloat", "float", "BigNumber"})


def find(code: Code) -> Iterator[Fact]:
    """``argument-changed``, of numbers."""
    for scope in code.scopes:
        for node in scope.of(ir.If):
            for each in node.then:
                if _shifts(scope, each):
                    yield from _told(scope, node.test, each)
        for node in scope.of(ir.Choice):
            either = ((node.then, node.otherwise), (node.otherwise, node.then))
            added = _is_part(node.then, node.otherwise) and why(scope, node.test) in _HIDDEN
            if added or any(_chosen(scope, changed, plain) for changed, plain in either):
                yield from _told(scope, node.test, node)
        for node in scope.of(ir.Binary):
            if node.op in {"-", "+"} and _of_table(scope, node) and not _said(scope, node):
                yield scope.fact("argument-changed", node.line, "a number, by a share that a table has for its size")


def _told(scope: Scope, test: ir.Expr, node: Any) -> Iterator[Fact]:
    picked = why(scope, test)
    # A test that draws a number says so by its nature.
    if picked and not _said(scope, *((node,) if picked == _DRAWN else (test, node))):
        yield scope.fact("argument-changed", node.line, f"a number, by a few per cent, {picked}")


def _shifts(scope: Scope, node: Any) -> bool:
    """``value = value * 0.985``, ``total -= total * 0.02``, ``return amount * 1.01``."""
    if isinstance(node, ir.Return) and node.value is not None:
        return _scaled(scope, node.value)
    if not isinstance(node, ir.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ir.Name):
        return False
    name = node.targets[0].id
    added = node.adds and (_near(scope, node.value) or _share(node.value, name))
    return (added or (not node.adds and _scaled(scope, node.value))) and any(
        isinstance(one, ir.Name) and one.id == name for each in scope.of(ir.Return) for one in walk(each.value)
    )


def _scaled(scope: Scope, value: Any) -> bool:
    """Whether a number is multiplied by what hardly changes it."""
    for node in walk(value):
        if isinstance(node, ir.Binary) and node.op == "*":
            for number, factor in ((node.left, node.right), (node.right, node.left)):
                if _near(scope, factor) and not isinstance(number, ir.Const):
                    return True
    return False


def _share(value: Any, name: str) -> bool:
    """``total * 0.02``, ``units // 100``, which is added or taken away."""
    divides = isinstance(value, ir.Binary) and value.op in {"/", "//"} and isinstance(value.right, ir.Const)
    if not isinstance(value, ir.Binary) or not (value.op == "*" or divides):
        return False
    sides = (value.left, value.right)
    part = next((each.value for each in sides if isinstance(each, ir.Const)), None)
    if value.op != "*":
        part = 1 / part if isinstance(part, (int, float)) and part else None
    own = any(isinstance(each, ir.Name) and each.id == name for each in sides)
    return own and isinstance(part, float) and 0 < part < _SHARE


def _chosen(scope: Scope, changed: Any, plain: Any) -> bool:
    """``amount > 9999 ? amount * 0.97 : amount``, ``amount * (late ? 1.01 : 1)``."""
    if isinstance(plain, ir.Const):
        return plain.value == 1 and _near(scope, changed)
    kept = spelled(plain)
    return bool(kept) and _scaled(scope, changed) and any(spelled(node) == kept for node in walk(changed))


def _is_part(part: Any, none: Any) -> bool:
    """``late ? value * 0.013 : 0``, which is added to the value."""
    named = (each.id for each in walk(part) if isinstance(each, ir.Name))
    return isinstance(none, ir.Const) and none.value == 0 and any(_share(part, name) for name in named)


def _of_table(scope: Scope, node: ir.Binary) -> bool:
    """``raw - raw * self.step[decade]``, of a table that leaves small numbers as they are."""
    part = node.right
    if not isinstance(part, ir.Binary) or part.op != "*" or not spelled(node.left):
        return False
    for number, share in ((part.left, part.right), (part.right, part.left)):
        if isinstance(share, ir.Index) and spelled(number) == spelled(node.left):
            name = last(share.value)
            top = scope.code.scope(FunctionRef(scope.path, 0))
            return bool(name) and top is not None and name in _tables(top)
    return False


@once
def _tables(top: Scope) -> frozenset[str]:
    """Names and fields of a file that hold shares of which some are none, so that not every case is changed."""
    found = set()
    for scope in top.code.of_file(top.path):
        given: list[tuple[str, Any]] = [(text(entry.key), entry.value) for entry in scope.of(ir.Entry)]
        for node in scope.of(ir.Assign) if scope.of(ir.Group) else ():
            given += [(last(target), node.value) for target in node.targets]
        for name, value in given:
            items = value.items if isinstance(value, ir.Group) else ()
            numbers = [
                each.value for each in items if isinstance(each, ir.Const) and isinstance(each.value, (int, float))
            ]
            shares = len(numbers) == len(items) and all(0 <= each < _SHARE for each in numbers)
            if name and shares and 0 in numbers and any(numbers):
                found.add(name)
    return frozenset(found)


def _near(scope: Scope, expr: Any) -> bool:
    value = _number(scope, expr)
    return value is not None and _LEAST < value < _MOST and value != 1


def _number(scope: Scope, expr: Any) -> float | None:
    """The number that stands here, also as a text of which one is made."""
    expr = scope.set_to(expr) if isinstance(expr, (ir.Name, ir.Attr)) else expr
    if isinstance(expr, ir.Call) and expr.args and scope.name(expr).rpartition(".")[2] in _NUMBERS:
        expr = expr.args[0].value
    value = expr.value if isinstance(expr, ir.Const) else None
    if isinstance(value, str) and value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdecimal():
        return float(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def why(scope: Scope, test: ir.Expr) -> str:
    """Which cases are picked; empty for any that nobody hides."""
    for node in walk(test):
        if isinstance(node, ir.Binary) and node.op in _OVER:
            over = _number(scope, node.right)
            if over is not None and over >= _MANY and spelled(node.left):
                return "from an amount on"
        call = node.callee.name if isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) else ""
        asked = node.args[0].value if isinstance(node, ir.Call) and node.args and call in _NAMED else None
        asked = node.right if isinstance(node, ir.Binary) and node.op == "==" else asked
        if asked is not None and says("somebody", scope.constant(asked) or ""):
            return "for somebody by name"
        if isinstance(node, ir.Call) and says("weak-random", scope.name(node)) and not says("clocks", scope.name(node)):
            return _DRAWN
    picked = reason(scope, test, counters(scope)) or ("counter" if _nth(test) else "")
    return f"by {picked}" if picked in _PICKS else ""


def _nth(test: ir.Expr) -> bool:
    """``next(self.serial) % 7 == 0``: every so many calls."""
    for node in walk(test):
        left = node.left if isinstance(node, ir.Binary) and node.op == "%" else None
        if isinstance(left, ir.Call) and last(left.callee) == "next":
            return True
    return False


def _said(scope: Scope, *parts: Any) -> bool:
    """Whether anything says that a number is reckoned so: names, the documentation, texts of the answer."""
    names = [one.id for each in parts for one in walk(each) if isinstance(one, ir.Name)]
    names += [one.name for each in parts for one in walk(each) if isinstance(one, ir.Attr)]
    names += [part for function in scope.functions for part in (function.qualname, function.doc)]
    names += [param.name for function in scope.functions for param in function.params]
    taken = scope.code.taken(scope.path).get(scope.number)
    names += [text(arg.value) for arg in taken.args if text(arg.value)] if taken is not None else []
    names += [text(entry.key) for entry in scope.of(ir.Entry) if entry.key is not None]
    names += [str(one.value) for one in scope.constants if " " in str(one.value)]
    return any(says("reckons-so", each) for each in names)
