"""Components and services as CycloneDX writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from driftseal.bom._cyclonedx_text import filled, fitting, properties
from driftseal.model.bom import Ancestor, Component, Flow, Licence, ModelCard, Service
from driftseal.model.item import Evidence, Json

ALGORITHMS: Final = {"sha256": "SHA-256", "sha512": "SHA-512"}
_DESCRIPTION: Final = 1024


class Parts:
    """Components and services of one specification version."""

    def __init__(self, *, newest: bool) -> None:
        """``newest``: with what version 1.7 added."""
        self._newest = newest

    def component(self, part: Component) -> dict[str, Json]:
        """One component with everything that it is put together from."""
        told: dict[str, Json] = {
            "type": part.type,
            "mime-type": part.mime,
            "bom-ref": part.ref,
            "supplier": filled({"name": fitting(part.supplier)}),
            "publisher": fitting(part.publisher),
            "group": fitting(part.group),
            # Dependency-Track takes no name that is blank.
            "name": fitting(part.name).strip() or part.kind,
            "version": fitting(part.version),
            "isExternal": True if part.external and self._newest else None,
            "description": fitting(part.description, _DESCRIPTION),
            "hashes": [{"alg": ALGORITHMS[one.algorithm], "content": one.value} for one in part.digests],
            "licenses": _licences(part.licences),
            "purl": part.purl,
            "pedigree": filled({"ancestors": [_ancestor(one) for one in part.ancestors]}),
            "externalReferences": [{"type": link.kind, "url": link.url} for link in part.links],
            "components": [self.component(one) for one in part.parts],
            "evidence": _evidence(part),
            "modelCard": _card(part.card) if part.card is not None else {},
            "data": [],
            "properties": properties(part.properties),
            "tags": [*part.tags],
        }
        if part.type == "cryptographic-asset":
            told["cryptoProperties"] = {
                "assetType": "related-crypto-material",
                "relatedCryptoMaterialProperties": {"type": part.data_type or "unknown"},
            }
        elif part.data_type:
            told["data"] = [{"type": part.data_type, "name": fitting(part.name)}]
        return filled(told)


def service(part: Service) -> dict[str, Json]:
    """One service. CycloneDX has no evidence on services, so its places are properties."""
    places = [_place(at) for at in part.evidence if at.uri]
    told = {**part.properties, "driftseal:evidence": " ".join(places)}
    return filled(
        {
            "bom-ref": part.ref,
            "provider": filled({"name": fitting(part.provider)}),
            "group": fitting(part.group),
            "name": fitting(part.name).strip() or part.kind,
            "version": fitting(part.version),
            "description": fitting(part.description, _DESCRIPTION),
            "endpoints": [*part.endpoints],
            "authenticated": part.authenticated,
            "x-trust-boundary": part.crosses_trust_boundary,
            "trustZone": part.trust_zone,
            "data": [_flow(flow) for flow in part.flows],
            "properties": properties(told),
            "tags": [*part.tags],
        }
    )


def _place(at: Evidence) -> str:
    return f"{at.uri}:{at.line}" if at.line else at.uri


def _flow(flow: Flow) -> Json:
    return filled({"flow": flow.direction, "classification": flow.classification, "name": flow.name})


def _licences(licences: tuple[Licence, ...]) -> list[Json]:
    """One expression, or a list of licences: before 1.7 the specification takes no mixture."""
    if len(licences) == 1 and licences[0].expression:
        return [{"acknowledgement": "declared", "expression": licences[0].expression}]
    return [{"license": _licence(one)} for one in licences]


def _licence(licence: Licence) -> Json:
    is_id = licence.expression and " " not in licence.expression
    named = {"id": licence.expression} if is_id else {"name": fitting(licence.expression or licence.name)}
    return filled({**named, "acknowledgement": "declared", "url": fitting(licence.url)})


def _ancestor(ancestor: Ancestor) -> Json:
    group, _, name = ancestor.name.rpartition("/") if ancestor.purl else ("", "", ancestor.name)
    told = {"driftseal:pedigree:relation": ancestor.relation, "driftseal:pedigree:ref": ancestor.ref}
    return filled(
        {
            "type": "machine-learning-model",
            "group": fitting(group),
            "name": fitting(name).strip() or "model",
            "purl": ancestor.purl,
            "properties": properties(told),
        }
    )


def _evidence(part: Component) -> Json:
    if not part.evidence:
        return {}
    field = "purl" if part.purl else "hash" if part.digests else "name"
    surest: dict[str, float] = {}
    for at in part.evidence:
        surest[at.technique or "other"] = max(at.confidence, surest.get(at.technique or "other", 0.0))
    methods: list[Json] = [{"technique": name, "confidence": sure} for name, sure in sorted(surest.items())]
    return filled(
        {
            "identity": [{"field": field, "confidence": max(surest.values()), "methods": methods}],
            "occurrences": list(_occurrences(part.evidence)),
        }
    )


def _occurrences(evidence: Iterable[Evidence]) -> Iterable[Json]:
    for at in evidence:
        if at.uri:
            symbol = at.symbol or at.pointer
            yield filled({"location": at.uri, "line": at.line or None, "symbol": symbol})


# --- model cards -----------------------------------------------------------------------------


def _card(card: ModelCard) -> Json:
    parameters: dict[str, Json] = {
        "approach": filled({"type": card.approach}),
        "task": card.task,
        "architectureFamily": card.family,
        "modelArchitecture": card.architecture,
        "datasets": [{"ref": ref} for ref in card.datasets],
        "inputs": [{"format": one} for one in card.inputs],
        "outputs": [{"format": one} for one in card.outputs],
    }
    metrics: list[Json] = [filled({"type": one.type, "value": one.value, "slice": one.slice}) for one in card.metrics]
    considerations: dict[str, Json] = {
        "useCases": [*card.use_cases],
        "technicalLimitations": [*card.limitations],
    }
    facts: Mapping[str, str] = {f"driftseal:model:{name}": value for name, value in card.facts.items()}
    return filled(
        {
            "modelParameters": filled(parameters),
            "quantitativeAnalysis": filled({"performanceMetrics": metrics}),
            "considerations": filled(considerations),
            "properties": properties(facts),
        }
    )
