"""What a call reads or is used on, by the constants in it."""

from __future__ import annotations

import posixpath
from typing import Final

from driftseal.code import ir
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.models import Model
from driftseal.observe.taint.targets import Arguments

_WORDS: Final = 12
"""Constants of one argument that name what is read."""
_NAME: Final = 200
"""Characters of that name."""
_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def used_on(frame: Frame, expr: ir.Call, name: str, model: Model, args: Arguments) -> str:
    """What a capability is used on: the method of a request that changes something, else what the call names."""
    method = name.rpartition(".")[2].upper()
    if method in _METHODS:
        return method
    for values in (args.named, *((value.fields or {}) for value in args.positional if not value.items)):
        given = values["method"].text if "method" in values else None
        if given is not None and given.upper() in _METHODS:
            return given.upper()
    first = args.positional[0].text if args.positional else None
    if first is not None and first.upper() in _METHODS:
        return first.upper()
    of_itself = name.startswith("_io.") or any("self" in sink.args for sink in model.sinks)
    return read(frame, expr, of_itself=of_itself)


def read(frame: Frame, expr: ir.Call, *, of_itself: bool = False) -> str:  # noqa: C901  # a branch a kind of expression
    """The constant parts of what is read: the name of a variable, the path of a file."""
    words: list[str] = []
    parts: list[ir.Expr] = [] if of_itself else [arg.value for arg in expr.args[:1]]
    if not parts and isinstance(expr.callee, ir.Attr):
        parts = [expr.callee.value]
    while parts and len(words) < _WORDS:
        part = parts.pop(0)
        if isinstance(part, ir.Const) and isinstance(part.value, str):
            words.append(part.value)
        elif isinstance(part, ir.Name):
            known = frame.env.vars.get(part.id)
            written = frame.env.written.get(part.id)
            if known is not None and known.text is not None:
                words.append(known.text)
            elif written is not None and len(words) < _WORDS - 1 and not isinstance(written, ir.Name):
                parts.insert(0, written)
                words.append("")
        elif isinstance(part, ir.Call):
            named = isinstance(part.callee, ir.Name) and part.callee.id == "open"
            parts = [arg.value for arg in (part.args[:1] if named else part.args)] + parts
            if isinstance(part.callee, ir.Attr):
                parts.insert(0, part.callee.value)
        elif isinstance(part, ir.Binary):
            parts = [part.left, part.right, *parts]
        elif isinstance(part, ir.Text):
            parts = [*part.parts, *parts]
    return posixpath.normpath("/".join(word for word in words if word))[:_NAME] if any(words) else ""
