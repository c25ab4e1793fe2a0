"""Everything that is observed of a run's items, computed once and shared by detection, drift and the AI-BOM."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from driftseal.limits import Limits
from driftseal.model.item import Item
from driftseal.model.observation import Capability, Relation
from driftseal.model.snapshot import Session
from driftseal.observe import capabilities, relations, views
from driftseal.observe.views import View


class Observations:
    """Lazy: what nobody asks for is never computed."""

    def __init__(self, sessions: Sequence[Session], limits: Limits) -> None:
        self.sessions = tuple(sessions)
        self.limits = limits
        # By identity of the item object: hashing its content would cost more than looking at it.
        self._views: dict[int, tuple[View, ...]] = {}

    def views(self, item: Item) -> tuple[View, ...]:
        """Every text of an item that a model or a person would see, decoded ones too."""
        known = self._views.get(id(item))
        if known is None:
            known = self._views[id(item)] = tuple(views.of_item(item, self.limits))
        return known

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """What each tool can do, sorted."""
        return tuple(sorted(set(capabilities.of_sessions(self.sessions))))

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Who provides, needs and mentions whom, sorted."""
        return tuple(sorted(set(relations.of_sessions(self.sessions))))
