"""Bills of materials in JSON, ours and those of other tools: what they list, flat and named alike in every format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty
from driftseal.records import dataclass

_LISTED: Final = frozenset({"software_Package", "software_File", "ai_AIPackage", "dataset_DatasetPackage"})
"""Classes of SPDX for what a whole is made of."""
_ASIDE: Final = frozenset({"bom-ref", "components", "creationInfo", "evidence", "services", "spdxId"})
"""Members that say where a thing was found, or how the document refers to it, and nothing of the thing."""
_PLACES: Final = "driftseal:evidence"
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Listed:
    """A component or a service, as one document tells of it."""

    kind: str
    """``component`` or ``service``."""
    type: str
    group: str
    name: str
    version: str
    purl: str
    ref: str
    """What its document calls it; nothing that lasts in many tools' documents."""
    fields: Mapping[str, str]
    """All that is told of it, by names such as ``version``, ``hashes.SHA-256`` or ``properties.x:y``."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a bill of materials lists, without the whole itself."""

    form: str
    """``cyclonedx`` or ``spdx``."""
    listed: tuple[Listed, ...]


def read(data: bytes, name: str, limits: Limits) -> Document:
    """Read CycloneDX or SPDX 3, whichever it is.

    Raises:
        FormatError: neither, or something that it lists is no object with a name.
        LimitExceeded: larger or deeper than ``limits`` allow, or it lists more.
    """
    parsed = canonical.parse_json(data, name, limits)
    if parsed.duplicate_keys:
        # Readers disagree on which one counts, so no comparison would hold for all of them.
        raise FormatError(f"{name}: names {parsed.duplicate_keys[0]!r} twice")
    document = object_or_empty(parsed.value)
    if document.get("bomFormat") == "CycloneDX":
        return Document("cyclonedx", tuple(_cyclonedx(document, name, limits)))
    if isinstance(document.get("@graph"), list) and "spdx" in text_or_empty(document.get("@context")):
        return Document("spdx", tuple(_spdx(document, name, limits)))
    raise FormatError(
        f"{name}: is no bill of materials that can be read", hint="give CycloneDX as JSON, or SPDX 3 as JSON-LD"
    )


# --- CycloneDX -------------------------------------------------------------------------------


def _cyclonedx(document: Mapping[str, Json], name: str, limits: Limits) -> Iterator[Listed]:
    number = 0
    for kind, member in (("component", "components"), ("service", "services")):
        ahead = _entries(document.get(member), name)
        while ahead:
            part = ahead.pop()
            number += 1
            _refuse_more(number, name, limits)
            ahead += _entries(part.get(member), name)
            yield Listed(
                kind,
                text_or_empty(part.get("type")),
                text_or_empty(part.get("group")),
                _named(part, name),
                text_or_empty(part.get("version")),
                text_or_empty(part.get("purl")),
                text_or_empty(part.get("bom-ref")),
                dict(_fields(part)),
            )


def _entries(value: Json, name: str) -> list[Mapping[str, Json]]:
    entries: list[Mapping[str, Json]] = []
    if value is not None and not isinstance(value, list):
        raise FormatError(f"{name}: components and services are lists")
    for entry in list_or_empty(value):
        if not isinstance(entry, dict):
            raise FormatError(f"{name}: lists something that is no object")
        entries.append(entry)
    return entries


def _named(part: Mapping[str, Json], name: str) -> str:
    told = part.get("name")
    if not isinstance(told, str) or not told:
        raise FormatError(f"{name}: lists something without a name")
    return told


def _refuse_more(number: int, name: str, limits: Limits) -> None:
    if number > limits.bom_parts:
        raise LimitExceeded(f"{name}: lists more than {limits.bom_parts} components, services or remarks")


# --- SPDX ------------------------------------------------------------------------------------


