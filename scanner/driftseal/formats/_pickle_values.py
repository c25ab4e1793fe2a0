"""What lies on the stack of a pickle that is read and not run: constants as they are, everything else as a stand-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

REMEMBERED: Final = 64
"""Items of one container that are kept; all are counted."""
LONGEST: Final = 256
"""Characters of one string that are kept."""
HEAVIEST: Final = 1 << 62
_DEPTH: Final = 6
_ITEMS: Final = 12


@dataclass(slots=True, eq=False)
class Global:
    """A name that is imported."""

    module: str
    name: str
    offset: int
    odd: str = ""
    """Why it cannot be told exactly; empty where both parts are plain text."""

    @property
    def path(self) -> str:
        """Both parts, joined by a dot."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Call:
    """What a call gives."""

    opcode: str
    callee: Value
    args: Value
    offset: int
    keywords: Value = None
    state: Value = None
    """What the first ``BUILD`` gave it."""
    weight: int = 1


@dataclass(slots=True, eq=False)
class Container:
    """A tuple, list, dict (keys and values in turn), set or frozenset; ``kind`` says which."""

    kind: str
    items: list[Value]
    """The first few."""
    count: int = 0
    weight: int = 1
    """Values in it when written out in full, shared parts as often as they stand there."""
    inner: list[Container] | None = None
    """Containers that it got after it was made."""


@dataclass(slots=True, eq=False, frozen=True)
class Long:
    """A string or bytes too long to keep."""

    kind: str
    """``str`` or ``bytes``"""
    head: str | bytes
    offset: int
    """Of its content; 0 where it is written in another way than it is read."""
    size: int


@dataclass(slots=True, eq=False, frozen=True)
class Unknown:
    """A value of which nothing is known but why."""

    why: str


NUMBER: Final = Unknown("number")

Value: TypeAlias = None | bool | int | float | str | bytes | Global | Call | Container | Long | Unknown


def text_of(value: Value) -> str | None:
    """A value's text as far as it is kept, where it is text or bytes."""
    if isinstance(value, Long):
        value = value.head
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def size_of(value: Value) -> int | None:
    """A number that counts something."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def entries(value: Value) -> dict[str, Value]:
    """What a dict has under text keys, as far as it is kept."""
    if not isinstance(value, Container) or value.kind != "dict":
        return {}
    pairs = zip(value.items[::2], value.items[1::2], strict=False)
    return {key: item for key, item in pairs if isinstance(key, str)}


def items_of(value: Value) -> list[Value]:
    """The items that are kept of a container; none of anything else."""
    return value.items if isinstance(value, Container) else []


def shown(value: Value, limit: int, depth: int = _DEPTH) -> str:
    """A value in Python's notation, cut to about ``limit`` characters."""
    if isinstance(value, Global):
        return value.path
    if isinstance(value, Call):
        inside = shown_arguments(value, limit, depth - 1) if depth > 0 else "…"
        return f"{shown(value.callee, limit, depth - 1) if depth > 0 else '…'}({inside})"
    if isinstance(value, Container):
        return _container(value, limit, depth)
    return f"<{value.why}>" if isinstance(value, Unknown) else _constant(value, limit)


def _constant(value: None | float | str | bytes | Long, limit: int) -> str:
    if isinstance(value, Long):
        return f"{value.head[:limit]!r}…"
    if isinstance(value, str | bytes) and len(value) > limit:
        return f"{value[:limit]!r}…"
    return repr(value)


def shown_arguments(call: Call, limit: int, depth: int = _DEPTH) -> str:
    """A call's arguments in Python's notation, without the brackets."""
    if not isinstance(call.args, Container):
        return "*" + shown(call.args, limit, depth)
    inside = _joined(call.args.items, call.args.count, limit, depth)
    named = _container(cast("Container", call.keywords), limit, depth) if entries(call.keywords) else ""
    return ", ".join(part for part in (inside, f"**{named}" if named else "") if part)


def _container(value: Container, limit: int, depth: int) -> str:
    opening, closing = {"tuple": ("(", ")"), "list": ("[", "]")}.get(value.kind, ("{", "}"))
    if depth <= 0 and value.count:
        return f"{opening}…{closing}"
    if value.kind == "dict":
        return f"{{{_pairs(value, limit, depth)}}}"
    return f"{opening}{_joined(value.items, value.count, limit, depth)}{closing}"


def _joined(items: list[Value], count: int, limit: int, depth: int) -> str:
    told = []
    left = limit
    for item in items[:_ITEMS]:
        told.append(shown(item, max(left, 1), depth - 1))
        left -= len(told[-1])
        if left <= 0:
            break
    return ", ".join([*told, "…"] if count > len(told) else told)


def _pairs(value: Container, limit: int, depth: int) -> str:
    told: list[str] = []
    left = limit
    for key, item in list(zip(value.items[::2], value.items[1::2], strict=False))[:_ITEMS]:
        named = shown(key, max(left, 1), depth - 1)
        told.append(f"{named}: {shown(item, max(left - len(named), 1), depth - 1)}")
        left -= len(told[-1])
        if left <= 0:
            break
    return ", ".join([*told, "…"] if value.count > 2 * len(told) else told)
