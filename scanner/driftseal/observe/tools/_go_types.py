"""JSON Schema from Go's structs: the fields' types and what their tags say."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot
from driftseal.code.project import ClassRef
from driftseal.model.item import Json
from driftseal.observe.tools.sites import Sites

_DEPTH: Final = 8
_STEPS: Final = 2000
_TYPES: Final = {"string": "string", "bool": "boolean", "float": "number", "int": "integer", "uint": "integer"}
_NO_INPUT: Final = ("Context", "Session", "Server", "Dependencies")
"""Ends of the names of types that a handler's parameters have and that are no struct of arguments."""


class Types:
    """Reads the types of one project."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._left = 0

    def of_handler(self, handler: Spot) -> Json:
        """The schema of the struct that a handler takes, None where it takes none."""
        if not isinstance(handler.expr, ir.Closure):
            return None
        function = self._sites.project.modules[handler.path].functions[handler.expr.function]
        for param in reversed(function.params):
            name = param.annotation.partition("[")[0]
            if name and not name.endswith(_NO_INPUT):
                found = self.named(handler.path, param.annotation)
                if found is not None:
                    return found
        return None

    def named(self, path: str, text: str) -> Json:
        """The schema of a struct by its name; None for what is no struct of the project."""
        self._left = _STEPS
        return self._struct(path, text, _DEPTH)

    def _struct(self, path: str, text: str, depth: int) -> dict[str, Json] | None:
        first, _, second = text.partition(".")
        ref = self._sites.project.named(path, first)
        if second and ref is not None:
            ref = self._sites.project.member(ref, second)
        if not isinstance(ref, ClassRef) or depth == 0:
            return None
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for owner, field in self._sites.project.fields(ref):
            self._left -= 1
            tags = _tags(field)
            name, *options = tags.get("json", field.name).split(",")
            if self._left < 0 or name == "-" or not field.name[:1].isupper() or _embeds(self._sites, owner, field):
                continue
            said = tags.get("jsonschema", "")
            told = self._type(owner.path, field.annotation, depth - 1) | _said(said, tags)
            properties[name or field.name] = told
            words = [part.strip() for part in said.split(",")]
            if "required" in words or ("omitempty" not in options and "omitzero" not in options):
                required.append(name or field.name)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _type(self, path: str, text: str, depth: int) -> dict[str, Json]:
        plain = text.lstrip("*")
        if plain.startswith("[]"):
            return (
                {"type": "array", "items": self._type(path, plain[2:], depth - 1)} if depth > 0 else {"type": "array"}
            )
        if plain.startswith("map["):
            return {"type": "object"}
        basic = _TYPES.get(plain.rstrip("0123456789"))
        if basic is not None:
            return {"type": basic}
        return self._struct(path, plain, depth - 1) or {} if depth > 0 and self._left > 0 else {}


def _embeds(sites: Sites, owner: ClassRef, field: ir.Field) -> bool:
    """Whether a field is a struct whose own fields count instead of it."""
    last = field.annotation.rpartition(".")[2]
    bases = sites.project.cls(owner).bases
    return field.name == last and any(last in {getattr(base, "id", ""), getattr(base, "name", "")} for base in bases)


def _tags(field: ir.Field) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in field.decorators:
        if isinstance(tag, ir.Call) and isinstance(tag.callee, ir.Name) and tag.args:
            value = tag.args[0].value
            if isinstance(value, ir.Const):
                found[tag.callee.id] = str(value.value)
    return found


def _said(tag: str, tags: dict[str, str]) -> dict[str, Json]:
    """``description=…`` of one dialect; in the other the tag is the description."""
    if "description" in tags:
        return {"description": tags["description"]}
    if "jsonschema_description" in tags:
        return {"description": tags["jsonschema_description"]}
    _, marked, rest = tag.partition("description=")
    if marked:
        return {"description": rest.partition(",enum=")[0].replace("\\,", ",")}
    plain = tag and tag != "required" and not tag.startswith(("required,", "enum=", "type=", "title=", "default="))
    return {"description": tag} if plain else {}