def _spdx(document: Mapping[str, Json], name: str, limits: Limits) -> Iterator[Listed]:
    elements = _entries(document["@graph"], name)
    _refuse_more(len(elements) // 8, name, limits)
    space = _namespace(elements)
    roots = {iri for one in elements if one.get("type") == "software_Sbom" for iri in _texts(one.get("rootElement"))}
    licences = _licences(elements)
    facts = _facts(elements, name, limits)
    number = 0
    for part in elements:
        iri = text_or_empty(part.get("spdxId"))
        if text_or_empty(part.get("type")) not in _LISTED or iri in roots:
            continue
        number += 1
        _refuse_more(number, name, limits)
        told = facts.get(iri, {})
        fields = {**dict(_fields(part)), **dict(_fields(told)), "licenses": licences.get(iri, "")}
        yield Listed(
            "service" if told.get("service") is True else "component",
            text_or_empty(part.get("type")),
            "",
            _named(part, name),
            text_or_empty(part.get("software_packageVersion")),
            text_or_empty(part.get("software_packageUrl")),
            iri.removeprefix(space),
            # IRIs of one document are other ones in the next, all but what stands behind its name.
            {key: value.replace(space, "") if space else value for key, value in fields.items() if value},
        )


def _namespace(elements: list[Mapping[str, Json]]) -> str:
    for one in elements:
        if one.get("type") == "SpdxDocument":
            name, mark, _ = text_or_empty(one.get("spdxId")).partition("#")
            return name + mark if mark else ""
    return ""


def _licences(elements: list[Mapping[str, Json]]) -> dict[str, str]:
    """Declared licences by the element that has them."""
    member = "simplelicensing_licenseExpression"
    words = {text_or_empty(one.get("spdxId")): text_or_empty(one.get(member)) for one in elements if member in one}
    found: dict[str, list[str]] = {}
    for one in elements:
        if one.get("relationshipType") == "hasDeclaredLicense":
            told = [words.get(iri) or iri for iri in _texts(one.get("to"))]
            found.setdefault(text_or_empty(one.get("from")), []).extend(told)
    return {iri: _joined(told) for iri, told in found.items()}


def _facts(elements: list[Mapping[str, Json]], name: str, limits: Limits) -> Mapping[str, Mapping[str, Json]]:
    """What remarks in JSON tell of elements."""
    found: dict[str, dict[str, Json]] = {}
    for one in elements:
        if one.get("type") == "Annotation" and one.get("contentType") == _JSON:
            subject = text_or_empty(one.get("subject"))
            # Other tools may call anything JSON; what cannot be read tells nothing.
            with suppress(FormatError, LimitExceeded):
                told = canonical.parse_json(text_or_empty(one.get("statement")), f"{name}: a remark", limits)
                found.setdefault(subject, {}).update(object_or_empty(told.value))
    return found


def _texts(value: Json) -> list[str]:
    return [one for one in list_or_empty(value) if isinstance(one, str)]


# --- fields ----------------------------------------------------------------------------------


def _fields(part: Mapping[str, Json], above: str = "") -> Iterator[tuple[str, str]]:
    """Every member by its path; what is put in order by nobody is put in order here."""
    for member, value in part.items():
        path = f"{above}{member}"
        if member in _ASIDE and not above:
            continue
        if member in {"hashes", "verifiedUsing"}:
            yield from _pairs(value, "hashes", ("alg", "algorithm"), ("content", "hashValue"))
        elif member == "properties":
            yield from _pairs(value, f"{above}properties", ("name",), ("value",))
        elif member == "extension":
            for one in list_or_empty(value):
                entries = object_or_empty(one).get("extension_cdxProperty")
                yield from _pairs(entries, "properties", ("extension_cdxPropName",), ("extension_cdxPropValue",))
        elif member == "licenses":
            yield path, _joined(_licence(one) for one in list_or_empty(value))
        elif isinstance(value, dict):
            yield from _fields(value, f"{path}.")
        elif isinstance(value, list):
            yield path, _joined(map(_text, value))
        else:
            yield path, _text(value)


def _pairs(value: Json, path: str, names: tuple[str, ...], contents: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    told: dict[str, list[str]] = {}
    for one in list_or_empty(value):
        entry = object_or_empty(one)
        name = next((text_or_empty(entry.get(key)) for key in names if key in entry), "")
        if name != _PLACES:
            content = next((_text(entry.get(key)) for key in contents if key in entry), "")
            told.setdefault(name, []).append(content if name else _text(one))
    for name, values in told.items():
        yield f"{path}.{name}", _joined(values)


def _licence(value: Json) -> str:
    entry = object_or_empty(value)
    inner = object_or_empty(entry.get("license")) or entry
    return next((text_or_empty(inner.get(key)) for key in ("expression", "id", "name") if inner.get(key)), _text(value))


def _joined(texts: Iterable[str]) -> str:
    """One text as it is, several as a list that cannot be taken for another one."""
    told = sorted(texts)
    return canonical.compact([*told]) if len(told) > 1 else "".join(told)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical.compact(value)
