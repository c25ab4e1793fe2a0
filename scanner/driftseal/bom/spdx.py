"""SPDX 3.0.1 as JSON-LD, with the profiles for AI, data sets, licences and security where they are used."""

from __future__ import annotations

import json
import uuid
from typing import Final

from driftseal.bom._cyclonedx_text import shown
from driftseal.bom._indented import indented
from driftseal.bom._spdx_graph import CONTEXT, CREATION, Graph
from driftseal.bom._spdx_links import Links
from driftseal.bom._spdx_parts import Parts
from driftseal.bom.base import BomFormat
from driftseal.model.bom import Bom
from driftseal.model.item import Json

NAMESPACE: Final = "https://driftseal.dev/spdx/"
"""What the IRIs of our documents begin with; nothing has to answer there."""
_DOCUMENTS: Final = uuid.UUID("5d3c5a3e-6c0a-5d0f-8b1e-0d9f4f1a7c52")
"""Name space of the names of documents (RFC 9562, version 5)."""
_VERSION: Final = "3.0.1"
_DOCUMENT: Final = "document"
_SBOM: Final = "sbom"


class Spdx(BomFormat):
    """See `BomFormat`."""

    name = "spdx"
    versions = (_VERSION,)

    def render(self, bom: Bom) -> str:
        """See `BomFormat.render`."""
        # Its name is made from what it says, so it is said once without a name.
        nameless = json.dumps(_document(bom, ""), sort_keys=True)
        named = _document(bom, f"{NAMESPACE}{uuid.uuid5(_DOCUMENTS, nameless)}#")
        return indented(named) + "\n"


def _document(bom: Bom, namespace: str) -> Json:
    graph = Graph(namespace)
    agent = graph.add("SoftwareAgent", "driftseal", {"name": "driftseal"})
    tool = graph.add("Tool", "driftseal-tool", {"name": f"driftseal {bom.tool_version}"})
    parts = Parts(graph)
    root = parts.component(bom.root)
    listed = [root, *map(parts.component, bom.everything()), *map(parts.service, bom.services)]
    Links(bom, graph, parts).write()
    collections = {graph.iri(_DOCUMENT), graph.iri(_SBOM)}
    within: list[Json] = [iri for iri in graph.elements if iri not in collections]
    profiles = graph.profiles
    sbom: dict[str, Json] = {
        "name": bom.root.name,
        "software_sbomType": ["analyzed"],
        "profileConformance": profiles,
        "rootElement": [root],
        "element": [*sorted(listed)],
    }
    whole: dict[str, Json] = {
        "name": bom.root.name,
        "profileConformance": profiles,
        "rootElement": [graph.add("software_Sbom", _SBOM, sbom)],
        "element": [graph.iri(_SBOM), *within],
    }
    graph.add("SpdxDocument", _DOCUMENT, whole)
    # All that every element has in common: who made it, and when.
    creation: Json = {
        "type": "CreationInfo",
        "@id": CREATION,
        "specVersion": _VERSION,
        "created": bom.timestamp,
        "createdBy": [agent],
        "createdUsing": [tool],
    }
    return {"@context": CONTEXT, "@graph": [creation, *map(shown, graph.elements.values())]}
