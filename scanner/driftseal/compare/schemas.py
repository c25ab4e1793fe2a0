"""What changed in a JSON Schema (draft 2020-12) or in a prompt's arguments, parameter by parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal import canonical
from driftseal.compare.facts import ABSENT, Edit, Fact
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty

_UNORDERED: Final = frozenset({"enum", "required", "type"})
_CHOICES: Final = frozenset({"anyOf", "oneOf"})
"""Keywords with branches of which each allows more."""
_PROSE: Final = frozenset({"description", "title", "$comment", "examples", "example"})
# The bound allows less the smaller it is …
_UPPER: Final = frozenset({"maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"})
# … the larger it is …
_LOWER: Final = frozenset({"minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"})
# … or cannot be compared.
_SHAPE: Final = frozenset({"pattern", "format", "const", "multipleOf", "uniqueItems", "contentEncoding", "not"})
_NOISE: Final = frozenset({"$schema", "$id"})
_NUMBERS: Final = {"integer", "number"}


def of_schema(old: Mapping[str, Json], new: Mapping[str, Json], pointer: str, name: str = "") -> Iterator[Fact]:
    """Facts on one schema and all that lies below it. Both were parsed under a depth limit."""
    yield from _parameters(old, new, pointer, name)
    yield from _enum(old, new, pointer, name)
    for keyword in {**old, **new}:
        if keyword in {"properties", "required", "enum"} | _NOISE or old.get(keyword, ABSENT) == new.get(
            keyword, ABSENT
        ):
            continue
        yield from _keyword(keyword, old.get(keyword, ABSENT), new.get(keyword, ABSENT), pointer, name)


def of_arguments(old: Json, new: Json, pointer: str) -> Iterator[Fact]:
    """Facts on the arguments of a prompt: a list of ``{name, description, required}``."""
    before, after = _by_name(old), _by_name(new)
    required = [[name for name, entry in side.items() if entry.get("required") is True] for side in (before, after)]
    yield from _parameters(
        {"properties": dict(before), "required": [*required[0]]},
        {"properties": dict(after), "required": [*required[1]]},
        pointer,
        "",
    )


def _by_name(value: Json) -> dict[str, dict[str, Json]]:
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return {
        str(entry.get("name")): {key: part for key, part in entry.items() if key not in {"name", "required"}}
        | {"required": entry.get("required") is True}
        for entry in entries
    }


def _parameters(old: Mapping[str, Json], new: Mapping[str, Json], pointer: str, name: str) -> Iterator[Fact]:
    before, after = object_or_empty(old.get("properties")), object_or_empty(new.get("properties"))
    was, must = _names(old.get("required")), _names(new.get("required"))
    renamed = _renamed(before, after)
    for parameter in {**before, **after}:
        place = f"{pointer}/properties/{canonical.escape_pointer(parameter)}"
        full = f"{name}.{parameter}" if name else parameter
        if parameter in renamed:
            if parameter in after:
                yield Fact(Edit.SCHEMA_CHANGED, place, full, renamed[parameter], parameter)
        elif parameter not in before:
            schema = after[parameter]
            yield Fact(
                Edit.PARAMETER_ADDED,
                place,
                full,
                new=schema,
                required=parameter in must,
                schema=object_or_empty(schema),
            )
        elif parameter not in after:
            yield Fact(Edit.PARAMETER_REMOVED, place, full, old=before[parameter])
        else:
            if parameter in must and parameter not in was:
                yield Fact(
                    Edit.PARAMETER_REQUIRED, place, full, required=True, schema=object_or_empty(after[parameter])
                )
            elif parameter in was and parameter not in must:
                yield Fact(Edit.PARAMETER_OPTIONAL, place, full)
            if before[parameter] != after[parameter]:
                yield from of_schema(object_or_empty(before[parameter]), object_or_empty(after[parameter]), place, full)


def _renamed(before: Mapping[str, Json], after: Mapping[str, Json]) -> Mapping[str, str]:
    """Parameters that only changed their names, by either name: described alike, and one alone."""
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    if len(gone) != 1 or len(come) != 1:
        return {}
    old, new = gone[0], come[0]
    described = bool(object_or_empty(before[old]).get("description"))
    return {old: new, new: old} if described and before[old] == after[new] else {}


def _enum(old: Mapping[str, Json], new: Mapping[str, Json], pointer: str, name: str) -> Iterator[Fact]:
    before, after = old.get("enum"), new.get("enum")
    if before == after:
        return
    place = f"{pointer}/enum"
    if not isinstance(before, list):
        yield Fact(Edit.ENUM_NARROWED, place, name, before if "enum" in old else ABSENT, after)
    elif not isinstance(after, list):
        yield Fact(Edit.ENUM_WIDENED, place, name, before, "any value")
    else:
        was, now = ({canonical.canonicalize(value) for value in side} for side in (before, after))
        edit = Edit.ENUM_WIDENED if now - was else Edit.ENUM_NARROWED if was - now else Edit.REORDERED
        yield Fact(edit, place, name, before, after)


def _keyword(keyword: str, old: Json, new: Json, pointer: str, name: str) -> Iterator[Fact]:
    place = f"{pointer}/{canonical.escape_pointer(keyword)}"
    if keyword in _PROSE:
        yield Fact(Edit.TEXT_CHANGED, place, name, old, new)
    elif keyword == "default":
        yield Fact(Edit.DEFAULT_CHANGED, place, name, old, new)
    elif keyword == "type":
        yield Fact(_type_edit(old, new), place, name, old, new)
    elif keyword == "additionalProperties" and old is False:
        yield Fact(Edit.SCHEMA_OPENED, place, name, old, new)
    elif keyword in _UPPER | _LOWER | _SHAPE:
        yield Fact(_bound_edit(keyword, old, new), place, name, old, new)
    else:
        yield from _below(keyword, old, new, pointer, name)


def _below(keyword: str, old: Json, new: Json, pointer: str, name: str) -> Iterator[Fact]:
    """Facts on schemas inside a keyword of a schema, such as ``items``, ``anyOf`` or ``$defs``."""
    place = f"{pointer}/{canonical.escape_pointer(keyword)}"
    if isinstance(old, dict) and isinstance(new, dict):
        if keyword in {"$defs", "definitions", "patternProperties", "dependentSchemas"}:
            yield from _parameters({"properties": old}, {"properties": new}, pointer, name)
        else:
            yield from of_schema(old, new, place, name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            if before != after:
                yield from of_schema(object_or_empty(before), object_or_empty(after), f"{place}/{index}", name)
    elif keyword in _CHOICES and isinstance(old, list) and isinstance(new, list):
        was, now = ({canonical.canonicalize(branch) for branch in side} for side in (old, new))
        edit = Edit.ENUM_WIDENED if was < now else Edit.ENUM_NARROWED if now < was else Edit.SCHEMA_CHANGED
        yield Fact(edit, place, name or keyword, old, new)
    else:
        yield Fact(Edit.SCHEMA_CHANGED, place, name or keyword, old, new)


def _type_edit(old: Json, new: Json) -> Edit:
    was, now = _types(old), _types(new)
    if "integer" in was and "number" in now:
        was = (was - {"integer"}) | {"number"}
    if not now or (was and was < now):
        # Null beside a type only says that it may be left out.
        return Edit.TYPE_CHANGED if now - was == {"null"} else Edit.TYPE_WIDENED
    # Text can carry what numbers, choices and switches could not.
    return Edit.TYPE_WIDENED if "string" in now - was and was else Edit.TYPE_CHANGED


def _types(value: Json) -> set[str]:
    if value == ABSENT:
        return set()
    return {str(part) for part in value} if isinstance(value, list) else {str(value)}


def _bound_edit(keyword: str, old: Json, new: Json) -> Edit:
    if old == ABSENT:
        return Edit.CONSTRAINT_ADDED
    if new == ABSENT or keyword in _SHAPE:
        return Edit.CONSTRAINT_DROPPED
    if isinstance(old, int | float) and isinstance(new, int | float):
        looser = new > old if keyword in _UPPER else new < old
        return Edit.CONSTRAINT_DROPPED if looser else Edit.CONSTRAINT_ADDED
    return Edit.CONSTRAINT_DROPPED


def _names(value: Json) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()


def without_order(value: Json) -> Json:
    """The value with the keywords of JSON Schema whose order means nothing sorted: ``enum``, ``required``, ``type``."""
    if isinstance(value, list):
        return [without_order(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        key: sorted(part, key=canonical.canonicalize)
        if key in _UNORDERED and isinstance(part, list)
        else without_order(part)
        for key, part in value.items()
    }
