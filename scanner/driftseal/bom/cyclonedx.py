"""CycloneDX 1.7 and 1.6 as JSON. The library's classes know neither citations nor ``provides``, so this is our own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Final

from driftseal.bom._cyclonedx_parts import Parts, service
from driftseal.bom._cyclonedx_text import filled, properties, shown
from driftseal.bom._indented import indented
from driftseal.bom.base import BomFormat
from driftseal.model.bom import Bom, Citation, Component, Vulnerability
from driftseal.model.item import Json

_TOOL_REF: Final = "driftseal"
_SERIALS: Final = uuid.UUID("7a2e3d0c-55d8-5a6e-9a38-3f2b8f0d6c41")
"""Name space of our serial numbers (RFC 9562, version 5)."""
_NEWEST: Final = "1.7"
_POINTERS: Final = {
    "licences": "licenses",
    "ancestors": "pedigree/ancestors",
    "digests": "hashes",
    "card.task": "modelCard/modelParameters/task",
    "card.family": "modelCard/modelParameters/architectureFamily",
    "card.architecture": "modelCard/modelParameters/modelArchitecture",
    "card.datasets": "modelCard/modelParameters/datasets",
    "card.metrics": "modelCard/quantitativeAnalysis",
    "card.use_cases": "modelCard/considerations/useCases",
    "card.limitations": "modelCard/considerations/technicalLimitations",
}
"""Where a field of ``Component`` stands."""
_FACTS: Final = "card.facts."


class CycloneDx(BomFormat):
    """See `BomFormat`. Version 1.6 is the same document without what 1.7 added."""

    name = "cyclonedx"
    versions = ("1.7", "1.6")

    def render(self, bom: Bom) -> str:
        """See `BomFormat.render`."""
        parts = Parts(newest=self.spec_version == _NEWEST)
        tool: dict[str, Json] = {"type": "application", "name": "driftseal", "version": bom.tool_version}
        components = [parts.component(part) for part in bom.components]
        document: dict[str, Json] = {
            "$schema": f"http://cyclonedx.org/schema/bom-{self.spec_version}.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": self.spec_version,
            "version": 1,
            "metadata": {
                "timestamp": bom.timestamp,
                "lifecycles": [{"phase": "discovery"}],
                "tools": filled(
                    {
                        "components": [{**tool, "bom-ref": _TOOL_REF}],
                        "services": [service(source) for source in bom.sources],
                    }
                ),
                "component": parts.component(bom.root),
            },
            "components": [*components],
            "services": [service(part) for part in bom.services],
            "dependencies": [
                # An empty list says that nothing is needed, and keeps readers going that expect one.
                {"ref": row.ref, "dependsOn": [*row.depends_on], **filled({"provides": [*row.provides]})}
                for row in bom.dependencies
            ],
            "compositions": [
                {"aggregate": entry.aggregate, "assemblies": [*entry.assemblies]} for entry in bom.compositions
            ],
            "vulnerabilities": [_vulnerability(entry) for entry in bom.vulnerabilities],
            "annotations": [
                {
                    "bom-ref": entry.ref,
                    "subjects": [*entry.subjects],
                    "annotator": {"component": tool},
                    "timestamp": entry.timestamp,
                    "text": entry.text,
                }
                for entry in bom.annotations
            ],
            "properties": [*_gaps(bom)],
        }
        if self.spec_version == _NEWEST:
            document["citations"] = list(_citations(bom, components))
        return _write(filled(document))


def _gaps(bom: Bom) -> Iterator[Json]:
    """Why something is incomplete: a property each, since compositions hold no words."""
    for entry in bom.unseen:
        yield from properties({"driftseal:gap": f"{entry.what}: {entry.why}"})


def _vulnerability(entry: Vulnerability) -> Json:
    source: Json = {"name": entry.source}
    # People who accept a finding say that they will not mend it; nobody says that it is false.
    analysis: Json = (
        {"state": "exploitable", "response": ["will_not_fix"], "detail": entry.accepted}
        if entry.accepted
        else {"state": "in_triage"}
    )
    taxonomies: dict[str, str] = {}
    for name, id_ in entry.references:
        key = f"driftseal:taxonomy:{name}"
        taxonomies[key] = f"{taxonomies[key]} {id_}" if key in taxonomies else id_
    return filled(
        {
            "bom-ref": entry.ref,
            "id": entry.id,
            "source": source,
            "ratings": [{"source": source, "severity": entry.severity, "method": "other"}],
            "cwes": [*entry.cwes],
            "description": entry.description,
            "detail": entry.detail,
            "recommendation": entry.recommendation,
            "analysis": analysis,
            "affects": [{"ref": ref} for ref in entry.affects],
            "properties": properties({**entry.properties, **taxonomies}),
        }
    )


# --- citations -------------------------------------------------------------------------------


def _citations(bom: Bom, components: list[dict[str, Json]]) -> Iterator[Json]:
    places = dict(_places(bom.components, components, "/components"))
    for entry in bom.citations:
        pointers = [pointer for ref in entry.subjects if ref in places for pointer in _pointers(entry, *places[ref])]
        if pointers:
            yield {
                "pointers": [*pointers],
                "timestamp": bom.timestamp,
                "attributedTo": entry.attributed_to or _TOOL_REF,
                "note": entry.note,
            }


def _places(
    parts: tuple[Component, ...], told: list[dict[str, Json]], above: str
) -> Iterator[tuple[str, tuple[str, dict[str, Json]]]]:
    """Pointer and document of each component, parts of others too."""
    for number, (part, written) in enumerate(zip(parts, told, strict=True)):
        pointer = f"{above}/{number}"
        yield part.ref, (pointer, written)
        inner = written.get("components")
        if isinstance(inner, list):
            nested = [one for one in inner if isinstance(one, dict)]
            yield from _places(part.parts, nested, f"{pointer}/components")


def _pointers(entry: Citation, pointer: str, written: dict[str, Json]) -> Iterator[str]:
    """Pointers (RFC 6901) to what a citation holds for; what is not written has none."""
    if not entry.fields:
        yield pointer
        return
    card = written.get("modelCard")
    facts = card.get("properties") if isinstance(card, dict) else None
    names = [one.get("name") for one in facts if isinstance(one, dict)] if isinstance(facts, list) else []
    for field in entry.fields:
        if field.startswith(_FACTS):
            name = f"driftseal:model:{field.removeprefix(_FACTS)}"
            if name in names:
                yield f"{pointer}/modelCard/properties/{names.index(name)}"
        elif field in _POINTERS and _is_there(written, _POINTERS[field]):
            yield f"{pointer}/{_POINTERS[field]}"


def _is_there(written: Json, path: str) -> bool:
    for name in path.split("/"):
        if not isinstance(written, dict) or name not in written:
            return False
        written = written[name]
    return True


# --- the file --------------------------------------------------------------------------------


def _write(document: dict[str, Json]) -> str:
    printable = shown(document)
    serial = uuid.uuid5(_SERIALS, json.dumps(printable, sort_keys=True))
    # Derived from the content: the same bill keeps its number, another one never shares it.
    ordered = {**printable, "serialNumber": f"urn:uuid:{serial}"} if isinstance(printable, dict) else printable
    return indented(ordered) + "\n"
