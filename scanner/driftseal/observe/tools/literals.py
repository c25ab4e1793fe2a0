"""``{name, description, inputSchema, …}`` and ``types.Tool(name=…)``, in lists, alone, or by name in a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.model.item import ItemKind
from driftseal.observe.tools._calls import RUN_KEYS, SCHEMA_KEYS, members
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Site, Sites

_MADE: Final = {"Tool": ItemKind.TOOL, "Prompt": ItemKind.PROMPT, "Resource": ItemKind.RESOURCE}
_LOOSE: Final = frozenset({"parameters", "args", "inputs", "argsSchema"})
"""Names of schemas that other things than tools have as well."""
_NO_TOOLS: Final = frozenset({"200", "default", "items", "properties"})
"""Names under which tables of other interfaces hold things."""
_MADE_TEMPLATE: Final = "ResourceTemplate"


def find(sites: Sites) -> Iterator[Draft]:
    """Every object that describes a tool, prompt or resource."""
    for site in sites.described:
        yield from _drafts(sites, site, partial(_described, sites), partial(_is_open, sites, site))
    for site in sites.mappings:
        yield from _registry(sites, site.spot)
    for site in filter(_is_entry, sites.constants.calls.get("set", ())):
        yield from _drafts(sites, site, partial(_kept, sites), partial(sites.is_open, site))
    for site in sites.calls:
        call = site.node
        if isinstance(call, ir.Call) and last_name(call.callee)[:1].isupper():
            for turn in sites.turns(site):
                yield from _built(sites, turn, call)


def _drafts(
    sites: Sites, site: Site, read: Callable[[Spot], Draft | None], helps: Callable[[], bool]
) -> Iterator[Draft]:
    """What a place tells once for each turn of the loops around it; of one in a helper, for each call of that."""
    drafts = [draft for turn in sites.turns(site) if (draft := read(turn)) is not None]
    if not drafts and helps():
        drafts = [draft for turn in sites.callers.around(site, read) if (draft := read(turn)) is not None]
    yield from drafts


def _described(sites: Sites, turn: Spot) -> Draft | None:
    return _object(sites, turn, dict(members(sites.constants, turn)))


def _is_open(sites: Sites, site: Site) -> bool:
    """Whether an object may be a tool whose name the function around it is given."""
    entries = site.node.entries if isinstance(site.node, ir.Mapping) else ()
    keys = {entry.key.value: entry.value for entry in entries if isinstance(entry.key, ir.Const)}
    named = isinstance(keys.get("name"), (ir.Name, ir.Attr, ir.Text)) and "description" in keys
    runs = bool(keys.keys() & {*SCHEMA_KEYS, *RUN_KEYS} - _LOOSE)
    aside = _is_aside(sites, {str(key): site.spot.at(value) for key, value in keys.items()})
    return named and runs and not aside and sites.is_open(site)


def _built(sites: Sites, turn: Spot, call: ir.Call) -> Iterator[Draft]:
    """``types.Tool(name="…", **more)``."""
    told = {arg.name: turn.at(arg.value) for arg in call.args if arg.name}
    for arg in call.args:
        if arg.spread:
            told |= dict(members(sites.constants, sites.constants.follow(turn.at(arg.value))))
    draft = _object(sites, turn, told, last_name(call.callee)) if "name" in told or "uri" in told else None
    if draft is not None:
        yield draft


def _object(sites: Sites, turn: Spot, told: dict[str, Spot], made: str = "") -> Draft | None:
    name = sites.constants.text(told.get("name"))
    uri = sites.constants.text(told.get("uri") or told.get("uriTemplate"))
    described = "description" in told
    if made and not any(word in made for word in (*_MADE, _MADE_TEMPLATE)) and not told.keys() & set(SCHEMA_KEYS):
        return None
    if uri is not None and name is not None and ("mimeType" in told or described or made):
        kind = ItemKind.RESOURCE_TEMPLATE if "{" in uri or "uriTemplate" in told else ItemKind.RESOURCE
        return _draft(sites, turn, told, kind, uri, "object")
    if not is_name(name) or name is None or _is_aside(sites, told):
        return None
    schema = told.keys() & set(SCHEMA_KEYS)
    if made.endswith("Prompt") or (not schema and described and "arguments" in told and _is_list(sites, told)):
        return _draft(sites, turn, told, ItemKind.PROMPT, name, "object")
    runs = bool(told.keys() & set(RUN_KEYS)) or bool(schema - _LOOSE) or _is_schema(sites, told)
    if made.endswith("Tool") or (described and runs) or "inputSchema" in told or "input_schema" in told:
        return _draft(sites, turn, told, ItemKind.TOOL, name, "object")
    return None


def _is_aside(sites: Sites, told: dict[str, Spot]) -> bool:
    """Whether an object describes something of another interface: of OpenAPI, of GraphQL."""
    return "in" in told or "locations" in told or "resolve" in told or _is_parameter(sites, told)


def _is_parameter(sites: Sites, told: dict[str, Spot]) -> bool:
    """Whether an object describes one parameter of a web interface."""
    return sites.constants.text(told.get("type")) in {"Body", "Query", "Path", "Header", "body", "query", "path"}


def _is_schema(sites: Sites, told: dict[str, Spot]) -> bool:
    """Whether what is called parameters is a schema as models take it."""
    found = next((told[key] for key in SCHEMA_KEYS if key in _LOOSE and key in told), None)
    if found is None:
        return False
    whole = sites.constants.follow(found)
    keys = {key for key, _ in members(sites.constants, whole)}
    return not isinstance(whole.expr, (ir.Group, ir.Const)) and (not keys or bool(keys & {"type", "properties"}))


def _is_list(sites: Sites, told: dict[str, Spot]) -> bool:
    return isinstance(sites.constants.follow(told["arguments"]).expr, ir.Group)


def _registry(sites: Sites, whole: Spot) -> Iterator[Draft]:
    """``{read_file: {description, schema, handler}}``."""
    for entry in whole.expr.entries if isinstance(whole.expr, ir.Mapping) else ():
        if entry.key is not None and isinstance(entry.value, ir.Mapping):
            draft = _entry(sites, whole.at(entry.key), whole.at(entry.value))
            if draft is not None:
                yield draft


def _is_entry(site: Site) -> bool:
    """Whether a call puts an object with a description under a name: ``registry.set("read_file", {description})``."""
    args = site.node.args if isinstance(site.node, ir.Call) else ()
    whole = args[1].value if len(args) == len(("key", "value")) else None
    keys = (entry.key for entry in whole.entries) if isinstance(whole, ir.Mapping) else ()
    return any(isinstance(key, ir.Const) and key.value == "description" for key in keys)


def _kept(sites: Sites, turn: Spot) -> Draft | None:
    args = turn.expr.args if isinstance(turn.expr, ir.Call) else ()
    return _entry(sites, turn.at(args[0].value), turn.at(args[1].value)) if args else None


def _entry(sites: Sites, key: Spot, value: Spot) -> Draft | None:
    """A tool that lies in a table under its name."""
    told = dict(members(sites.constants, value))
    schema = next((key for key in (*SCHEMA_KEYS, "handler", "execute") if key in told), None)
    if schema is None or (schema in _LOOSE and not told.keys() & set(RUN_KEYS)):
        return None
    name = sites.constants.text(key) if "description" in told and "name" not in told else None
    if name is None or not is_name(name) or name in _NO_TOOLS or not name[0].isalpha():
        return None
    return _draft(sites, value, told, ItemKind.TOOL, name, "registry")


def _draft(sites: Sites, turn: Spot, told: dict[str, Spot], kind: ItemKind, name: str, how: str) -> Draft:
    return Draft(
        kind=kind,
        name=name,
        spot=turn,
        line=turn.expr.line,
        how=how,
        description=sites.constants.wording(told.get("description")),
        schema=next((told[key] for key in SCHEMA_KEYS if key in told), None),
        annotations=told.get("annotations"),
        title=sites.constants.text(told.get("title")),
        handler=next((told[key] for key in RUN_KEYS if key in told), None),
    )
