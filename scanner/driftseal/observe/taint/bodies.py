"""What the body of a function shows before any data is followed: what it binds, what it sets, whether it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.walk import below

CONSTRUCTORS: Final = ("__init__", "constructor", "__post_init__")
"""What methods are called that make an object, those first that are looked for first."""
_REFUSING: Final = ("assert", "ensure", "require", "reject", "refuse")
"""How functions are called whose only use is to raise."""
_PROPERTIES: Final = frozenset({"property", "cached_property", "get"})
"""What stands above a method that is read as a member; ``get`` in JavaScript."""
_MEASURES: Final = frozenset({"len", "isinstance", "type", "str"})
_NEVER: Final = frozenset({"Never", "NoReturn", "never"})
"""What is said of a function that never comes back."""


def refuses(function: ir.Function) -> bool:
    """Whether a function looks into values, and raises."""
    body = statements(function.body)
    raises = function.name.lower().startswith(_REFUSING) or any(isinstance(each, ir.Raise) for each in body)
    return raises and any(isinstance(each, ir.If) and _looks(each.test) for each in body)


def fails(function: ir.Function) -> bool:
    """Whether a function raises whatever it is given, as it does or as its signature says."""
    if function.returns.rpartition(".")[2].strip("\"'") in _NEVER:
        return True
    plain = all(isinstance(each, (ir.Assign, ir.Do)) for each in function.body[:-1])
    return plain and isinstance(function.body[-1] if function.body else None, ir.Raise)


def is_property(function: ir.Function) -> bool:
    """Whether a method is called where it is only named."""
    return any(last(each) in _PROPERTIES for each in function.decorators)


def last(expr: ir.Expr) -> str:
    """The last part of a name; empty of anything else."""
    return expr.name if isinstance(expr, ir.Attr) else expr.id if isinstance(expr, ir.Name) else ""


def bound(function: ir.Function) -> frozenset[str]:
    """Names of a function's own variables."""
    found = {param.name for param in function.params}
    for param in function.params:
        if param.pattern is not None:
            found.update(names(param.pattern))
    found.update(_assigned(function.body))
    return frozenset(found - {"", *function.shared})


def called_alone(function: ir.Function) -> frozenset[int]:
    """Parameters that a function calls and does nothing else with; none where closures in it may do more."""
    numbers = {param.name: number for number, param in enumerate(function.params) if param.name and not param.rest}
    callees: dict[int, str] = {}
    elsewhere = _assigned(function.body)
    for node in below(function.body):
        if type(node) is ir.Closure:
            return frozenset()
        if type(node) is ir.Call and type(node.callee) is ir.Name and node.callee.id in numbers:
            callees[id(node.callee)] = node.callee.id
        elif type(node) is ir.Name and id(node) not in callees:
            elsewhere.add(node.id)
    return frozenset(numbers[name] for name in {*callees.values()} - elsewhere)


def statements(body: ir.Block) -> list[ir.Stmt]:
    """Every statement of a function, inner ones too."""
    found: list[ir.Stmt] = []
    waiting = [*body]
    while waiting:
        each = waiting.pop()
        found.append(each)
        if isinstance(each, ir.If):
            waiting += (*each.then, *each.otherwise)
        elif isinstance(each, ir.Loop):
            waiting += each.body
        elif isinstance(each, ir.Try):
            waiting += (*each.body, *each.final, *(inner for handler in each.handlers for inner in handler.body))
    return found


def _looks(test: ir.Expr) -> bool:
    """Whether a condition looks into a value, and not only whether there is one or how long it is."""
    if isinstance(test, ir.Unary):
        return _looks(test.value)
    if isinstance(test, ir.Binary):
        return test.op in {"in", "not in"} or _looks(test.left) or _looks(test.right)
    return isinstance(test, ir.Call) and not (isinstance(test.callee, ir.Name) and test.callee.id in _MEASURES)


def _assigned(body: ir.Block) -> set[str]:
    found: set[str] = set()
    for each in statements(body):
        for target in each.targets if isinstance(each, (ir.Assign, ir.Loop)) else ():
            found.update(names(target))
    return found


def names(target: ir.Expr) -> set[str]:
    """Variables that a target binds."""
    found: set[str] = set()
    waiting = [target]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ir.Name):
            found.add(each.id)
        elif isinstance(each, ir.Group):
            waiting += each.items
        elif isinstance(each, ir.Mapping):
            waiting += (entry.value for entry in each.entries)
        elif isinstance(each, ir.Unary):
            waiting.append(each.value)
        elif isinstance(each, ir.Bind):
            waiting.append(each.target)
    return found


def set_on_this(body: ir.Block) -> set[str]:
    """Members that a method sets on its object."""
    return {name for name, _ in _on_this(body)}


def written_to(bodies: Iterable[ir.Block], name: str) -> list[ir.Expr]:
    """What these methods set a member of their object to, apart from nothing."""
    found = (value for body in bodies for member, value in _on_this(body) if member == name)
    return [value for value in found if not (isinstance(value, ir.Const) and value.value is None)]


def _on_this(body: ir.Block) -> Iterator[tuple[str, ir.Expr]]:
    for each in statements(body):
        if not isinstance(each, ir.Assign):
            continue
        for target in each.targets:
            of = target.value if isinstance(target, ir.Attr) else None
            if isinstance(target, ir.Attr) and isinstance(of, ir.Name) and of.id in {"self", "this", "cls"}:
                yield target.name, each.value
