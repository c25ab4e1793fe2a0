"""What the source of each package of a project declares, kept from one run to the next: see ``discovery.cache``.

Only listing is served so: where anything is judged, signed or compared, source is read. A package is kept where all of
it was read and nothing in it is made at run time; then its files, as they are, say everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from driftseal import snapshot
from driftseal.collect import _program, _roots
from driftseal.collect.base import Context
from driftseal.collect.discovery import cache
from driftseal.collect.discovery.cache import Cache, Entry
from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.model.snapshot import Reading
from driftseal.observe.program import Program

_MARK: Final = "#source"
_COUNTED: Final = "reading"
"""The row that says how much of the source was read."""
_COUNTS: Final = ("files", "functions", "tools", "aside")


@dataclass(frozen=True, slots=True)
class Listing:
    """What one package declares."""

    seen: tuple[Seen, ...]
    """Its tools, prompts and resources, with places in the package's project."""
    reading: Reading

    def items(self, prefix: str) -> Iterator[Item]:
        """The same as from its source. ``prefix`` is the folder that it was found from."""
        for one in self.seen:
            place = replace(one.place, uri=prefix + one.place.uri)
            yield snapshot.make_item(one.kind, one.name, dict(one.content), evidence=[place])

    @classmethod
    def of(cls, read: Program) -> Self | None:
        """What is kept of a package; None where its files do not say everything."""
        reading = _program.reading(read, unread=0)
        if read.unread or read.late or _roots.unknown(read) or not read.project.modules:
            return None
        things = _program.listed(_roots.served(read), (), "")
        return cls(tuple(map(_seen, (one for one in things if isinstance(one, Item)))), reading)


class Listings:
    """Use as a context manager. Without a place to keep anything it knows nothing."""

    def __init__(self, context: Context, root: Path) -> None:
        """``root`` is the folder of the project."""
        self._limits = context.limits
        self._cache: Cache | None = None
        # Who may know digests from earlier runs judges nothing; see ``Discovery.digest_of``.
        if context.discover is not None and context.discover.digest_of is not None:
            place = cache.place(context.environment, context.home, context.platform, root / _MARK)
            self._cache = Cache(place, context.limits)

    def __enter__(self) -> Self:
        if self._cache is not None:
            self._cache.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._cache is not None:
            kind, error, trace = raised
            self._cache.__exit__(kind, error, trace)  # type: ignore[arg-type]  # as they were given

    def key(self, root: str, files: Mapping[str, bytes], others: Mapping[str, Path]) -> str:
        """What a package is told by: its place, its files and what is in them, and the names of all that is beside."""
        return cache.key(root, files, others, self._limits) if self._cache is not None else ""

    def get(self, key: str, files: Mapping[str, bytes]) -> Listing | None:
        """What was declared when all was as it is."""
        entry = self._cache.get(key, files) if self._cache is not None else None
        head = entry.seen[0] if entry is not None and entry.seen else None
        counts = dict(head.content) if head is not None and head.kind is ItemKind.SERVER else {}
        numbers = [value for name in _COUNTS if type(value := counts.get(name)) is int]
        if entry is None or head is None or len(numbers) != len(_COUNTS):
            return None
        files_, functions, tools, aside = numbers
        return Listing(entry.seen[1:], Reading(files_, functions, tools, aside, 0))

    def put(self, key: str, listing: Listing, first: str) -> None:
        """Keep what a package declares; ``first`` is one of its files."""
        if self._cache is not None:
            counts: tuple[tuple[str, Json], ...] = tuple((name, getattr(listing.reading, name)) for name in _COUNTS)
            head = Seen(ItemKind.SERVER, _COUNTED, counts, Evidence(first))
            self._cache.put(key, Entry({}, (head, *listing.seen)))


def _seen(item: Item) -> Seen:
    content = item.content if isinstance(item.content, dict) else {}
    return Seen(item.kind, item.name, tuple(content.items()), item.evidence[0])
