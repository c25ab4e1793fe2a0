"""What several targets tell of one thing becomes one component: a model in code and in a cache, say.

Two drafts tell of one thing where they name it alike and no version speaks against it. A thing that is named without a
version, where several versions are known, is a component of its own: nobody says which one it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from driftseal.model.bom import Component, ModelCard
from driftseal.model.item import Evidence
from driftseal.observe import aside
from driftseal.pipeline._bom_names import named_ref, package_ref
from driftseal.pipeline._bom_packages import without_version


@dataclass(frozen=True, slots=True)
class Draft:
    """A component as one item tells of it; its reference is that of the item."""

    component: Component
    thing: tuple[str, ...] = ()
    """What it is in the world: its kind and its names. Empty for what is itself alone, such as a server's tool."""
    version: str = ""
    """Which one it is exactly; empty where that is not told."""
    rank: int = 1
    """Of what several tell of one thing, the one of the lowest rank counts first."""
    owner: str = ""
    """Reference of the draft that needs it; empty for the target that it was found in."""
    wants: tuple[tuple[str, str], ...] = ()
    """Kind and name of what it says that it needs: it may be listed, or not."""


def of_package(component: Component, rank: int = 1) -> Draft:
    """A draft that is the package of its package URL, if it has one."""
    if not component.purl:
        return Draft(component, rank=rank)
    return Draft(component, ("package", without_version(component.purl)), component.version, rank)


@dataclass(frozen=True, slots=True)
class Joined:
    """Components, and what became of the references of drafts."""

    components: Mapping[str, Component]
    refs: Mapping[str, str]

    def ref(self, draft: str) -> str:
        """The component that a draft has become; the reference itself where there is no such draft."""
        return self.refs.get(draft, draft)


def join(drafts: Iterable[Draft]) -> Joined:
    """One component for every thing, in the order of their references."""
    things: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        things.setdefault(draft.thing or ("", draft.component.ref), []).append(draft)
    components: dict[str, Component] = {}
    refs: dict[str, str] = {}
    for thing, told in things.items():
        for ref, group in _groups(thing, told):
            ordered = sorted(group, key=lambda draft: (draft.rank, not draft.version, draft.component.ref))
            whole = ordered[0].component
            for other in ordered[1:]:
                whole = _merged(whole, other.component)
            if len(group) > 1:
                # Of all at once, since thousands may tell of one thing, each from a place of its own.
                evidence = {at for draft in group for at in draft.component.evidence}
                whole = replace(whole, evidence=tuple(sorted(evidence, key=place)))
            components[ref] = replace(whole, ref=ref)
            refs |= {draft.component.ref: ref for draft in group}
    return Joined(dict(sorted(components.items())), refs)


def _groups(thing: tuple[str, ...], told: list[Draft]) -> Iterator[tuple[str, list[Draft]]]:
    """References with the drafts that are one component."""
    if not thing[0]:
        yield thing[1], told
        return
    versions = sorted({draft.version for draft in told if draft.version})
    if len(versions) <= 1:
        yield _ref(thing, told, versions[0] if versions else ""), told
        return
    groups: dict[str, list[Draft]] = {}
    for draft in told:
        groups.setdefault(draft.version, []).append(draft)
    for version, group in sorted(groups.items()):
        yield _ref(thing, group, version, several=True), group


def _ref(thing: tuple[str, ...], group: list[Draft], version: str, *, several: bool = False) -> str:
    if thing[0] == "package":
        # The version is part of it, as everywhere where package URLs are references.
        return package_ref(max((draft.component.purl for draft in group), key=lambda purl: ("@" in purl, purl)))
    return named_ref(*thing) + (f"@{version}" if several and version else "")


def _merged(one: Component, other: Component) -> Component:
    """What both tell, apart from where; where they differ, the first."""
    return replace(
        one,
        version=one.version or other.version,
        purl=other.purl if other.version and not one.version else one.purl or other.purl,
        publisher=one.publisher or other.publisher,
        supplier=one.supplier or other.supplier,
        description=one.description or other.description,
        digests=one.digests or other.digests,
        external=one.external and other.external,
        licences=one.licences or other.licences,
        ancestors=one.ancestors or other.ancestors,
        card=_card(one.card, other.card),
        links=tuple(dict.fromkeys((*one.links, *other.links))),
        parts=tuple({part.ref: part for part in (*other.parts, *one.parts)}.values()),
        tags=tuple(sorted({*one.tags, *other.tags})),
        properties=dict(sorted({**other.properties, **one.properties}.items())),
    )


def place(at: Evidence) -> tuple[bool, str, int, str, str, str, float]:
    """In which order places are told: those of a project's own files before those of its tests."""
    return aside.is_aside(at.uri), at.uri, at.line, at.symbol, at.pointer, at.technique, at.confidence


def _card(one: ModelCard | None, other: ModelCard | None) -> ModelCard | None:
    if one is None or other is None:
        return one or other
    # Who knows the model's files knows more than who only names it.
    return replace(
        one, task=one.task or other.task, inputs=one.inputs or other.inputs, outputs=one.outputs or other.outputs
    )
