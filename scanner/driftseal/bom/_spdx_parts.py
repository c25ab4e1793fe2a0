"""Components and services as elements of SPDX 3.0.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from driftseal import canonical
from driftseal.bom._cyclonedx_text import VALUE, filled, fitting, shown
from driftseal.bom._spdx_graph import Graph, extension
from driftseal.model.bom import Component, Licence, ModelCard, Reference, Service
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence, Json

AI_PACKAGE: Final = "ai_AIPackage"
DATASET: Final = "dataset_DatasetPackage"
_FILE: Final = "software_File"
_PACKAGE: Final = "software_Package"
_MODEL: Final = "machine-learning-model"
_GROUPED: Final = frozenset({AI_PACKAGE, DATASET})
"""Classes of what is kept in hubs, where the group is a part of the name."""
_PURPOSES: Final = {
    "application": "application",
    "framework": "framework",
    "library": "library",
    "file": "file",
    _MODEL: "model",
    "cryptographic-asset": "other",
}
"""By the type of a component in CycloneDX."""
_PURPOSES_OF_DATA: Final = {"definition": "specification", "configuration": "configuration", "dataset": "data"}
_HYPERPARAMETERS: Final = frozenset(
    {
        "attentionHeads",
        "contextLength",
        "experts",
        "hiddenSize",
        "layers",
        "parameterCount",
        "parameterSize",
        "vocabularySize",
    }
)
"""Facts of a card that are one; the others are properties."""
_REFERENCES: Final = {
    "advisories": "securityAdvisory",
    "documentation": "documentation",
    "issue-tracker": "issueTracker",
    "license": "license",
    "model-card": "productMetadata",
    "release-notes": "releaseNotes",
    "vcs": "vcs",
}
"""References that SPDX has a word for; a distribution and a website have fields of their own."""
_CUSTOM: Final = re.compile(r"[^A-Za-z0-9.-]+")
_MIME: Final = re.compile(r"[^/\s]+/[^/\s]+")


class Parts:
    """Writes components and services into a graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def component(self, part: Component) -> str:
        """Add one component, without what it is put together from; its IRI."""
        kind = _class_of(part)
        more: dict[str, Json]
        properties = {**part.properties, "driftseal:tags": " ".join(part.tags)}
        if kind == _FILE:
            more = _file(part)
            properties |= {"driftseal:version": part.version, "driftseal:group": part.group}
        else:
            more = _package(part)
            properties |= {"driftseal:group": "" if part.purl or kind in _GROUPED else part.group}
        if part.card is not None:
            more |= _card(part.card)
            facts = {name: told for name, told in part.card.facts.items() if name not in _HYPERPARAMETERS}
            properties |= {f"driftseal:model:{name}": told for name, told in facts.items()}
        if kind == DATASET:
            # What kind of data it holds is told nowhere, and SPDX wants an answer.
            more["dataset_datasetType"] = ["noAssertion"]
        if part.external:
            properties["driftseal:external"] = "true"
        iri = self._graph.add(
            kind,
            part.ref,
            {
                "name": fitting(_name(part)),
                "description": fitting(part.description, VALUE),
                "software_primaryPurpose": _purpose(part),
                "verifiedUsing": _hashes(part.digests),
                "suppliedBy": self._organization(part.supplier),
                "originatedBy": [self._organization(part.publisher)] if part.publisher else [],
                "externalRef": _references(part.links),
                "extension": extension({name: fitting(told, VALUE) for name, told in properties.items()}),
                **more,
            },
        )
        self.remark(part.ref, _places(part.evidence))
        return iri

    def service(self, part: Service) -> str:
        """Add one service: SPDX has no class for what answers, so it is a package with remarks. Its IRI."""
        endpoints: list[Json] = [
            {"type": "ExternalRef", "externalRefType": "other", "locator": [url], "comment": "endpoint"}
            for url in part.endpoints
        ]
        properties = {**part.properties, "driftseal:group": part.group, "driftseal:tags": " ".join(part.tags)}
        iri = self._graph.add(
            _PACKAGE,
            part.ref,
            {
                "name": fitting(part.name),
                "description": fitting(part.description, VALUE),
                "software_primaryPurpose": "application",
                "software_packageVersion": fitting(part.version),
                "suppliedBy": self._organization(part.provider),
                "externalRef": endpoints,
                "extension": extension({name: fitting(told, VALUE) for name, told in properties.items()}),
            },
        )
        told: dict[str, Json] = {
            "service": True,
            "authenticated": part.authenticated,
            "crossesTrustBoundary": part.crosses_trust_boundary,
            "trustZone": part.trust_zone,
            "data": [
                filled({"flow": flow.direction, "classification": flow.classification, "name": flow.name})
                for flow in part.flows
            ],
        }
        self.remark(part.ref, {**filled(told), **_places(part.evidence)})
        return iri

    def remark(self, ref: str, told: dict[str, Json], name: str = "facts") -> None:
        """Add facts that SPDX has no field for, as an annotation with an object in JSON."""
        if told:
            # Made printable first: afterwards it would be no JSON any more.
            self.annotate(ref, canonical.compact(shown(told)), f"annotation/{name}/{ref}", media="application/json")

    def annotate(self, ref: str, statement: str, own: str, *, media: str = "text/plain") -> None:
        """Add an annotation of one element; ``own`` is the annotation's reference."""
        self._graph.add(
            "Annotation",
            own,
            {
                "annotationType": "other",
                "contentType": media,
                "statement": statement,
                "subject": self._graph.iri(ref),
            },
        )

    def licence(self, licence: Licence) -> str:
        """Add what a licence is called, once however many have it; its IRI."""
        expression = licence.expression
        custom: list[Json] = []
        if not expression:
            key = f"LicenseRef-{_CUSTOM.sub('-', licence.name) or 'unnamed'}"
            text = f"A licence that is called {licence.name!r}; its text was not read."
            told: dict[str, Json] = {
                "name": fitting(licence.name),
                "simplelicensing_licenseText": fitting(f"{text} {licence.url}".strip(), VALUE),
            }
            iri = self._graph.add("simplelicensing_SimpleLicensingText", f"license-text/{licence.name}", told)
            expression = key
            custom = [{"type": "DictionaryEntry", "key": key, "value": iri}]
        told = {"simplelicensing_licenseExpression": expression, "simplelicensing_customIdToUri": custom}
        name = licence.expression or licence.name
        return self._graph.add("simplelicensing_LicenseExpression", f"license/{name}", told)

    def _organization(self, name: str) -> str:
        return self._graph.add("Organization", f"organization/{name}", {"name": fitting(name)}) if name else ""


