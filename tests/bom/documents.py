"""What must hold of every CycloneDX document: the official schema by several engines, and what no schema can say."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from driftseal import resources

NAME, VALUE, PURL = 255, 1024, 786
"""What Dependency-Track takes of a name, of a description or a value, and of a package URL; one longer is refused."""
_MOST = {**dict.fromkeys(("name", "group", "version", "publisher"), NAME), "description": VALUE, "purl": PURL}
NEW_IN_1_7 = frozenset({"citations", "isExternal", "versionRange", "patentAssertions", "distributionConstraints"})
_HEX = {"SHA-256": 64, "SHA-512": 128}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def components(document: Any) -> Iterator[Any]:
    """Every component but that of the metadata, those within others too."""
    ahead = list(document.get("components", ()))
    while ahead:
        part = ahead.pop(0)
        yield part
        ahead = [*part.get("components", ()), *ahead]


def by_ref(document: Any) -> dict[str, Any]:
    """Everything that may be referred to."""
    parts = [*components(document), *document.get("services", ()), *document.get("vulnerabilities", ())]
    return {part["bom-ref"]: part for part in parts}


def properties(part: Any) -> dict[str, str]:
    """The properties of a component by their names."""
    return {entry["name"]: entry["value"] for entry in part.get("properties", ())}


@cache
def schema_validator(version: str) -> Any:
    """The schema that we ship, its subschemas found beside it."""
    folder = resources.folder("sbom") / "schema"
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{path.name}", json.loads(path.read_text(encoding="utf-8")))
            for path in folder.glob("*.schema.json")
        ]
    )
    schema = json.loads((folder / f"bom-{version}.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema, validate_formats=True, registry=registry)


def schema_complaints(document: Any, version: str) -> list[str]:
    """What the official schema says against the document."""
    return [
        f"{list(error.instance_path)}: {error.message}" for error in schema_validator(version).iter_errors(document)
    ]


def problems(document: Any) -> list[str]:
    """All that is wrong with a document."""
    version = document["specVersion"]
    strict = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(json.dumps(document))
    found = [*schema_complaints(document, version), *([f"library: {strict}"] if strict else [])]
    found += [f"given twice: {ref}" for ref in twice(document)]
    found += [f"leads nowhere: {ref}" for ref in sorted(dangling(document))]
    found += [f"hangs on nothing: {ref}" for ref in sorted(loose(document))]
    found += [f"new in 1.7: {name}" for name in members(document) & NEW_IN_1_7 if version != "1.7"]
    for part in components(document):
        found += [f"{part['bom-ref']}: {why}" for why in _wrong(part)]
    found += [f"two components are {purl}" for purl, number in _purls(document).items() if number > 1]
    return found


def _wrong(part: Any) -> Iterator[str]:
    purl = part.get("purl", "")
    if purl and PackageURL.from_string(purl).to_string() != purl:
        yield f"no canonical package URL: {purl}"
    for entry in part.get("hashes", ()):
        if not re.fullmatch(f"[0-9a-f]{{{_HEX[entry['alg']]}}}", entry["content"]):
            yield f"no digest: {entry}"
    if not part["name"].strip():
        yield "no name"
    for key, most in _MOST.items():
        if len(part.get(key, "")) > most or (most == NAME and _CONTROL.search(part.get(key, ""))):
            yield f"{key} is too long, or controls a terminal"
    yield from _odd(part.get("properties", ()))


def _odd(entries: Any) -> Iterator[str]:
    for name, number in Counter(entry["name"] for entry in entries).items():
        if number > 1:
            yield f"has {name} twice"
    for entry in entries:
        if len(entry["name"]) > NAME or len(entry["value"]) > VALUE or _CONTROL.search(entry["value"]):
            yield f"{entry['name']} is too long, or controls a terminal"
        if not re.fullmatch(r"(?:[A-Za-z0-9_ -]+:)+[A-Za-z0-9_ -]+", entry["name"]):
            yield f"no name of a property: {entry['name']}"


def _purls(document: Any) -> Counter[str]:
    return Counter(part["purl"] for part in components(document) if "purl" in part)


def twice(document: Any) -> list[str]:
    """References that are given more than once."""
    kinds = ("services", "vulnerabilities", "annotations")
    refs = [part["bom-ref"] for part in components(document)]
    refs += [part["bom-ref"] for kind in kinds for part in document.get(kind, ())]
    refs += [part["bom-ref"] for part in _tools(document)] + ["root"]
    return sorted(ref for ref, number in Counter(refs).items() if number > 1)


def _tools(document: Any) -> list[Any]:
    tools = document["metadata"]["tools"]
    return [*tools["components"], *tools.get("services", ())]


def dangling(document: Any) -> set[str]:
    """References that lead nowhere, and pointers of citations that do not."""
    known = {"root", *by_ref(document), *(tool["bom-ref"] for tool in _tools(document))}
    used = {row["ref"] for row in document["dependencies"]}
    for row in document["dependencies"]:
        used |= {*row.get("dependsOn", ()), *row.get("provides", ())}
    for entry in document.get("vulnerabilities", ()):
        used |= {affected["ref"] for affected in entry["affects"]}
    for entry in document.get("annotations", ()):
        used |= {*entry["subjects"]}
    for entry in document.get("compositions", ()):
        used |= {*entry["assemblies"]}
    for part in components(document):
        told = properties(part)
        used |= {told[name] for name in ("cdx:mcp:serviceRef",) if name in told}
        used |= {*told.get("driftseal:refersTo", "").split()}
        parameters = part.get("modelCard", {}).get("modelParameters", {})
        used |= {entry["ref"] for entry in parameters.get("datasets", ())}
        for ancestor in part.get("pedigree", {}).get("ancestors", ()):
            used |= {value for name, value in properties(ancestor).items() if name == "driftseal:pedigree:ref"}
    lost = set()
    for entry in document.get("citations", ()):
        used.add(entry["attributedTo"])
        lost |= {pointer for pointer in entry["pointers"] if at(document, pointer) is None}
    return (used - known) | lost


def at(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to; ``None`` for nothing."""
    value = document
    for name in pointer.split("/")[1:]:
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def loose(document: Any) -> set[str]:
    """Components and services that nothing leads to from the whole."""
    rows = {row["ref"]: {*row.get("dependsOn", ()), *row.get("provides", ())} for row in document["dependencies"]}
    reached: set[str] = set()
    ahead = ["root"]
    while ahead:
        ref = ahead.pop()
        if ref not in reached:
            reached.add(ref)
            ahead.extend(rows.get(ref, ()))
    listed = {part["bom-ref"] for part in (*components(document), *document.get("services", ()))}
    return listed - reached


def members(value: Any) -> set[str]:
    """Names of all members, at any depth."""
    if isinstance(value, list):
        return set().union(*map(members, value)) if value else set()
    if isinstance(value, dict):
        return {*value, *(set().union(*map(members, value.values())) if value else set())}
    return set()
