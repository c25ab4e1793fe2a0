"""Nodes of the intermediate form, walked without recursion."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, Literal

from driftseal.code import ir
from driftseal.code.walk import ONE, SEVERAL

SELVES: Final = frozenset({"self", "this"})
"""Names of the object that a method belongs to."""
_EVIDENCE: Final = 160
"""Characters of a constant that evidence quotes."""
_JOINERS: Final = frozenset({"join", "Join", "resolve", "Path", "joinpath", "expanduser", "PurePath", "normalize"})
_ELSE: Final = frozenset({"or", "??"})
_GETTERS: Final = frozenset({"get", "getenv"})
_WITH_DEFAULT: Final = 2
"""Arguments of a call that looks something up, and says what to take where it is not there."""
_ERRORS: Final = frozenset({"err", "_", "ok", "error"})
_LETTERS: Final = frozenset({"chr", "fromCharCode", "fromCodePoint"})
_TURNING: Final = frozenset({"reverse", "reversed", "toReversed"})
_REPLACES: Final = frozenset({"replace", "replaceAll"})
_PLAIN: Final = frozenset(string.ascii_letters + string.digits + "-_ ~#@!%&;:,'\"<>=")
"""Letters that a pattern takes for themselves."""
_LARGEST: Final = 0x10FFFF
_PARTS: Final = 8
"""Parts of a path that are joined by one call."""
_CHAIN: Final = 200
"""Calls in a row, as in a.b().c(), that are taken apart to read one text."""

_CHILDREN: Final[Mapping[type, Callable[[Any], tuple[Any, ...]]]] = {
    ir.Attr: lambda node: (node.value,),
    ir.Index: lambda node: (node.value, node.key),
    ir.Call: lambda node: (node.callee, *node.args),
    ir.Text: lambda node: node.parts,
    ir.Binary: lambda node: (node.left, node.right),
    ir.Unary: lambda node: (node.value,),
    ir.Group: lambda node: node.items,
    ir.Mapping: lambda node: node.entries,
    ir.Choice: lambda node: (node.test, node.then, node.otherwise),
    ir.Bind: lambda node: (node.target, node.value),
    ir.Comprehension: lambda node: (node.element, *node.targets, *node.sources, *node.tests),
    ir.Other: lambda node: node.parts,
    ir.Assign: lambda node: (*node.targets, node.value),
    ir.Do: lambda node: (node.value,),
    ir.Return: lambda node: (node.value,),
    ir.Raise: lambda node: (node.value,),
    ir.If: lambda node: (node.test, *node.then, *node.otherwise),
    ir.Loop: lambda node: (*node.targets, node.source, node.test, *node.body),
    ir.Try: lambda node: (*node.body, *node.handlers, *node.final),
    ir.Arg: lambda node: (node.value,),
    ir.Entry: lambda node: (node.key, node.value),
    ir.Handler: lambda node: node.body,
    tuple: lambda node: node,
}
"""What a node consists of; a kind that is missing here holds no nodes."""


_ONE: Final[Mapping[type, Callable[[Any], Any]]] = {
    **{kind: part for kind, part in ONE.items() if kind in _CHILDREN},
    ir.Text: attrgetter("parts"),
    ir.Handler: attrgetter("body"),
}
_SEVERAL: Final[Mapping[type, Callable[[Any], tuple[Any, ...]]]] = {
    kind: parts for kind, parts in SEVERAL.items() if kind is not ir.Text
}
"""The same as a stack takes it: the last part first, blocks whole."""


def below(node: Any) -> tuple[Any, ...]:
    """What a node or a block consists of, in the order of the source; None stands for a part that is left out."""
    children = _CHILDREN.get(type(node))
    return children(node) if children is not None else ()


def walk(start: Any) -> Iterator[Any]:
    """A node or a block and every node below it, in the order of the source, without recursion."""
    stack: list[Any] = [start]
    one, several = _ONE.get, _SEVERAL.get
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple:
            stack += node[::-1]
        elif node is not None:
            yield node
            if (part := one(kind)) is not None:
                stack.append(part(node))
            elif (parts := several(kind)) is not None:
                stack += parts(node)


def sort(start: Any, found: dict[type, list[Any]]) -> None:
    """Put what `walk` yields with the others of its kind; every node of a project passes here."""
    stack: list[Any] = [start]
    one, several = _ONE.get, _SEVERAL.get
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple:
            stack += node[::-1]
        elif node is not None:
            alike = found.get(kind)
            if alike is None:
                found[kind] = [node]
            else:
                alike.append(node)
            if (part := one(kind)) is not None:
                stack.append(part(node))
            elif (parts := several(kind)) is not None:
                stack += parts(node)


def strings(start: Any) -> Iterator[ir.Const]:
    """Every constant text below a node."""
    for node in walk(start):
        if type(node) is ir.Const and isinstance(node.value, str):
            yield node


def bound(target: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """Names that an assignment binds, each with what it is set to, as far as that can be told apart."""
    if type(target) is ir.Name:
        yield target.id, value
    elif type(target) is ir.Group:
        yield from _apart(target, value)
    elif type(target) is ir.Mapping and type(value) in {ir.Name, ir.Attr}:
        for entry in target.entries:
            if type(entry.value) is ir.Name and text(entry.key):
                yield entry.value.id, ir.Attr(value, text(entry.key), value.line)


def listening(assigned: Sequence[ir.Assign]) -> Iterator[ir.Call]:
    """``source.onmessage = (event) => …`` as the call that it stands for: ``source.on("message", (event) => …)``."""
    for node in assigned:
        for target in node.targets if type(node.value) in {ir.Closure, ir.Name} else ():
            if type(target) is ir.Attr and target.name.startswith("on") and target.name[2:].islower():
                event, callee = ir.Const(target.name[2:].strip("_"), node.line), ir.Attr(target.value, "on", node.line)
                args = (ir.Arg("", event, spread=False), ir.Arg("", node.value, spread=False))
                yield ir.Call(callee, args, node.line, new=False)


def _apart(target: ir.Group, value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) is ir.Group and len(target.items) == len(value.items):
        for name, each in zip(target.items, value.items, strict=True):
            if type(name) is ir.Name:
                yield name.id, each
    elif type(value) is ir.Choice:
        # ``[program, words] = mac ? […] : […]``: each name is one thing or another.
        others = dict(bound(target, value.otherwise))
        for known, each in bound(target, value.then):
            if known in others:
                yield known, ir.Choice(value.test, each, others[known], value.line)
    elif type(value) is ir.Call:
        # A function of Go tells with its last results whether the first is any good.
        first, *rest = target.items or (target,)
        if type(first) is ir.Name and rest and all(type(each) is ir.Name and each.id in _ERRORS for each in rest):
            yield first.id, value


def written(expr: Any) -> str:
    """A text as far as it is constant; a space stands for what is not."""
    found = []
    for node in walk(expr):
        if type(node) is ir.Const:
            found.append(str(node.value))
        elif type(node) is ir.Name or type(node) is ir.Attr:
            found.append(" ")
    return "".join(found)


def text(expr: ir.Expr | None) -> str:
    """A constant text; empty for anything else."""
    return expr.value if isinstance(expr, ir.Const) and isinstance(expr.value, str) else ""


def joins(node: Any) -> bool:
    """Whether a node joins the parts of a path."""
    if type(node) is ir.Binary:
        return bool(node.op == "/")
    return last(node.callee) in _JOINERS


def path(expr: Any, hops: int = 4, known: Callable[[Any], Any] = lambda expr: expr) -> str:
    """The constant parts of a path that is joined in place, with slashes between them; empty for anything else.

    ``known`` tells what a name is set to.
    """
    expr = _unset(known(expr), known) if type(expr) is ir.Name and hops else expr
    if type(expr) is ir.Call and expr.args and last(expr.callee) in _JOINERS and hops:
        on = known(expr.callee.value) if type(expr.callee) is ir.Attr else None
        if type(on) is ir.Group:
            # Parts in a list, put together with a slash.
            return "/".join(part for item in on.items[:_PARTS] if (part := fold(known(item), known)))
        head = path(expr.callee.value, hops - 1, known) if type(expr.callee) is ir.Attr else ""
        given = [_unset(known(arg.value), known) for arg in expr.args[:_PARTS]]
        parts = [text(each) or path(each, hops - 1, known) or listed(each) or fold(each, known) or "" for each in given]
        return "/".join(part for part in (head, *parts) if part)
    if type(expr) is ir.Text:
        return "".join(_piece(known(part)) for part in expr.parts[:_PARTS])
    if type(expr) is ir.Binary and expr.op == "/":
        tail = []
        for _ in range(_CHAIN):
            if type(expr) is not ir.Binary or expr.op != "/":
                break
            tail.append(text(expr.right) or fold(known(expr.right), known) or "")
            expr = expr.left
        head = text(expr) or (path(expr, hops - 1, known) if hops else "")
        return "/".join(part for part in (head, *reversed(tail)) if part)
    return ""


def listed(expr: Any) -> str:
    """The parts of a path that stand in a list, ``[".config", "app", "a.json"]``; empty for anything else."""
    parts = [text(item) for item in expr.items] if type(expr) is ir.Group and 1 < len(expr.items) <= _PARTS else ()
    return "/".join(parts) if all(parts) else ""


def _unset(expr: Any, known: Callable[[Any], Any]) -> Any:
    """What a path is where nobody sets the variable that may say otherwise: ``env.X ?? rest``, ``get("X", rest)``."""
    if type(expr) is ir.Binary and expr.op in _ELSE:
        return known(expr.right)
    asked = type(expr) is ir.Call and len(expr.args) == _WITH_DEFAULT and last(expr.callee) in _GETTERS
    return known(expr.args[1].value) if asked else expr


def _piece(part: Any) -> str:
    """What a part of a text is; of two that it may be, the first."""
    return text(part.then) if type(part) is ir.Choice else text(part)


def last(expr: Any) -> str:
    """The last part of a name or a member as it is written; empty for anything else."""
    return expr.id if type(expr) is ir.Name else expr.name if type(expr) is ir.Attr else ""


def fold(expr: Any, known: Callable[[Any], Any] = lambda expr: expr) -> str | None:
    """The text that is put together of constants alone: added up, joined, filled in, turned round; else None.

    ``known`` tells what a name is set to.
    """
    folding = _FOLDING.get(type(expr))
    return folding(expr, known) if folding is not None else None


def _fold_binary(expr: Any, known: Callable[[Any], Any]) -> str | None:
    if expr.op == "+":
        return _all(terms(expr), known)
    if expr.op == "*":
        return _times(text(expr.left), expr.right)
    if expr.op == "%":
        given = expr.right.items if type(expr.right) is ir.Group else (expr.right,)
        return _filled(text(expr.left), "%s", given, known)
    return None


def _fold_call(expr: Any, known: Callable[[Any], Any]) -> str | None:
    last = expr.callee.name if type(expr.callee) is ir.Attr else ""
    if last == "reduce":
        return _reduced(expr, known)
    if last == "join":
        return _joined(expr, known)
    if last in _REPLACES and len(expr.args) > 1:
        return _replaced(expr, known)
    if last == "format":
        return _filled(text(expr.callee.value), "{}", [arg.value for arg in expr.args], known)
    return None


def _replaced(call: Any, known: Callable[[Any], Any]) -> str | None:
    """``"ch-ild".replace("-", "")``, in JavaScript by a pattern as well that stands for its letters."""
    given, old, new = (known(each) for each in (call.callee.value, call.args[0].value, call.args[1].value))
    texts = [each.value if type(each) is ir.Const else None for each in (given, old, new)]
    whole, found, instead = texts
    if not isinstance(whole, str) or not isinstance(found, str) or not isinstance(instead, str) or not whole:
        return None
    if found.startswith("/") and found.rpartition("/")[0]:
        found = found[1:].rpartition("/")[0]
        if not _PLAIN.issuperset(found):
            return None
    return whole.replace(found, instead) if found else None


def _fold_index(expr: Any, known: Callable[[Any], Any]) -> str | None:
    """``"tide"[::-1]`` and ``"e-x-e-c"[::2]``."""
    cut = _slice(expr.key)
    return text(known(expr.value))[cut] or None if cut is not None else None


def _slice(key: Any) -> slice | None:
    """The slice that bounds say, all of them constant; one that is left out is nothing."""
    bounds = [_number(each) for each in key.items] if type(key) is ir.Group else []
    if not 1 < len(bounds) <= len(("from", "to", "step")) or any(each is False for each in bounds):
        return None
    return slice(*(each if each is not False else None for each in bounds)) if bounds[-1] != 0 else None


def _number(expr: Any) -> int | None | Literal[False]:
    """A number, also below zero; None for nothing, False for what is not constant."""
    if type(expr) is ir.Unary and expr.op == "-":
        below = _number(expr.value)
        return -below if below else below
    value = expr.value if type(expr) is ir.Const else False
    return value if value is None or type(value) is int else False


def terms(expr: Any) -> list[Any]:
    """What is added up, in order."""
    parts: list[Any] = []
    for _ in range(_CHAIN):
        if type(expr) is not ir.Binary or expr.op != "+":
            break
        parts.append(expr.right)
        expr = expr.left
    return [expr, *reversed(parts)]


def _all(parts: Sequence[Any], known: Callable[[Any], Any]) -> str | None:
    """The parts as one text, if each is constant."""
    found = [_repeated(_letter(known(part))) for part in parts]
    # One of them may be a list that is joined, of texts that stand there.
    made = [_joined(part, lambda expr: expr) if _is_joined(part) else text(part) for part in found]
    plain = (isinstance(part.value, str) if type(part) is ir.Const else _is_joined(part) for part in found)
    return "".join(each or "" for each in made) if all(plain) and None not in made else None


def _times(piece: str, count: Any) -> str | None:
    times = count.value if type(count) is ir.Const else None
    known = isinstance(times, int) and not isinstance(times, bool)
    return piece * times if known and isinstance(times, int) and 0 < times <= _CHAIN and piece else None


def _repeated(expr: Any) -> Any:
    """``"0" * 32`` as the text that it is; anything else as it stands."""
    whole = fold(expr) if type(expr) is ir.Binary and expr.op == "*" else None
    return ir.Const(whole, expr.line) if whole else expr


def _is_joined(expr: Any) -> bool:
    return type(expr) is ir.Call and type(expr.callee) is ir.Attr and expr.callee.name == "join"


def _letter(expr: Any) -> Any:
    """``chr(64)`` and ``String.fromCharCode(97, 98)`` as the text that it is; anything else as it stands."""
    if type(expr) is not ir.Call or last(expr.callee) not in _LETTERS or not 0 < len(expr.args) <= _CHAIN:
        return expr
    codes = [arg.value.value if isinstance(arg.value, ir.Const) else None for arg in expr.args]
    letters = [
        chr(code) for code in codes if isinstance(code, int) and not isinstance(code, bool) and 0 <= code <= _LARGEST
    ]
    return ir.Const("".join(letters), expr.line) if len(letters) == len(codes) else expr


def _filled(pattern: str, mark: str, given: Sequence[Any], known: Callable[[Any], Any]) -> str | None:
    texts = [text(known(each)) for each in given]
    pieces = pattern.split(mark)
    if not pattern or not all(texts) or len(pieces) != len(texts) + 1:
        return None
    return "".join(piece + each for piece, each in zip(pieces, (*texts, ""), strict=True))


def _reduced(call: Any, known: Callable[[Any], Any]) -> str | None:
    """``["a", "b"].reduce((all, one) => all + one)``."""
    group = known(call.callee.value)
    items = [text(known(item)) for item in group.items] if type(group) is ir.Group else []
    return "".join(items) if items and all(items) and call.args and type(call.args[0].value) is ir.Closure else None


def _joined(call: Any, known: Callable[[Any], Any]) -> str | None:
    """``["a", "b"].join("")``, ``"".join(["a", "b"])`` and ``"ba".split("").reverse().join("")``."""
    on, given = known(call.callee.value), known(call.args[0].value) if call.args else None
    group, between = (given, text(on)) if type(on) is ir.Const else (on, text(given))
    items = _items(group, known)
    return between.join(items) if items and all(items) else None


def _items(group: Any, known: Callable[[Any], Any], steps: int = _PARTS) -> list[str]:
    """The texts of a list that stand there, some of them, turned round, or of one text that is taken apart."""
    if not steps:
        return []
    group = known(group)
    if type(group) is ir.Group:
        return [text(known(item)) for item in group.items]
    if type(group) is ir.Index and (cut := _slice(group.key)) is not None:
        return _items(group.value, known, steps - 1)[cut] if type(known(group.value)) is ir.Group else []
    if type(group) is ir.Call and last(group.callee) in _TURNING:
        callee = group.callee
        whole = callee.value if isinstance(callee, ir.Attr) else group.args[0].value if group.args else None
        given = known(whole)
        return (list(text(given)) if type(given) is ir.Const else _items(given, known, steps - 1))[::-1]
    if type(group) is ir.Call and type(group.callee) is ir.Attr and group.callee.name == "split":
        plain, by = text(known(group.callee.value)), text(group.args[0].value) if group.args else ""
        return plain.split(by) if by else list(plain)
    return []


def quoted(given: str) -> str:
    """A constant as evidence shows it."""
    return given if len(given) <= _EVIDENCE else given[:_EVIDENCE] + "…"


_FOLDING: Final[Mapping[type, Callable[[Any, Callable[[Any], Any]], str | None]]] = {
    ir.Const: lambda expr, _: expr.value if isinstance(expr.value, str) else None,
    ir.Binary: _fold_binary,
    ir.Text: lambda expr, known: _all(expr.parts, known),
    ir.Call: _fold_call,
    ir.Index: _fold_index,
}
