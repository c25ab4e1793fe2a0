"""The graph of an SPDX 3.0.1 document: elements under IRIs that are made of our references.

SPDX wants the IRI of an element to be its own in the whole world, and an element to never change. So all of them begin
with a name that is made from everything that the document says: the same bill has the same IRIs, another one never.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from driftseal.bom._cyclonedx_text import filled
from driftseal.model.item import Json

CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
CREATION: Final = "_:creationInfo"
"""The one object that every element refers to for who made it and when."""
_SAFE: Final = "/@:,;=+!*'()$&-._~?"
"""What a fragment of an IRI holds as it is (RFC 3987) and our references hold; their ``#`` is none of it."""
_PROFILES: Final = {
    "ai_": "ai",
    "dataset_": "dataset",
    "extension_": "extension",
    "security_": "security",
    "simplelicensing_": "simpleLicensing",
}
"""The profile that a class belongs to, by the beginning of its name."""


class Graph:
    """Elements of one document, in the order in which they were added."""

    def __init__(self, namespace: str) -> None:
        """``namespace`` is what every IRI begins with."""
        self._namespace = namespace
        self._elements: dict[str, Json] = {}
        self._profiles = {"core", "software"}

    def iri(self, ref: str) -> str:
        """The IRI of the element that bears this reference."""
        return self._namespace + quote(ref, safe=_SAFE, errors="surrogatepass")

    def iris(self, refs: Iterable[str]) -> list[Json]:
        """The IRIs of several, sorted."""
        return [*sorted(map(self.iri, refs))]

    def add(self, type_: str, ref: str, told: Mapping[str, Json]) -> str:
        """Add an element and give its IRI; one that is there already stays as it is."""
        iri = self.iri(ref)
        if iri not in self._elements:
            self._note(type_)
            element: dict[str, Json] = {"type": type_, "spdxId": iri, "creationInfo": CREATION, **filled(told)}
            if "extension" in element:
                self._profiles.add("extension")
            self._elements[iri] = element
        return iri

    def link(self, ref: str, kind: str, to: list[Json], told: Mapping[str, Json] | None = None) -> None:
        """Add the relationship of this kind that an element has, to IRIs or to individuals of SPDX."""
        more = {"from": self.iri(ref), "relationshipType": kind, "to": to, **(told or {})}
        self.add("Relationship", f"relationship/{kind}/{ref}", more)

    def _note(self, type_: str) -> None:
        for beginning, profile in _PROFILES.items():
            if type_.startswith(beginning):
                self._profiles.add(profile)

    @property
    def profiles(self) -> list[Json]:
        """Profiles whose classes are used, by their names in SPDX."""
        return [*sorted(self._profiles)]

    @property
    def elements(self) -> dict[str, Json]:
        """Every element by its IRI."""
        return dict(sorted(self._elements.items()))


def extension(told: Mapping[str, str]) -> list[Json]:
    """Properties, in the extension that SPDX has for those of CycloneDX."""
    entries: list[Json] = [
        {"type": "extension_CdxPropertyEntry", "extension_cdxPropName": name, "extension_cdxPropValue": value}
        for name, value in sorted(told.items())
        if value
    ]
    return [{"type": "extension_CdxPropertiesExtension", "extension_cdxProperty": entries}] if entries else []
