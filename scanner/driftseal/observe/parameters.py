"""What the schema of a tool says of one parameter, by the name under which the code reads it."""

from __future__ import annotations

from typing import Final

from driftseal.model.item import Json
from driftseal.observe.taint.patterns import closed as closed_pattern

_CLOSED_FORMATS: Final = frozenset({"uuid", "date", "date-time", "time", "ipv4", "duration"})
_SCHEMED: Final = frozenset({"uri", "url"})
"""What begins with a scheme, and so never as an option does."""
_CLOSED_TYPES: Final = frozenset({"number", "integer", "boolean", "null"})
_COUNTED: Final = frozenset({"array", "string"})
_DEPTH: Final = 6
_UNIONS: Final = ("anyOf", "oneOf")


def named(schema: Json, name: str) -> bool:
    """Whether the schema has a parameter of this name, rather than the name being one of the code alone."""
    return _schema_of(schema, name) is not None


def names(schema: Json) -> frozenset[str]:
    """The parameters that a schema declares."""
    listed = (one.get("properties") for one in _alternatives(schema, _DEPTH))
    return frozenset(name for each in listed if isinstance(each, dict) for name in each)


def told(schema: Json, name: str) -> str:
    """What a schema says of a parameter in words."""
    found = _schema_of(schema, name)
    text = found.get("description") if isinstance(found, dict) else None
    return text if isinstance(text, str) else ""


def scalar(schema: Json, name: str) -> bool:
    """Whether a parameter of this name is declared, and neither an object nor a list."""
    found = _schema_of(schema, name)
    types = _types(found) if isinstance(found, dict) else frozenset()
    return bool(types) and not types & {"", "object", "array"}


def of_scalars(schema: Json, name: str) -> bool:
    """Whether a parameter is an object whose members are declared, each of them neither an object nor a list."""
    found = _schema_of(schema, name)
    members = found.get("properties") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(members, dict) or found.get("additionalProperties"):
        return False
    return bool(members) and all(scalar(found, each) for each in members)


def empty(schema: Json) -> bool:
    """Whether a tool is declared to take nothing."""
    return isinstance(schema, dict) and schema.get("properties") == {} and not schema.get("additionalProperties")


def foreign(schema: Json, name: str) -> bool:
    """Whether a schema that lists parameters has none of this name."""
    listed = any(isinstance(one.get("properties"), dict) for one in _alternatives(schema, _DEPTH))
    return listed and "." in name and not named(schema, name)


def closed(schema: Json, name: str, kind: str) -> bool:
    """Whether every value that the schema allows is harmless to a sink of this kind."""
    found = _schema_of(schema, name)
    if name.endswith(".length") and isinstance(found, dict):
        # What is a list or a text has a number for a length.
        return _types(found) <= _COUNTED
    return found is not None and _closed(found, kind, _DEPTH)


def of_objects(schema: Json, name: str) -> bool:
    """Whether a parameter is a list of objects, whose elements are no texts."""
    found = _schema_of(schema, name)
    inner = found.get("items") if isinstance(found, dict) and _types(found) <= {"array", "null"} else None
    return isinstance(inner, dict) and _types(inner) == {"object"}


def holds_no_text(content: Json, pointer: str) -> bool:
    """Whether a pointer leads to what is told of a switch or a number that speaks of no other parameter.

    Nothing can be handed over in it: ``includeTranscript: boolean`` says what comes back.
    """
    _, *way, last = ("", *pointer.split("/"))
    if "properties" not in way:
        return False
    here, around, name = content, content, ""
    for part in way[1:]:
        around, name = (here, part) if part != "properties" else (around, name)
        here = here.get(part) if isinstance(here, dict) else None
    text = here.get(last) if isinstance(here, dict) else None
    if not isinstance(here, dict) or not isinstance(text, str):
        return False
    others = around if isinstance(around, dict) else {}
    return _types(here) <= _CLOSED_TYPES and not any(each != name and each in text for each in others)


def _schema_of(schema: Json, name: str) -> Json:
    """The schema of a parameter: ``request.params.arguments.user.level`` is ``level`` of ``user``."""
    here, known = schema, False
    for part in name.split("."):
        inner = _member(here, part)
        if inner is not None:
            here, known = inner, True
    return here if known else None


def _member(schema: Json, name: str) -> Json:
    for one in _alternatives(schema, _DEPTH):
        properties = one.get("properties")
        if isinstance(properties, dict) and name in properties:
            return properties[name]
    return None


def _alternatives(schema: Json, depth: int) -> list[dict[str, Json]]:
    """An object's schema, that of a list's elements, those of a union's members."""
    if not isinstance(schema, dict) or depth == 0:
        return []
    found = [schema]
    for key in ("items", *_UNIONS, "allOf"):
        inner = schema.get(key)
        for one in inner if isinstance(inner, list) else (inner,):
            found += _alternatives(one, depth - 1)
    return found


def _closed(schema: Json, kind: str, depth: int) -> bool:
    if not isinstance(schema, dict) or depth == 0:
        return False
    if "enum" in schema or "const" in schema:
        return True
    for key in _UNIONS:
        many = schema.get(key)
        if isinstance(many, list):
            return bool(many) and all(_closed(one, kind, depth - 1) for one in many)
    types = _types(schema)
    if types and types <= _CLOSED_TYPES:
        return True
    if types - {"null"} == {"array"}:
        return _closed(schema.get("items"), kind, depth - 1)
    form, pattern = schema.get("format"), schema.get("pattern")
    known = _CLOSED_FORMATS | (_SCHEMED if kind == "argv-option" else frozenset())
    return (isinstance(form, str) and form in known) or (isinstance(pattern, str) and closed_pattern(pattern, kind))


def _types(schema: dict[str, Json]) -> frozenset[str]:
    """The types that a schema allows; the empty one for what names none."""
    given = schema.get("type")
    return frozenset(one if isinstance(one, str) else "" for one in (given if isinstance(given, list) else [given]))
