"""What differs between two bills of materials: what is new, what is gone, and what is told of what stayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field

from driftseal.formats.bom_document import Document, Listed
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that reads otherwise now; empty where it was not there."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A component or a service that is in both documents."""

    old: Listed
    new: Listed
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it, sorted by kind and name."""

    added: tuple[Listed, ...] = field(default=())
    removed: tuple[Listed, ...] = field(default=())
    changed: tuple[Changed, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether both documents list the same."""
        return not (self.added or self.removed or self.changed)


def compare(old: Document, new: Document) -> Difference:
    """Hold two documents of one format against each other.

    Who is who is told by the package URL, then by the reference, then by the package URL without its version, then by
    name and version, then by the name: many tools make up their references anew each time, and most parts of AI have no
    package URL.
    """
    left, right = sorted(old.listed, key=_order), sorted(new.listed, key=_order)
    pairs: list[tuple[Listed, Listed]] = []
    for key in (_purl, _reference, _package, _release, _name):
        left, right = _paired(left, right, key, pairs)
    changed = [Changed(before, after, tuple(_changes(before, after))) for before, after in pairs]
    return Difference(
        tuple(right),
        tuple(left),
        tuple(sorted((one for one in changed if one.changes), key=lambda one: _order(one.new))),
    )


def _order(part: Listed) -> tuple[str, ...]:
    return (part.kind, part.type, part.group, part.name, part.version, part.purl, part.ref)


def _purl(part: Listed) -> tuple[str, ...]:
    return (part.kind, part.purl) if part.purl else ()


def _reference(part: Listed) -> tuple[str, ...]:
    return (part.kind, part.ref, part.name) if part.ref else ()


def _package(part: Listed) -> tuple[str, ...]:
    plain = part.purl.partition("#")[0].partition("?")[0]
    # An escaped «@» stands before a scope; a plain one only before the version.
    return (part.kind, plain.rpartition("@")[0] or plain) if part.purl else ()


def _release(part: Listed) -> tuple[str, ...]:
    return (*_name(part), part.version)


def _name(part: Listed) -> tuple[str, ...]:
    return (part.kind, part.type, part.group, part.name)


def _paired(
    left: Iterable[Listed],
    right: Iterable[Listed],
    key: Callable[[Listed], tuple[str, ...]],
    pairs: list[tuple[Listed, Listed]],
) -> tuple[list[Listed], list[Listed]]:
    """Add pairs of those that go by one key, in their order; what is left over of both sides."""
    waiting: dict[tuple[str, ...], list[Listed]] = {}
    for part in right:
        waiting.setdefault(key(part), []).append(part)
    alone: list[Listed] = []
    taken: set[int] = set()
    # From the end, since that is where a list gives up an entry at once.
    for parts in waiting.values():
        parts.reverse()
    for part in left:
        candidates = waiting.get(key(part)) if key(part) else None
        if candidates:
            other = candidates.pop()
            taken.add(id(other))
            pairs.append((part, other))
        else:
            alone.append(part)
    return alone, [part for part in right if id(part) not in taken]


def _changes(old: Listed, new: Listed) -> Iterable[FieldChange]:
    for name in sorted(old.fields.keys() | new.fields.keys()):
        before, after = old.fields.get(name, ""), new.fields.get(name, "")
        if before != after:
            yield FieldChange(name, before, after)
