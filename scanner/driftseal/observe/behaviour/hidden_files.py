"""Every file of a folder whose name begins with a dot, read for that: ``.env`` is one, and what else tools keep so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.nodes import last, strings, text, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.regexes import regex

_READERS: Final = frozenset(
    {"readFile", "readFileSync", "createReadStream", "read_text", "read_bytes", "open", "readTextFile", "openAsBlob"}
    | {"ReadFile", "ReadAllText", "ReadAllBytes"}
)
_BEGINS: Final = frozenset({"startswith", "startsWith", "HasPrefix", "StartsWith"})
_SHAPED: Final = frozenset({"fnmatch", "fnmatchcase"})
_MATCHES: Final = frozenset({"match", "fullmatch", "test"})
_LISTS: Final = frozenset({"glob", "iglob", "rglob", "globSync", "sync"})
_ROUNDS: Final = frozenset({"map", "flatMap", "forEach", "reduce"})
_DOT_FIRST: Final = regex(r"/?\^?(?:\\\.|\[\.\])(?:$|/$|[.\[]|\\w)")
"""A pattern of whole names that begin with a dot, whatever comes next; ``\\.md$`` is an ending."""
_ENDING: Final = regex(r"(?i)ext|suffix")
"""How the ending of a name is called, which begins with a dot as well."""
_FIRST: Final = frozenset({"charAt", "at", "slice", "substring"})
_STEPS: Final = 8
"""Calls in a row by which a list of files is made."""


def _origin(scope: Scope, node: Any) -> int | None:
    return int(node.line) if id(node) in _read(scope) else None


@once
def _read(scope: Scope) -> frozenset[int]:
    """Calls that read a file because its name begins so."""
    return frozenset([id(node) for part in _parts(scope) for node in walk(part) if _reads(node)])


def _reads(node: Any) -> bool:
    return type(node) is ir.Call and last(node.callee) in _READERS


def _parts(scope: Scope) -> Iterator[Any]:
    """What is done with such files alone."""
    yield from (node.then for node in scope.of(ir.If, ir.Choice) if _asks(node.test))
    yield from (node.body for node in scope.of(ir.Loop) if node.source is not None and _picked(scope, node.source))
    for made in scope.of(ir.Comprehension):
        if any(map(_asks, made.tests)) or any(_picked(scope, each) for each in made.sources):
            yield made.element
    for call in scope.of(ir.Call):
        if type(call.callee) is ir.Attr and call.callee.name in _ROUNDS and _picked(scope, call.callee.value):
            yield from _bodies(scope, call)


def _bodies(scope: Scope, call: ir.Call) -> list[ir.Block]:
    """What functions do that a call is given."""
    given = (arg.value for arg in call.args)
    return [scope.module.functions[each.function].body for each in given if isinstance(each, ir.Closure)]


def _picked(scope: Scope, expr: Any) -> bool:
    """Whether a list holds such files alone: ``names.filter((name) => name.startsWith("."))``, ``root.glob(".*")``."""
    for _ in range(_STEPS):
        expr = scope.set_to(expr)
        if type(expr) is ir.Comprehension:
            return any(map(_asks, expr.tests))
        if type(expr) is not ir.Call:
            return False
        name = last(expr.callee)
        if name in _LISTS and expr.args and any(_own(str(each.value)) for each in strings(expr.args[0].value)):
            return True
        if name == "filter":
            inside = (each for body in _bodies(scope, expr) for each in walk(body))
            if any(type(each) is ir.Return and _asks(each.value) for each in inside):
                return True
        inner = expr.args[-1].value if expr.args and type(expr.callee) is ir.Name else None
        expr = expr.callee.value if type(expr.callee) is ir.Attr else inner
    return False


def _own(shape: str) -> bool:
    """Whether a shape of names has each begin with a dot: ``.*``, ``**/.*``, ``.[a-z]*``."""
    name = shape.rpartition("/")[2]
    return name.startswith((".*", ".[", ".?"))


def _asks(test: Any) -> bool:
    """Whether a test lets names through because they begin with a dot."""
    waiting = [test]
    while waiting:
        node = waiting.pop()
        if type(node) is ir.Binary and node.op in {"and", "or", "&&", "||"}:
            waiting += (node.left, node.right)
        elif type(node) is ir.Binary and node.op == "==":
            sides = (node.left, node.right)
            ending = any(_ENDING.search(last(each)) for side in sides for each in walk(side))
            if any(text(each) == "." for each in sides) and any(map(_is_first, sides)) and not ending:
                return True
        elif type(node) is ir.Call and node.args and _of_names(node):
            return True
    return False


def _of_names(call: ir.Call) -> bool:
    """``name.startswith(".")``, ``fnmatch(name, ".*")``, and patterns that begin with a dot."""
    name, given = last(call.callee), [text(arg.value) for arg in call.args]
    on = call.callee.value if type(call.callee) is ir.Attr else None
    if any(_ENDING.search(last(each)) for each in walk((on, *call.args))):
        return False
    if name in _BEGINS:
        return "." in given
    if name in _SHAPED:
        return any(map(_own, given))
    anchored = name != "test" or text(on).startswith("/^")
    return name in _MATCHES and anchored and any(_DOT_FIRST.match(each) for each in (text(on), *given))


def _is_first(expr: Any) -> bool:
    """``name[0]``, ``name[:1]``, ``name.charAt(0)``."""
    if type(expr) is ir.Index:
        return type(expr.key) in {ir.Const, ir.Group}
    return type(expr) is ir.Call and last(expr.callee) in _FIRST


HIDDEN: Final = Kind("hidden-file", _origin, (ir.Call,), strict=True, words=_READERS)
