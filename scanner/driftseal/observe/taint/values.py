"""What is known of a value while a function is read: where it comes from, what is constant, what it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from driftseal.code.project import Ref
from driftseal.observe.taint.labels import BY, NOTHING, PATH, Label, Origin, Taints, merged

_FIELDS: Final = 200
"""Members of one container that are told apart."""
_DEEP: Final = 4
"""Containers inside containers whose members are told apart."""


class Unknown:
    """The type of what is not constant."""


UNKNOWN: Final = Unknown()


class Value(NamedTuple):
    """An abstract value; never changed once made."""

    taints: Taints = NOTHING
    const: str | float | bool | Unknown | None = UNKNOWN
    fields: Mapping[str, Value] | None = None
    """Members by name or index."""
    items: bool = False
    """Whether the fields are those of a list, in order."""
    ref: Ref | None = None
    """What it stands for in the project or outside."""
    scope: Mapping[str, Value] | None = None
    """Of a closure: the variables around it."""

    @property
    def text(self) -> str | None:
        """The string it is, if it is one and always the same."""
        return self.const if isinstance(self.const, str) else None


CLEAN: Final = Value()


def deep(value: Value, depth: int = _DEEP) -> Taints:
    """Everything that a value or what it holds comes from."""
    if not value.fields or depth == 0:
        return value.taints
    return merged((value.taints, *(deep(each, depth - 1) for each in value.fields.values())))


def join(one: Value, other: Value, depth: int = _DEEP) -> Value:
    """What is known of a value that is one or the other."""
    if one is other or other is CLEAN:
        return one
    if one is CLEAN:
        return other
    const = one.const if one.const == other.const and type(one.const) is type(other.const) else UNKNOWN
    ref = one.ref if one.ref is not None else other.ref
    fields = one.fields
    if other.fields is not None and fields is not other.fields:
        fields = _joined(fields or {}, other.fields, depth)
    # Of lists of different lengths, what one of them has more may be there; whatever is taken from nothing fails.
    items = (one.items and (other.items or _is_nothing(other))) or (other.items and _is_nothing(one))
    scope = one.scope if one.scope is not None else other.scope
    taints = merged((one.taints, other.taints)) if one.taints or other.taints else NOTHING
    return Value(taints, const, fields, items, ref, scope)


def _is_nothing(value: Value) -> bool:
    return value.const is None and value.fields is None and not value.taints


def _joined(one: Mapping[str, Value], other: Mapping[str, Value], depth: int) -> Mapping[str, Value] | None:
    if depth == 0:
        return None
    both = dict(one)
    for name, value in other.items():
        if name in both:
            both[name] = join(both[name], value, depth - 1)
        elif len(both) < _FIELDS:
            both[name] = value
    return both


def with_field(value: Value, name: str, member: Value) -> Value:
    """The value once its member is set."""
    fields = dict(value.fields or ())
    if name not in fields and len(fields) >= _FIELDS:
        return with_taints(value, deep(member))
    fields[name] = member
    return Value(value.taints, UNKNOWN, fields, value.items, value.ref, value.scope)


def appended(value: Value, members: Iterable[Value]) -> Value:
    """A list once members are put at its end; they spoil the whole where their place is not known."""
    members = tuple(members)
    if value.items and len(value.fields or ()) + len(members) <= _FIELDS:
        fields = dict(value.fields or ())
        for member in members:
            fields[str(len(fields))] = member
        return Value(value.taints, UNKNOWN, fields, value.items, value.ref, value.scope)
    return with_taints(value, merged(deep(each) for each in members))


def with_taints(value: Value, taints: Taints) -> Value:
    """The value once something of these labels went into it."""
    if not taints:
        return value
    return Value(merged((value.taints, taints)), UNKNOWN, value.fields, value.items, value.ref, value.scope)


def with_clean(value: Value, kinds: frozenset[str]) -> Value:
    """The value once it can do no harm in sinks of these kinds."""
    taints = {label: taint._replace(cleaned=taint.cleaned | kinds) for label, taint in value.taints.items()}
    fields = {name: with_clean(each, kinds) for name, each in value.fields.items()} if value.fields else value.fields
    return value._replace(taints=taints, fields=fields)


def named(key: Value) -> str | None:
    """The name of a member, where it is constant."""
    if key.text is not None:
        return key.text
    return str(key.const) if isinstance(key.const, (int, float)) and not isinstance(key.const, bool) else None


def member(value: Value, name: str) -> Value:
    """What ``value.name`` is, as far as data goes. A part of what is tainted is tainted."""
    if value.fields is not None and name in value.fields:
        inner = value.fields[name]
        # What a list holds in unknown places was put behind those that are known: ``[program, "-v", *names]``.
        return with_taints(inner, value.taints) if value.taints and not value.items else inner
    if not value.taints:
        # A member that may have been set under a name that is not known.
        return CLEAN if value.fields is None or "*" not in value.fields else value.fields["*"]
    # Of a value that went through something, only the whole is known.
    return Value(
        {label if taint.node is not None else _part(label, name): taint for label, taint in value.taints.items()}
    )


def chosen(value: Value, key: Value) -> Value | None:
    """A member of what a function is given whose name another parameter tells; None of anything else.

    Who calls the function often says the name in so many words: ``text(args, "language")``.
    """
    if len(key.taints) != 1 or key.fields is not None or not value.taints or value.fields is not None:
        return None
    ((label, taint),) = key.taints.items()
    known = all(isinstance(each.root, int) and how.node is None for each, how in value.taints.items())
    if not known or not isinstance(label.root, int) or label.path or taint.node is not None:
        return None
    return Value({_part(each, f"{BY}{label.root}"): how for each, how in value.taints.items()})


def of_family(value: Value, begun: str) -> Value:
    """The value where of the environment only variables are meant whose names begin alike."""
    taints = {
        _part(label, f"{begun}*") if isinstance(label.root, Origin) and taint.node is None else label: taint
        for label, taint in value.taints.items()
    }
    return Value(taints, value.const, value.fields, value.items, value.ref, value.scope)


def _part(label: Label, name: str) -> Label:
    """The label of a member."""
    root, path = label
    if isinstance(root, Origin):
        named = root.kind == "environment" and not path and "." not in name
        return Label(root._replace(name=name), (name,)) if named else label
    return Label(root, (*path, name)) if len(path) < PATH else label
