"""What being one of several says of a value: of a list, of the parts of a text, of what a caller allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.taint import forms, subjects, targets
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.labels import GIVEN, HOSTS, LISTED, Guard, chain
from driftseal.observe.taint.summary import Check
from driftseal.observe.taint.values import Value, deep
from driftseal.observe.taint.words import words

_FOLDERS: Final = frozenset("/\\:")
"""Letters by which a name leads into another folder, beside two dots."""
_FIRST_WORD: Final = Guard(strong=False, what="a word of it is none of a list", kinds=frozenset({"command"}))


def member(frame: Frame, subject: ir.Expr, whole: ir.Expr, *, truth: bool) -> Iterator[Check]:
    """What being one of a list, or none of it, says of a value."""
    collection = frame.value(whole)
    given = subjects.given(collection, frame.value(subject)) if truth else None
    if given is not None and subjects.whole(frame, subject):
        yield from _allowed(frame, subject, f"{GIVEN}{given}", strong=False)
    elif not subjects.kept(collection) or (isinstance(subject, ir.Const) and not subjects.own(collection)):
        if isinstance(subject, ir.Const) or subjects.own(frame.value(subject)):
            yield from forms.denied(frame, whole, "does not contain a text", frame.value(subject), truth=truth)
    elif not subjects.whole(frame, subject):
        if not truth:
            yield from subjects.checked(frame, subject, _FIRST_WORD)
    elif truth:
        yield from _one_of(frame, subject, whole, collection)
    elif forms.private(collection):
        yield from subjects.checked(frame, subject, forms.UNPRIVATE, anywhere=True)
    else:
        part = subjects.part_of_url(frame, subject)
        none = Guard(strong=False, what="is none of a list", kinds=HOSTS if part else subjects.ALL)
        yield from subjects.checked(frame, subject, none, anywhere=bool(part))


def _allowed(frame: Frame, subject: ir.Expr, what: str, *, strong: bool) -> Iterator[Check]:
    """A value, or the host of an address, is one of those that are allowed."""
    part = subjects.part_of_url(frame, subject)
    if part in {"", "host"}:
        guard = Guard(strong, f"host {what}" if strong and part else what, HOSTS if part else subjects.ALL)
        yield from subjects.checked(frame, subject, guard, anywhere=bool(part))


def _one_of(frame: Frame, subject: ir.Expr, whole: ir.Expr, collection: Value) -> Iterator[Check]:
    text = one_text(frame, whole)
    if subjects.part_of_url(frame, subject) == "scheme":
        scheme = Guard(strong=False, what="scheme is one of a list", kinds=HOSTS)
        yield from subjects.checked(frame, subject, scheme, anywhere=True)
        yield from forms.schemed(frame, subject, "scheme", _texts(collection))
    elif not text and (reads := forms.reading(collection)) is not None and _first_word(frame, subject):
        # What is run is the line that goes on after the word.
        yield from subjects.checked(frame, subject, reads)
    else:
        letters = frame.value(whole).text or "/"
        if text and _FOLDERS.isdisjoint(letters) and ".." not in letters:
            # Whatever part of it that is, it leads into no folder.
            plain = Guard(strong=True, what="is made of letters of a text", kinds=subjects.PATHS)
            yield from subjects.checked(frame, subject, plain)
        yield from _allowed(frame, subject, "stands in a text" if text else LISTED, strong=not text)


def one_text(frame: Frame, whole: ir.Expr) -> bool:
    """Whether what something is looked for in is a text, which holds each of its parts: ``os.environ["HOSTS"]``."""
    if frame.value(whole).text is not None:
        return True
    for _ in range(subjects.HOPS):
        whole = subjects.set_to(frame, whole)
        if isinstance(whole, ir.Binary) and whole.op in {"or", "||", "??"}:
            whole = whole.left
        elif (
            isinstance(whole, ir.Call)
            and isinstance(whole.callee, ir.Attr)
            and whole.callee.name in words("respelling")
        ):
            whole = whole.callee.value
        else:
            break
    return isinstance(whole, ir.Text) or _of_environment(whole)


def _of_environment(expr: ir.Expr) -> bool:
    """Whether an expression is a variable of the environment, which is a text in every language."""
    if isinstance(expr, ir.Call):
        if targets.called(expr) in {"getenv", "Getenv"}:
            return True
        holder = expr.callee.value if isinstance(expr.callee, ir.Attr) and expr.callee.name == "get" else None
    else:
        holder = expr.value if isinstance(expr, (ir.Attr, ir.Index)) else None
    return isinstance(holder, (ir.Attr, ir.Name)) and subjects.names(holder)[0] in {"environ", "env"}


def _first_word(frame: Frame, subject: ir.Expr) -> bool:
    """Whether a value is the first of the words that a text was split into, however it is spelled."""
    inner = subjects.written(frame, subject)
    for _ in range(subjects.HOPS):
        if isinstance(inner, ir.Call) and isinstance(inner.callee, ir.Attr) and not inner.args:
            inner = subjects.written(frame, inner.callee.value)
    if isinstance(inner, ir.Call):
        # A helper may take it out: ``kind(statement) in READING``.
        steps = {step.what for taint in deep(frame.value(subject)).values() for step in chain(taint.node)}
        return "passed through split()" in steps
    if not isinstance(inner, ir.Index) or not isinstance(inner.key, ir.Const) or inner.key.value != 0:
        return False
    parts = subjects.written(frame, inner.value)
    return isinstance(parts, ir.Call) and targets.called(parts) in {"split", "Split", "Fields", "split_whitespace"}


def _texts(collection: Value) -> list[str | None]:
    """What is in a list, or the keys of a table; None for what is not constant."""
    fields = collection.fields or {}
    return [each.text for each in fields.values()] if collection.items else [*fields]
