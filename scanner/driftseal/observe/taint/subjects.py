"""What a condition is about: the value that is checked, and the part of it that is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ValueRef
from driftseal.observe.taint import targets
from driftseal.observe.taint.apis import SINKS
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import (
    HOSTS,
    KEYS,
    LINKS,
    UNREACHED,
    Guard,
    Label,
    Origin,
    Taint,
    Taints,
    chain,
    gone_through,
    merged,
)
from driftseal.observe.taint.shared import VARIABLE
from driftseal.observe.taint.summary import Check
from driftseal.observe.taint.values import Value, deep
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

PATHS: Final = frozenset({"path-read", "path-write", "path-delete", "path"})
OPTIONS: Final = frozenset({"argv-option", "argv"})
ALL: Final[frozenset[str]] = frozenset()
TYPED: Final = Guard(strong=True, what="is a text", kinds=frozenset({"document"}))
"""Whoever knows that a value is a text, and no object, says nothing of what stands in it."""
_OWN: Final = frozenset({"database", "file", "environment", "secret-file", "process", VARIABLE})
"""Sources that a list of what is allowed may come from."""
HOPS: Final = 6
PRIVATE: Final = "is none of some private hosts"
"""What a check says that knows some names and addresses by their text."""
_ASKED: Final = Guard(strong=True, what="the database was asked what it does", kinds=frozenset({"sql"}))
_ADDRESS: Final = regex(r"(?i)ur[il]|link|address|parsed|endpoint|^u\b")
"""How a parameter is called or typed that holds an address which was taken apart."""
_TAKEN_APART: Final = frozenset(
    {f"passed through {name}()" for name in ("URL", "URI", "Url", "urlparse", "urlsplit", "parse_url")}
)
"""Steps of an address that was taken apart."""
_EQUAL: Final = "equals another value"
_CONFINING: Final = frozenset({"begins with a folder", "lies below a folder", _EQUAL})
"""Checks that a path leads below a folder, as far as its text says."""


def checked(frame: Frame, expr: ir.Expr, guard: Guard, *, anywhere: bool = False) -> Iterator[Check]:
    """The checks that a guard on this expression makes; of a call in place, on what went into it too."""
    value = frame.value(expr)
    if guard.what == PRIVATE and found_by_name(frame, expr):
        guard = Guard(strong=True, what=UNREACHED, kinds=guard.kinds)
    if _apart(frame, expr, "address-parts"):
        guard = guard._replace(kinds=(guard.kinds or frozenset(SINKS)) - HOSTS)
        if not guard.kinds:
            return
    if not guard.kinds and _apart(frame, expr, "host-parts"):
        # Which host an address names says nothing of the path behind it.
        guard = guard._replace(kinds=frozenset(SINKS) - PATHS)
    inner = _inside(frame, expr)
    ending = part_of_path(frame, expr) and guard.kinds != PATHS
    blind = guard.strong and guard.what in _CONFINING and not _is_folder(expr)
    for label, taint in deep(value).items():
        held = _ASKED if not guard.strong and not guard.kinds and _answered(taint) else _said(guard, taint, blind=blind)
        if ending and held is not _ASKED:
            # How a name ends says nothing of where it leads.
            kinds = (guard.kinds or frozenset(SINKS)) - PATHS
            held = Guard(strong=False, what=f"{guard.what}, of a part alone", kinds=kinds)
        bare = guard.strong and not guard.kinds and "path-read" in taint.cleaned and not _answered(taint) and not ending
        if bare:
            # Of a name that was taken out of a path: of the path itself it says nothing.
            yield Check(label, None, Guard(strong=False, what=f"{guard.what}, of its last part alone", kinds=PATHS))
        yield from (Check(each, None if anywhere else taint.node, held) for each in _of_keys(label))
        if label in inner and not anywhere and not bare:
            # A word of a line that was split says nothing of the others.
            part = Guard(strong=False, what=f"{guard.what}, of a part alone", kinds=guard.kinds)
            yield Check(label, inner[label].node, part if isinstance(expr, ir.Index) else held)


def _said(guard: Guard, taint: Taint, *, blind: bool) -> Guard:
    """What a guard says of one value that is looked at; ``blind`` where it looks at a path by its text."""
    if "result" in taint.cleaned and not guard.strong:
        # What a database says of a statement is no look at its text, and may say more.
        return Guard(strong=False, what="is checked by what is answered to it", kinds=frozenset({"sql"}))
    if guard.kinds and guard.kinds & PATHS & taint.cleaned:
        return Guard(strong=False, what=f"{guard.what}, of its last part alone", kinds=guard.kinds)
    held = guard._replace(normal=False) if taint.node is not None and taint.node.normal else guard
    # A name that equals another one is a name; a path that does was put together of a folder and one.
    whole = guard.what != _EQUAL or (taint.node is not None and taint.node.parent is not None)
    if blind and whole and not (taint.node is not None and taint.node.real):
        return held._replace(what=f"{held.what}{LINKS}")
    return held


def _answered(taint: Taint) -> bool:
    """Whether a value is what came back for another one: that was read, or run, and is told by what it led to."""
    return "sql" in taint.cleaned and "code" not in taint.cleaned


def _inside(frame: Frame, expr: ir.Expr) -> Taints:
    """What goes into a call that stands in place, so that only its argument can be used later."""
    while isinstance(expr, (ir.Attr, ir.Index)):
        expr = expr.value
    if not isinstance(expr, ir.Call):
        return {}
    parts = [arg.value for arg in expr.args]
    if isinstance(expr.callee, ir.Attr):
        parts.append(expr.callee.value)
    found = []
    for part in parts:
        deeper = _inside(frame, part)
        found.append(deeper or deep(frame.value(part)))
    return merged(found)


def written(frame: Frame, expr: ir.Expr) -> ir.Expr:
    """What a name was last set to."""
    for _ in range(HOPS):
        inner = expr.value if isinstance(expr, ir.Unary) and expr.op == "await" else expr
        if not isinstance(inner, ir.Name) or inner.id not in frame.env.written:
            break
        expr = frame.env.written[inner.id]
    return expr


def set_to(frame: Frame, expr: ir.Expr) -> ir.Expr:
    """What a name was last set to here, or is set to at the top of a file."""
    expr = written(frame, expr)
    ref = frame.library.project.named(frame.path, expr.id) if isinstance(expr, ir.Name) else None
    return ref.value if isinstance(ref, ValueRef) else expr


def _of_keys(label: Label) -> Iterator[Label]:
    """What a check says something of: of a name, what lies under it came with it."""
    yield label
    if label.path[-1:] == (KEYS,):
        yield label._replace(path=label.path[:-1])


def _is_folder(expr: ir.Expr) -> bool:
    """Whether the folder in which something lies is looked at: what lies right in it has a name, and no path."""
    called = expr.callee if isinstance(expr, ir.Call) else expr
    return isinstance(called, ir.Attr) and called.name in {"dirname", "parent"}


def part_of_url(frame: Frame, expr: ir.Expr) -> str:
    """``host`` or ``scheme`` where that part of a URL is looked at, else empty."""
    expr = written(frame, expr)
    for _ in range(HOPS):
        if isinstance(expr, ir.Attr) and expr.name in words("host-parts"):
            return "" if _is_member(frame, expr) else "host"
        if isinstance(expr, ir.Name) and expr.id in words("host-parts") and expr.id not in frame.env.vars:
            return "host"  # of the function around: ``const { origin } = new URL(link)``
        if isinstance(expr, ir.Attr) and expr.name in words("scheme-parts"):
            return "scheme"
        if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr):
            expr = expr.callee.value
        elif isinstance(expr, ir.Binary):
            expr = expr.left
        else:
            break
        expr = written(frame, expr)
    return ""


def _apart(frame: Frame, expr: ir.Expr, parts: str) -> bool:
    """Whether a part of an address is looked at that was taken apart: its host; or what leads nowhere, its port."""
    expr = written(frame, expr)
    if not isinstance(expr, ir.Attr) or expr.name not in words(parts):
        return False
    taints = deep(frame.value(expr.value)).values()
    return any(step.what in _TAKEN_APART for taint in taints for step in chain(taint.node))


def _is_member(frame: Frame, expr: ir.Attr) -> bool:
    """Whether a parameter that is no address has a member of that name: ``target.host``, and no ``url.host``."""
    if expr.name != "host" or not isinstance(expr.value, ir.Name):
        return False
    for label, taint in frame.value(expr).taints.items():
        param = frame.function.params[label.root] if isinstance(label.root, int) and taint.node is None else None
        if param is not None and label.path[-1:] == (expr.name,):
            return _ADDRESS.search(f"{param.name} {param.annotation}") is None
    return False


def part_of_path(frame: Frame, expr: ir.Expr) -> bool:
    """Whether the ending of a name is looked at, which says nothing of the rest."""
    expr = written(frame, expr)
    for _ in range(HOPS):
        if isinstance(expr, ir.Attr) and expr.name in words("endings"):
            return True
        if isinstance(expr, ir.Call) and targets.called(expr) in words("endings"):
            return True
        if isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr):
            expr = written(frame, expr.callee.value)
        elif isinstance(expr, ir.Index):
            expr = written(frame, expr.value)
        else:
            break
    return False


def whole(frame: Frame, expr: ir.Expr) -> bool:
    """Whether the expression is a value that may be used, and not a measure of it such as its length."""
    inner = written(frame, expr)
    if isinstance(inner, ir.Call):
        name = targets.called(inner)
        return name not in {"len", "type", "typeof", "hash", "count", "index"}
    return not (isinstance(inner, ir.Attr) and inner.name in {"length", "size", "type", "ok", "status", "code"})


def own(value: Value) -> bool:
    """Whether nobody outside has chosen anything in it."""
    return all(isinstance(label.root, Origin) and label.root.kind in _OWN for label in deep(value))


def given(allowed: Value, value: Value) -> int | None:
    """The number of the parameter that holds what is allowed, where it is another one than that of the value."""
    roots, others = ({label.root for label in deep(each)} for each in (allowed, value))
    root = roots.pop() if len(roots) == 1 else None
    return (
        root if isinstance(root, int) and root not in others and any(isinstance(one, int) for one in others) else None
    )


def kept(value: Value) -> bool:
    """Whether it is the server's own, or was given to those who made the object or the function that asks."""
    return all(
        label.root.kind in _OWN if isinstance(label.root, Origin) else isinstance(label.root, str)
        for label in deep(value)
    )


