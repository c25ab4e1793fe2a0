"""How much of what a profile asks for a bill of materials holds. A field is filled or it is not; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from driftseal.model.bom import Bom, Component, ModelCard, Service
from driftseal.model.profile import Completeness, Profile, Row, Subject

_One: TypeAlias = "Bom | Component | Service"

_KINDS: Final[Mapping[Subject, frozenset[str]]] = {
    Subject.MODEL: frozenset({"model"}),
    Subject.DATASET: frozenset({"dataset"}),
    Subject.SOFTWARE: frozenset({"framework", "package", "application", "extension"}),
}
_OF_COMPONENT: Final = frozenset(
    {
        *("ref", "name", "version", "group", "purl", "publisher", "supplier", "description", "digests", "data_type"),
        *("licences", "ancestors", "links", "parts", "properties", "evidence", "external"),
    }
)
_OF_CARD: Final = frozenset(
    {
        *("task", "approach", "family", "architecture", "datasets", "inputs", "outputs", "metrics", "use_cases"),
        *("limitations", "facts"),
    }
)
_OF_SERVICE: Final = frozenset({"name", "provider", "version", "endpoints", "flows", "trust_zone", "description"})
_OF_DOCUMENT: Final = frozenset({"timestamp", "tool_version", "components", "dependencies", "vulnerabilities"})
_WRITTEN: Final = "written"
"""Whatever document we write has it: the name of its format, for one."""
_CARD, _FACT, _LINK, _PROPERTY = "card.", "card.facts.", "links.", "property:"


def measure(bom: Bom, profile: Profile) -> Completeness:
    """The bill of materials, held against a profile."""
    subjects = {of: tuple(_subjects(bom, of)) for of in Subject}
    rows = []
    for element in profile.elements:
        asked = subjects[element.of]
        lacking = tuple(
            _told(one) for one in asked if not any(all(_has(one, name) for name in way) for way in element.filled_by)
        )
        rows.append(Row(element, len(asked), lacking))
    return Completeness(profile, bom.root.name, bom.timestamp, bom.tool_version, tuple(rows))


def knows(of: Subject, name: str) -> bool:
    """Whether what an element is asked of can have this field."""
    if of is Subject.DOCUMENT:
        return name in _OF_DOCUMENT or name == _WRITTEN
    if name.startswith(_PROPERTY):
        return True
    if of is Subject.SERVICE:
        return name in _OF_SERVICE
    if name.startswith((_FACT, _LINK)):
        return True
    if name.startswith(_CARD):
        return name.removeprefix(_CARD) in _OF_CARD
    return name in _OF_COMPONENT


def _subjects(bom: Bom, of: Subject) -> Iterator[_One]:
    if of is Subject.DOCUMENT:
        yield bom
    elif of is Subject.SYSTEM:
        yield bom.root
    elif of is Subject.SERVICE:
        yield from bom.services
    else:
        yield from (part for part in bom.components if part.kind in _KINDS[of])


def _told(one: _One) -> tuple[str, str]:
    if isinstance(one, Bom):
        return one.root.ref, one.root.name
    group = f"{one.group}/" if isinstance(one, Component) and one.group else ""
    return one.ref, f"{group}{one.name}"


def _has(one: _One, name: str) -> bool:
    if name == _WRITTEN:
        return True
    if isinstance(one, Bom):
        return bool(getattr(one, name))
    if name.startswith(_PROPERTY):
        return bool(one.properties.get(name.removeprefix(_PROPERTY)))
    if isinstance(one, Component) and name.startswith(_LINK):
        return any(link.kind == name.removeprefix(_LINK) for link in one.links)
    if isinstance(one, Component) and name.startswith(_CARD):
        return one.card is not None and _is_stated(one.card, name)
    return bool(getattr(one, name))


def _is_stated(card: ModelCard, name: str) -> bool:
    if name.startswith(_FACT):
        return bool(card.facts.get(name.removeprefix(_FACT)))
    return bool(getattr(card, name.removeprefix(_CARD)))
