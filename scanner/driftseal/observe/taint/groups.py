"""What a match with a constant pattern leaves of a text: its groups, each by the characters that it may hold."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.observe.taint import forms, patterns, targets
from driftseal.observe.taint.apis import SINKS
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.values import Value, deep, member
from driftseal.observe.taint.words import words

_MOST: Final = 16
"""Groups of one pattern that are told apart."""
_DASH: Final = frozenset({"argv-option", "argv"})
_ADDRESSES: Final = frozenset({"ssrf", "browse"})
_HARMLESS: Final = frozenset(SINKS) - {"member", "process-environment"} | {"url-path"}


def of(frame: Frame, expr: ir.Call, result: Value) -> Value:
    """The result of a call, with the groups that a pattern takes out of what it is tried on where it is a match."""
    if not result.taints or result.fields or not isinstance(expr.callee, ir.Attr):
        return result
    name = expr.callee.name
    if name not in words("taking-out"):
        return result
    found = forms.pattern(frame, expr)
    if found is None or (name == "match" and found[1].startswith("/") and "g" in found[1].rpartition("/")[2]):
        return result  # every match, and no groups
    groups = patterns.groups(found[1])
    if not groups or len(groups) > _MOST:
        return result
    fields, named = {"0": Value(result.taints)}, {}
    for number, (called, source) in enumerate(groups, 1):
        fields[str(number)] = _cleaned(result, source)
        if called:
            named[called] = fields[str(number)]
    fields["groups"] = Value(fields=named)
    return Value(fields=fields, items=True, ref=result.ref)


def taken(expr: ir.Call, receiver: Value, args: targets.Arguments) -> Value | None:
    """``found.group(1)``, of a match whose groups are known."""
    if not receiver.items or "groups" not in (receiver.fields or {}) or targets.called(expr) != "group":
        return None
    given = args.positional[0].const if len(args.positional) == 1 and not args.named else None
    known = receiver.fields if isinstance(given, int) else member(receiver, "groups").fields
    return (known or {}).get(str(given))


def _cleaned(result: Value, source: str) -> Value:
    """A group, which is harmless wherever the few characters are that it may be made of."""
    held = patterns.held(source)
    if held is None:
        return Value(deep(result))
    clean = _HARMLESS - (_DASH if "-" in held else frozenset())
    clean -= _ADDRESSES if set(held) - {"digits"} else frozenset()
    taints = {label: taint._replace(cleaned=taint.cleaned | clean) for label, taint in deep(result).items()}
    return Value(taints)
