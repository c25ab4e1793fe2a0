"""What the page shows, as JSON: parts by their number, links between them, and the facts of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from driftseal.bom import _outline
from driftseal.bom._cyclonedx_text import VALUE, fitting
from driftseal.bom._outline import Outline, Part
from driftseal.limits import Limits
from driftseal.model.bom import Bom, Component, ModelCard
from driftseal.model.item import Json

_PINNED: Final = frozenset({"driftseal:mcp:pinned", "driftseal:model:pinned", "driftseal:package:pinned"})
_ROOT: Final = "The whole"


def page_data(bom: Bom, limits: Limits) -> dict[str, Json]:
    """Everything that the page is made from; every text in it may be printed."""
    outline = Outline(bom)
    told = [part for _, parts in outline.grouped() for part in parts]
    told += [outline.parts[ref] for ref in sorted(outline.inner)]
    listed = told[: limits.page_parts]
    numbers = {part.ref: number for number, part in enumerate((bom.root, *listed))}
    facts = _Facts(outline, limits.page_places)
    parts: list[Json] = [facts.of(bom.root, _ROOT)]
    parts += [facts.of(part, _outline.title_of(part)) for part in listed]
    return {
        "name": fitting(bom.root.name),
        "made": fitting(f"driftseal {bom.tool_version}, {bom.timestamp}"),
        "parts": parts,
        "links": list(_links(outline, numbers)),
        "gaps": facts.bounded(f"{gap.what}: {gap.why}" for gap in bom.unseen),
        "gapCount": len(bom.unseen),
        "leftOut": len(told) - len(listed),
        "graphMost": limits.page_nodes,
    }


def _links(outline: Outline, numbers: dict[str, int]) -> Iterator[Json]:
    """``[from, to, verb]``. What a thing is put together from is held; the rest is needed or given."""
    held = {part.ref: {one.ref for one in part.parts} for part in outline.parts.values() if isinstance(part, Component)}
    for ref, number in numbers.items():
        inside = held.get(ref, set())
        for verb, targets in (("gives", outline.gives.get(ref, ())), ("needs", outline.needs.get(ref, ()))):
            for target in targets:
                if target in numbers:
                    yield [number, numbers[target], "holds" if target in inside else verb]


class _Facts:
    """What is told of one part."""

    def __init__(self, outline: Outline, most: int) -> None:
        self._outline = outline
        self._most = most

    def bounded(self, texts: Iterable[str]) -> list[Json]:
        """Texts that may be printed, not more than people read."""
        told = [fitting(text, VALUE) for text in texts]
        over = len(told) - self._most
        return [*told[: self._most], *([f"… and {over} more"] if over > 0 else [])]

    def of(self, part: Part, title: str) -> dict[str, Json]:
        """One part with all that its panel tells."""
        found = self._outline.findings.get(part.ref, ())
        told: dict[str, Json] = {
            "ref": fitting(part.ref, VALUE),
            "kind": fitting(_outline.kind_of(part)),
            "title": title,
            "name": fitting(_outline.full_name(part)).strip() or "(no name)",
            "version": fitting(part.version),
            "sure": round(_outline.sureness(part) * 100),
            "state": fitting(self._outline.states.get(part.ref, "")),
            "loose": any(part.properties.get(name) == "false" for name in _PINNED),
            "places": self.bounded(_places(part)),
            "facts": [[label, fitting(text, VALUE)] for label, text in _facts(part) if text],
            "properties": [
                [fitting(name), fitting(value, VALUE)] for name, value in sorted(part.properties.items()) if value
            ],
            "findings": [
                {"id": fitting(one.id), "severity": fitting(one.severity), "accepted": fitting(one.accepted, VALUE),
                 "text": fitting(one.description, VALUE), "detail": fitting(one.detail, VALUE),
                 "advice": fitting(one.recommendation, VALUE)}
                for one in found[: self._most]
            ],
            "findingCount": sum(not one.accepted for one in found),
            "remarks": self.bounded(remark.text for remark in self._outline.remarks.get(part.ref, ())),
            "gaps": self.bounded(self._outline.gaps.get(part.ref, ())),
        }  # fmt: skip
        return {name: value for name, value in told.items() if value not in ("", [], False, None)}


def _places(part: Part) -> Iterator[str]:
    # The surest first, as the table shows one alone.
    for at in sorted(part.evidence, key=lambda at: -at.confidence):
        sure = f", {at.confidence:.0%} sure" if at.confidence < 1 else ""
        where = _outline.place(at) or (f"target {target}" if (target := _outline.target(part)) else "no file")
        yield f"{where}{f', {at.technique}' if at.technique else ''}{sure}"


def _facts(part: Part) -> Iterator[tuple[str, str]]:
    yield "Description", part.description
    if not isinstance(part, Component):
        yield "Provider", part.provider
        yield from (("Address", endpoint) for endpoint in part.endpoints)
        yield "Trust zone", part.trust_zone
        yield "Credential asked for", {True: "yes", False: "no", None: ""}[part.authenticated]
        yield from (("Data", f"{flow.direction}: {flow.name} ({flow.classification})") for flow in part.flows)
        return
    yield "Package URL", part.purl
    yield from (("Digest", f"{one.algorithm}:{one.value}") for one in part.digests)
    yield "Licence", _outline.licences(part)
    yield "Publisher", part.publisher
    yield "Supplier", part.supplier
    yield "Delivered", "no, it answers over a network" if part.external else ""
    yield from (("Made from", f"{one.name} {f'({one.relation})' if one.relation else ''}") for one in part.ancestors)
    yield from ((f"Link: {link.kind}", link.url) for link in part.links)
    if part.card is not None:
        yield from _card(part.card)


def _card(card: ModelCard) -> Iterator[tuple[str, str]]:
    yield "Task", card.task
    yield "Approach", card.approach
    yield "Family", card.family
    yield "Architecture", card.architecture
    yield "Goes in", ", ".join(card.inputs)
    yield "Comes out", ", ".join(card.outputs)
    yield from (("Metric", f"{one.type} {one.value} {one.slice}") for one in card.metrics)
    yield from (("Use", text) for text in card.use_cases)
    yield from (("Limitation", text) for text in card.limitations)
    yield from card.facts.items()
