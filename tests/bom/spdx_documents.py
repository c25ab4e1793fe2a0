"""What must hold of every SPDX document, and how tests look into one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
from packageurl import PackageURL

from driftseal import resources
from driftseal.bom.spdx import NAMESPACE

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_UNSAFE = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f-\uffff]")
"""What no IRI holds, and what ours hold only escaped."""


def elements(document: Any, *types: str) -> dict[str, Any]:
    """Elements by our own references."""
    return {
        local(element["spdxId"]): element
        for element in document["@graph"]
        if "spdxId" in element and (not types or element["type"] in types)
    }


def local(iri: str) -> str:
    """Our own reference; of an individual of SPDX its name."""
    return unquote(iri.partition("#")[2]) or iri


def linked(document: Any, kind: str) -> dict[str, list[str]]:
    """What relationships of one kind lead to, by where they come from."""
    found: dict[str, list[str]] = {}
    for element in document["@graph"]:
        if element.get("relationshipType") == kind:
            found.setdefault(local(element["from"]), []).extend(map(local, element["to"]))
    return found


def listed(document: Any) -> set[str]:
    """References of components and services, the whole too."""
    (sbom,) = elements(document, "software_Sbom").values()
    return set(map(local, sbom["element"]))


@cache
def schema() -> Any:
    """The official schema, as we ship it."""
    path = resources.folder("sbom") / "schema" / "spdx" / "spdx-json-schema-3.0.1.json"
    return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))


def problems(document: Any) -> list[str]:
    """All that is wrong with a document."""
    found = [error.message[:300] for error in schema().iter_errors(document)]
    ids = [element["spdxId"] for element in document["@graph"] if "spdxId" in element]
    found += [f"given twice: {iri}" for iri, number in Counter(ids).items() if number > 1]
    used = {text for text in strings(document["@graph"]) if text.startswith(NAMESPACE)}
    found += [f"leads nowhere, or nothing leads to it: {iri}" for iri in sorted(used ^ set(ids))]
    found += [f"no IRI: {iri!r}" for iri in ids if _UNSAFE.search(iri)]
    found += [f"controls a terminal: {text!r}" for text in strings(document) if _CONTROL.search(text)]
    for element in document["@graph"]:
        if element.get("contentType") == "application/json" and "statement" in element:
            json.loads(element["statement"])
        purl = element.get("software_packageUrl", "")
        if purl and PackageURL.from_string(purl).to_string() != purl:
            found.append(f"no canonical package URL: {purl}")
    return found


def strings(value: Any) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(value, str):
        yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from strings(child)
