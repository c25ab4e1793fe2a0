"""Tools of Java: annotated methods of Spring AI, Quarkus, LangChain4j and MCP's own annotations; the SDK's records.

With the SDK a tool is ``new McpSchema.Tool("name", "description", schema)`` or built member by member, and what runs
it stands beside it in a specification or in the server's builder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools import classes
from driftseal.observe.tools._java_making import LANGUAGE, MARKS, TEMPLATES, Making
from driftseal.observe.tools._java_schemas import Schemas
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Sites

__all__ = ["LANGUAGE", "find"]

_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def find(sites: Sites) -> Iterator[Draft]:
    """Every tool, prompt and resource that Java code declares."""
    yield from _annotated(sites)
    yield from Making(sites).drafts()
    modules = sites.project.modules
    yield from (draft for draft in classes.find(sites) if modules[draft.spot.path].language == LANGUAGE)


# --- annotations -----------------------------------------------------------------------------


def _annotated(sites: Sites) -> Iterator[Draft]:
    schemas = Schemas(sites)
    for path, module in sites.project.modules.items():
        for number, function in enumerate(module.functions if module.language == LANGUAGE else ()):
            for mark in function.decorators:
                call = mark if isinstance(mark, ir.Call) else None
                kind = MARKS.get(last_name(call.callee if call is not None else mark))
                if kind is not None:
                    yield from _draft(sites, schemas, FunctionRef(path, number), kind, call)


def _draft(sites: Sites, schemas: Schemas, ref: FunctionRef, kind: ItemKind, call: ir.Call | None) -> Iterator[Draft]:
    function = sites.project.function(ref)
    spot = Spot(ref.path, ref.number, call if call is not None else ir.Const(function.name, function.line))
    given = {arg.name or "value": spot.at(arg.value) for arg in (call.args if call is not None else ())}
    name = sites.constants.text(given.get("name")) or function.name
    described = _text(sites, given.get("description") or (given.get("value") if kind is ItemKind.TOOL else None))
    if kind in TEMPLATES:
        uri = sites.constants.text(given.get("uri") or given.get("uriTemplate") or given.get("value"))
        if uri is None:
            return
        name, kind = uri, ItemKind.RESOURCE_TEMPLATE if "{" in uri else kind
    hints, title = _hints(sites, given.get("annotations"))
    yield Draft(
        kind=kind,
        name=name,
        spot=spot,
        line=function.line,
        how="annotation",
        description=described,
        title=sites.constants.text(given.get("title")) or title,
        handler=Spot(ref.path, 0, ir.Closure(ref.number, function.line)),
        signature=ref,
        written=schemas.signature(ref) if kind not in TEMPLATES else {},
        extra=hints,
    )


def _text(sites: Sites, spot: Spot | None) -> str | None:
    """A text, or several lines of one."""
    found = sites.constants.text(spot)
    if found is None and spot is not None and isinstance(spot.expr, ir.Group):
        lines = [sites.constants.text(spot.at(item)) for item in spot.expr.items]
        return "\n".join(line for line in lines if line is not None) if all(lines) else None
    return found


def _hints(sites: Sites, spot: Spot | None) -> tuple[dict[str, Json], str | None]:
    """Hints and title of ``annotations = @McpTool.McpAnnotations(readOnlyHint = true, title = "a")``."""
    call = spot.expr if spot is not None else None
    if spot is None or not isinstance(call, ir.Call):
        return {}, None
    read = {arg.name: sites.constants.fold(spot.at(arg.value)) for arg in call.args}
    title = read.get("title")
    hints: dict[str, Json] = {name: read[name] for name in _HINTS if read.get(name) is not None}
    return hints, title if isinstance(title, str) else None