def _class_of(part: Component) -> str:
    if part.type == _MODEL:
        return AI_PACKAGE
    if part.data_type == "dataset":
        return DATASET
    return _FILE if part.type in {"data", "file"} else _PACKAGE


def _purpose(part: Component) -> str:
    if part.kind == "model-file":
        return "model"
    return _PURPOSES_OF_DATA.get(part.data_type) or _PURPOSES.get(part.type, "other")


def _name(part: Component) -> str:
    """With the group where that is a part of the name: the organization of a model, the scope of a package."""
    return f"{part.group}/{part.name}" if part.group and (part.purl or _class_of(part) in _GROUPED) else part.name


def _file(part: Component) -> dict[str, Json]:
    # Its digest is that of its definition in JSON (RFC 8785).
    media = part.mime or ("application/json" if part.data_type == "definition" else "")
    purl: Json = {"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": part.purl}
    return {
        "contentType": media if _MIME.fullmatch(media) else "",
        "externalIdentifier": [purl] if part.purl else [],
    }


def _package(part: Component) -> dict[str, Json]:
    pages = {link.kind: link.url for link in reversed(part.links)}
    return {
        "software_packageVersion": fitting(part.version),
        "software_packageUrl": part.purl,
        "software_downloadLocation": pages.get("distribution", ""),
        "software_homePage": pages.get("website", ""),
    }


def _hashes(digests: Iterable[Digest]) -> list[Json]:
    return [{"type": "Hash", "algorithm": one.algorithm, "hashValue": one.value} for one in digests]


def _references(links: Iterable[Reference]) -> list[Json]:
    return [
        {"type": "ExternalRef", "externalRefType": _REFERENCES.get(link.kind, "other"), "locator": [link.url]}
        for link in links
        if link.kind not in {"distribution", "website"}
    ]


def _places(evidence: Iterable[Evidence]) -> dict[str, Json]:
    return filled({"evidence": list(_occurrences(evidence))})


def _occurrences(evidence: Iterable[Evidence]) -> Iterator[Json]:
    for at in evidence:
        told = {"location": at.uri, "symbol": at.symbol or at.pointer, "technique": at.technique}
        yield filled({**told, "line": at.line or None, "confidence": at.confidence})


def _card(card: ModelCard) -> dict[str, Json]:
    entry = "DictionaryEntry"
    metrics: list[Json] = [
        {"type": entry, "key": fitting(f"{one.type} on {one.slice}" if one.slice else one.type), "value": one.value}
        for one in card.metrics
    ]
    parameters: list[Json] = [
        {"type": entry, "key": name, "value": value}
        for name, value in sorted(card.facts.items())
        if name in _HYPERPARAMETERS
    ]
    return {
        "ai_domain": [card.task] if card.task else [],
        "ai_typeOfModel": [one for one in (card.family, card.architecture, card.approach) if one],
        "ai_hyperparameter": parameters,
        "ai_metric": metrics,
        "ai_limitation": "\n".join(card.limitations),
        "ai_informationAboutApplication": "\n".join(card.use_cases),
    }
