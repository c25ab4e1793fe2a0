"""CycloneDX 1.7 and 1.6 as JSON. The library's classes know neither citations nor ``provides``, so this is our own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Final

from driftseal.bom.base import BomFormat
from driftseal.canonical import show
from driftseal.model.bom import Bom, Citation, Component, Service, Vulnerability
from driftseal.model.item import Evidence, Json

_TOOL_REF: Final = "driftseal"
_SERIALS: Final = uuid.UUID("7a2e3d0c-55d8-5a6e-9a38-3f2b8f0d6c41")
"""Name space of our serial numbers (RFC 9562, version 5)."""
_ALGORITHMS: Final = {"sha256": "SHA-256", "sha512": "SHA-512"}
_WITH_CITATIONS: Final = frozenset({"1.7"})


class CycloneDx(BomFormat):
    """See `BomFormat`. Version 1.6 is the same document without what 1.7 added."""

    name = "cyclonedx"
    versions = ("1.7", "1.6")

    def render(self, bom: Bom) -> str:
        """See `BomFormat.render`."""
        tool: dict[str, Json] = {"type": "application", "name": "driftseal", "version": bom.tool_version}
        document: dict[str, Json] = {
            "$schema": f"http://cyclonedx.org/schema/bom-{self.spec_version}.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": self.spec_version,
            "version": 1,
            "metadata": {
                "timestamp": bom.timestamp,
                "lifecycles": [{"phase": "discovery"}],
                "tools": {"components": [{**tool, "bom-ref": _TOOL_REF}]},
                "component": _component(bom.root),
            },
            "components": [_component(part) for part in bom.components],
            "services": [_service(part) for part in bom.services],
            "dependencies": [
                # An empty list says that nothing is needed, and keeps readers going that expect one.
                {"ref": row.ref, "dependsOn": [*row.depends_on], **_filled({"provides": [*row.provides]})}
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
        }
        if self.spec_version in _WITH_CITATIONS:
            document["citations"] = list(_citations(bom))
        return _write(_filled(document))


def _component(part: Component) -> Json:
    told: dict[str, Json] = {
        "type": part.type,
        "bom-ref": part.ref,
        "group": part.group,
        "name": part.name,
        "version": part.version,
        "description": part.description,
        "hashes": [{"alg": _ALGORITHMS[digest.algorithm], "content": digest.value} for digest in part.digests],
        "purl": part.purl,
        "evidence": _evidence(part),
        "data": [],
        "properties": _properties(part.properties),
        "tags": [*part.tags],
    }
    if part.type == "cryptographic-asset":
        told["cryptoProperties"] = {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": {"type": part.data_type or "unknown"},
        }
    elif part.data_type:
        told["data"] = [{"type": part.data_type, "name": part.name}]
    return _filled(told)


def _evidence(part: Component) -> Json:
    if not part.evidence:
        return {}
    field = "purl" if part.purl else "hash" if part.digests else "name"
    surest: dict[str, float] = {}
    for place in part.evidence:
        surest[place.technique] = max(place.confidence, surest.get(place.technique, 0.0))
    methods: Json = [{"technique": name, "confidence": sure} for name, sure in sorted(surest.items())]
    return {
        "identity": [{"field": field, "confidence": max(surest.values()), "methods": methods}],
        "occurrences": [_occurrence(place) for place in part.evidence],
    }


def _occurrence(place: Evidence) -> Json:
    return _filled({"location": place.uri or "-", "line": place.line or None, "symbol": place.symbol or place.pointer})


def _service(part: Service) -> Json:
    return _filled(
        {
            "bom-ref": part.ref,
            "group": part.group,
            "name": part.name,
            "version": part.version,
            "description": part.description,
            "endpoints": [*part.endpoints],
            "authenticated": part.authenticated,
            "x-trust-boundary": part.crosses_trust_boundary,
            "properties": _properties(part.properties),
            "tags": [*part.tags],
        }
    )


def _vulnerability(entry: Vulnerability) -> Json:
    source: Json = {"name": entry.source}
    # People who accept a finding say that they will not mend it; nobody says that it is false.
    analysis: Json = (
        {"state": "exploitable", "response": ["will_not_fix"], "detail": entry.accepted}
        if entry.accepted
        else {"state": "in_triage"}
    )
    taxonomies = {f"driftseal:taxonomy:{name}": "" for name, _ in entry.references}
    for name in taxonomies:
        wanted = name.removeprefix("driftseal:taxonomy:")
        taxonomies[name] = " ".join(id_ for taxonomy, id_ in entry.references if taxonomy == wanted)
    return _filled(
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
            "properties": _properties({**entry.properties, **taxonomies}),
        }
    )


def _citations(bom: Bom) -> Iterable[Json]:
    places = {part.ref: number for number, part in enumerate(bom.components)}
    for entry in bom.citations:
        yield _citation(entry, [f"/components/{places[ref]}" for ref in entry.subjects], bom.timestamp)


def _citation(entry: Citation, pointers: list[str], timestamp: str) -> Json:
    return {
        "pointers": [*pointers],
        "timestamp": timestamp,
        "attributedTo": entry.attributed_to or _TOOL_REF,
        "note": entry.note,
    }


def _properties(properties: Mapping[str, str]) -> Json:
    return [{"name": name, "value": value} for name, value in sorted(properties.items()) if value]


def _filled(told: Mapping[str, Json]) -> dict[str, Json]:
    """Without members that say nothing."""
    return {name: value for name, value in told.items() if value is not None and value not in ("", [], {})}


def _write(document: dict[str, Json]) -> str:
    shown = _shown(document)
    serial = uuid.uuid5(_SERIALS, json.dumps(shown, sort_keys=True))
    # Derived from the content: the same bill keeps its number, another one never shares it.
    ordered = {**shown, "serialNumber": f"urn:uuid:{serial}"} if isinstance(shown, dict) else shown
    return json.dumps(ordered, indent=2, ensure_ascii=True) + "\n"


def _shown(value: Json) -> Json:
    """Every text as it may be printed: whoever displays this document need not be careful."""
    if isinstance(value, str):
        return show(value, multiline=True)
    if isinstance(value, list):
        return [_shown(child) for child in value]
    if isinstance(value, dict):
        return {name: _shown(child) for name, child in value.items()}
    return value
