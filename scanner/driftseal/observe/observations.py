"""Everything that is observed of a run's items, computed once and shared by detection, drift and the AI-BOM."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from driftseal.limits import Limits
from driftseal.model.item import Item
from driftseal.model.observation import Capability, Relation
from driftseal.model.snapshot import Session
from driftseal.observe import capabilities, relations, views
from driftseal.observe.views import View

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed
    from driftseal.observe.files.base import Reading
    from driftseal.observe.pairs import Pair
    from driftseal.observe.program import Program


class Observations:
    """Lazy: what nobody asks for is never computed."""

    def __init__(
        self,
        sessions: Sequence[Session],
        limits: Limits,
        programs: Mapping[str, Program] | None = None,
        readings: Mapping[str, Mapping[str, Reading]] | None = None,
    ) -> None:
        """``programs`` holds the source of targets by their identity, ``readings`` files of models by item key too."""
        self.sessions = tuple(sessions)
        self.limits = limits
        self._programs = dict(programs or {})
        self._readings = dict(readings or {})
        # By identity of the item object: hashing its content would cost more than looking at it.
        self._views: dict[int, tuple[View, ...]] = {}
        self._cut: dict[int, bool] = {}
        self._deeds: dict[str, Mapping[str, tuple[Deed, ...]]] = {}

    def views(self, item: Item) -> tuple[View, ...]:
        """Every text of an item that a model or a person would see, decoded ones too."""
        known = self._views.get(id(item))
        if known is None:
            known = self._views[id(item)] = tuple(views.of_item(item, self.limits))
        return known

    def is_cut(self, item: Item) -> bool:
        """Whether an item holds more encoded text than is looked at."""
        known = self._cut.get(id(item))
        return any(view.cut for view in self.views(item)[-1:]) if known is None else known

    def leave(self, sessions: Sequence[Session]) -> None:
        """Let go of the texts of sessions at which everybody has looked: those of many servers fill the memory."""
        snapshots = (snapshot for session in sessions for snapshot in session.snapshots)
        for item in itertools.chain.from_iterable(snapshot.items for snapshot in snapshots):
            if id(item) in self._views:
                self._cut[id(item)] = self.is_cut(item)
                del self._views[id(item)]

    def program(self, identity: str) -> Program | None:
        """The source of a target; None where only what it shows is known."""
        return self._programs.get(identity)

    def reading(self, identity: str, key: str) -> Reading | None:
        """What the file shows that an item stands for; None where only its digest is known."""
        return self._readings.get(identity, {}).get(key)

    def deeds(self, identity: str) -> Mapping[str, tuple[Deed, ...]]:
        """What the code of each tool of a target does, by item key; nothing where there is no source."""
        if identity not in self._programs:
            return {}
        if identity not in self._deeds:
            from driftseal.observe import deeds

            self._deeds[identity] = deeds.of_program(self._programs[identity])
        return self._deeds[identity]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Running servers whose source was read in the same run."""
        if not self._programs:
            return ()
        from driftseal.observe import pairs

        known = {snapshot.target.identity: snapshot for session in self.sessions for snapshot in session.snapshots}
        return tuple(pairs.find(tuple(known.values()), self._programs))

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """What each tool can do, sorted."""
        return tuple(sorted({*capabilities.of_sessions(self.sessions), *self._of_code()}))

    def _of_code(self) -> Iterator[Capability]:
        for session in self.sessions:
            for snapshot in session.snapshots:
                program = self.program(snapshot.target.identity)
                if program is not None:
                    yield from capabilities.of_code(snapshot, program, self.deeds(snapshot.target.identity))
        for pair in self.pairs:
            # What the source shows, the running server can do.
            listed = {item.key for item in pair.live.items}
            for one in capabilities.of_code(pair.static, pair.program, self.deeds(pair.static.target.identity)):
                if one.item in listed:
                    yield replace(one, target=pair.live.target.identity)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Who provides, needs and mentions whom, sorted."""
        return tuple(sorted(set(relations.of_sessions(self.sessions))))
