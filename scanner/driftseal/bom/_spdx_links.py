"""Relationships of SPDX 3.0.1: what needs, holds, uses and was made from what, and what was found on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from driftseal.bom._cyclonedx_text import VALUE, filled, fitting
from driftseal.bom._spdx_graph import Graph
from driftseal.bom._spdx_parts import Parts
from driftseal.model.bom import Bom, Component, Dependency, Vulnerability
from driftseal.model.item import Json

_COMPLETENESS: Final = {"complete": "complete", "incomplete": "incomplete", "unknown": "noAssertion"}
_NOBODY: Final = "NoneElement"
_SOMEBODY: Final = "NoAssertionElement"
_NO_LICENCE: Final = "expandedlicensing_NoAssertionLicense"
_SPOKEN: Final = frozenset({"prompt-file", "prompt", "instructions"})


class Links:
    """Writes the relationships of a bill of materials into a graph that holds its components."""

    def __init__(self, bom: Bom, graph: Graph, parts: Parts) -> None:
        self._bom, self._graph, self._parts = bom, graph, parts
        self._components = {part.ref: part for part in (bom.root, *bom.everything())}
        self._configured: dict[str, set[str]] = {}
        """Agents by the text that tells them what to do."""
        self._completeness: dict[str, str] = {}
        for entry in bom.compositions:
            for ref in entry.assemblies:
                known = self._completeness.get(ref, "")
                # What is incomplete in one respect is not complete for another.
                self._completeness[ref] = known if known == "incomplete" else _COMPLETENESS[entry.aggregate]

    def write(self) -> None:
        """All of them."""
        for row in self._bom.dependencies:
            self._row(row)
        for ref, agents in self._configured.items():
            self._graph.link(ref, "configures", self._graph.iris(agents))
        for part in self._components.values():
            self._licences(part)
            self._origins(part)
        for entry in self._bom.vulnerabilities:
            self._vulnerability(entry)
        self._remarks()

    def _row(self, row: Dependency) -> None:
        owner = self._components.get(row.ref)
        inside = {part.ref for part in owner.parts} if owner else set()
        by: dict[str, set[str]] = {"contains": {*row.provides}, "dependsOn": set(), "usesTool": set()}
        for ref in row.depends_on:
            wanted = self._components.get(ref)
            kind = wanted.kind if wanted else ""
            if ref in inside:
                by["contains"].add(ref)
            elif owner is not None and owner.kind == "agent" and kind == "tool":
                by["usesTool"].add(ref)
            elif owner is not None and owner.kind == "agent" and kind in _SPOKEN:
                self._configured.setdefault(ref, set()).add(row.ref)
            else:
                by["dependsOn"].add(ref)
        completeness = self._completeness.get(row.ref, "")
        told = filled({"completeness": completeness})
        linked = {kind: refs for kind, refs in by.items() if refs}
        for kind, refs in linked.items():
            self._graph.link(row.ref, kind, self._graph.iris(refs), told)
        if completeness and not linked:
            nothing: list[Json] = [_NOBODY if completeness == "complete" else _SOMEBODY]
            self._graph.link(row.ref, "contains", nothing, told)

    def _licences(self, part: Component) -> None:
        stated: list[Json] = [*sorted({self._parts.licence(one) for one in part.licences})]
        is_model = part.type == "machine-learning-model"
        if stated or is_model:
            self._graph.link(part.ref, "hasDeclaredLicense", stated or [_NO_LICENCE])
        if is_model:
            # The profile for AI asks for one; nobody here read the text of a licence, so nobody concludes.
            self._graph.link(part.ref, "hasConcludedLicense", [_NO_LICENCE])

    def _origins(self, part: Component) -> None:
        """Data that a model learned from, and models that it was made from."""
        if part.card is not None and part.card.datasets:
            self._graph.link(part.ref, "trainedOn", self._graph.iris(part.card.datasets))
        unlisted: list[Json] = []
        for one in part.ancestors:
            if one.ref in self._components:
                told: dict[str, Json] = {
                    "from": self._graph.iri(one.ref),
                    "relationshipType": "ancestorOf",
                    "to": [self._graph.iri(part.ref)],
                    "comment": one.relation,
                }
                self._graph.add("Relationship", f"relationship/ancestorOf/{one.ref}|{part.ref}", told)
            else:
                unlisted.append(filled({"name": fitting(one.name), "relation": one.relation, "purl": one.purl}))
        if unlisted:
            self._parts.remark(part.ref, {"ancestors": unlisted}, "ancestors")

    def _vulnerability(self, entry: Vulnerability) -> None:
        cwes: list[Json] = [
            {"type": "ExternalRef", "externalRefType": "cwe", "locator": [f"CWE-{number}"]} for number in entry.cwes
        ]
        identifier: Json = {
            "type": "ExternalIdentifier",
            "externalIdentifierType": "securityOther",
            "identifier": entry.id,
            "issuingAuthority": entry.source,
        }
        iri = self._graph.add(
            "security_Vulnerability",
            entry.ref,
            {
                "name": fitting(entry.id),
                "summary": fitting(entry.description, VALUE),
                "description": fitting(entry.detail, VALUE),
                "externalIdentifier": [identifier],
                "externalRef": cwes,
            },
        )
        taxonomies: dict[str, list[Json]] = {}
        for name, id_ in entry.references:
            taxonomies.setdefault(name, []).append(id_)
        facts: dict[str, Json] = {"severity": entry.severity, "recommendation": entry.recommendation}
        self._parts.remark(entry.ref, {**facts, "taxonomies": {**taxonomies}, "properties": {**entry.properties}})
        kind = "VexAffected" if entry.accepted else "VexUnderInvestigation"
        verdict: dict[str, Json] = {
            "from": iri,
            "relationshipType": "affects" if entry.accepted else "underInvestigationFor",
            "to": self._graph.iris(entry.affects),
            "security_actionStatement": entry.accepted,
        }
        self._graph.add(f"security_{kind}VulnAssessmentRelationship", f"assessment/{entry.ref}", verdict)

    def _remarks(self) -> None:
        """Drift, whose word it is, and what could not be looked at."""
        for entry in self._bom.annotations:
            for subject in entry.subjects:
                self._parts.annotate(subject, entry.text, f"annotation/{entry.ref}/{subject}")
        names = {part.ref: part.name for part in (*self._bom.sources, *self._bom.services)}
        names |= {ref: part.name for ref, part in self._components.items()}
        for number, cited in enumerate(self._bom.citations):
            by = names.get(cited.attributed_to, "driftseal")
            told: dict[str, Json] = {"attributedTo": by, "note": cited.note, "fields": [*cited.fields]}
            for subject in _known(cited.subjects, names):
                self._parts.remark(subject, filled(told), f"citation-{number}")
        for number, gap in enumerate(self._bom.unseen):
            subject = gap.subject if gap.subject in names else self._bom.root.ref
            self._parts.annotate(subject, f"gap: {gap.what}: {gap.why}", f"annotation/gap-{number}")


def _known(refs: Iterable[str], names: dict[str, str]) -> list[str]:
    return [ref for ref in refs if ref in names]
