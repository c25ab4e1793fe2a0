"""What a check saw inside one item, before it becomes a match."""

from __future__ import annotations

from driftseal.detect import _rules
from driftseal.limits import Limits
from driftseal.model.finding import Location, Match
from driftseal.model.item import Item
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Snapshot
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Spot:
    """One place, the words there, and what is wrong with them."""

    pointer: str
    evidence: str
    """As it stands at the pointer."""
    message: str
    """One sentence; it may hold text from outside, which reports escape."""
    span: tuple[int, int] = (0, 0)
    beside: tuple[str, ...] = ()
    """Pointers in the same item that contradict or explain it."""
    related: tuple[Location, ...] = ()
    """Places in other items."""
    confidence: Confidence | None = None
    view: str = ""
    """How the text was made readable; empty as it stands."""

    def match(self, rule: Rule, snapshot: Snapshot, item: Item, limits: Limits) -> Match:
        """The match of this rule on this spot."""
        own = (_rules.place(snapshot, item, pointer) for pointer in self.beside)
        return Match(
            rule.id,
            _rules.place(snapshot, item, self.pointer),
            _rules.cut(self.evidence, limits),
            message=_rules.cut(self.message, limits),
            span=self.span,
            view=self.view,
            related=_rules.nearest((*own, *self.related), limits),
            confidence=self.confidence,
        )