def looked_up(frame: Frame, call: ir.Call) -> bool:
    """Whether a call is about addresses that a name was found to have."""
    parts = [arg.value for arg in call.args]
    if isinstance(call.callee, ir.Attr):
        parts.append(call.callee.value)
    return any(found_by_name(frame, part) for part in parts)


def found_by_name(frame: Frame, expr: ir.Expr) -> bool:
    """Whether an expression stands for what a look-up of a name gave."""
    while isinstance(expr, (ir.Attr, ir.Index)):
        expr = expr.value
    if any(_asks(step.what) for taint in deep(frame.value(expr)).values() for step in chain(taint.node)):
        return True
    either = written(frame, expr)
    ways = (either.then, either.otherwise) if isinstance(either, ir.Choice) else ()
    return any(_looks_up(written(frame, way)) for way in ways)


def _looks_up(expr: ir.Expr) -> bool:
    if isinstance(expr, ir.Unary) and expr.op == "await":
        expr = expr.value
    return isinstance(expr, ir.Call) and targets.called(expr) in words("looking-up")


def _asks(step: str) -> bool:
    return gone_through(step) in words("looking-up")


def names(expr: ir.Expr) -> list[str]:
    """The last parts of the names in an expression."""
    items = expr.items if isinstance(expr, ir.Group) else (expr,)
    return [item.id if isinstance(item, ir.Name) else item.name if isinstance(item, ir.Attr) else "" for item in items]
