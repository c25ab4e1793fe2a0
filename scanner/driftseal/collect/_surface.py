"""What an MCP server shows, read from a JSON document: a ``tools/list`` result, a list of tools, a whole surface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from driftseal import snapshot
from driftseal.canonical import escape_pointer
from driftseal.model.item import Anomaly, AnomalyKind, Evidence, Gap, Item, ItemKind, Json

Line = Callable[[str], int]

_LISTS: Final = {
    "tools": ItemKind.TOOL,
    "prompts": ItemKind.PROMPT,
    "resources": ItemKind.RESOURCE,
    "resourceTemplates": ItemKind.RESOURCE_TEMPLATE,
    "resource_templates": ItemKind.RESOURCE_TEMPLATE,
}
_NAMES: Final = {
    ItemKind.RESOURCE: ("uri", "name"),
    ItemKind.RESOURCE_TEMPLATE: ("uriTemplate", "uri_template", "name"),
}
_SERVER: Final = ("serverInfo", "server_info")
_CURSORS: Final = ("nextCursor", "next_cursor")
_OF_A_TOOL: Final = frozenset(
    {"description", "inputSchema", "input_schema", "outputSchema", "annotations", "parameters", "arguments", "title"}
)
_DEEPEST_WRAP: Final = 3


def is_surface(value: Json) -> bool:
    """Whether a JSON document is, by its shape, what a server shows."""
    return any(_parts(value))


def items_of(surface: Json, *, uri: str, line: Line | None = None) -> Iterator[Item | Gap | Anomaly]:
    """Every item of a surface, each object raw with all its fields.

    ``uri`` is the document's, for evidence; ``line`` tells the line of a JSON pointer in it. What is no
    object or has no name is an anomaly, and an item all the same, so that its text is scanned.
    """
    for pointer, kind, value in _parts(surface):
        if isinstance(kind, ItemKind) and kind in {ItemKind.SERVER, ItemKind.INSTRUCTIONS}:
            evidence = Evidence(uri, pointer, line(pointer) if line else 0)
            yield snapshot.make_item(kind, "", value, evidence=[evidence])
        elif isinstance(kind, ItemKind):
            yield from listed(kind, value, uri=uri, pointer=pointer, line=line)
        elif value is not None:
            yield Gap(uri, pointer, "the list goes on: it names a next page, which is not in this document")


def _parts(value: Json, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, ItemKind | None, Json]]:
    """Pointer, kind and value of each part; no kind for a cursor to a further page."""
    if isinstance(value, list):
        if depth < _DEEPEST_WRAP and value and all(_is_answer(entry) for entry in value):
            for index, entry in enumerate(value):
                yield from _parts(entry, f"{pointer}/{index}", depth + 1)
        elif any(_is_tool(entry) for entry in value):
            yield pointer, ItemKind.TOOL, value
    elif isinstance(value, dict):
        if depth < _DEEPEST_WRAP and _is_answer(value):
            yield from _parts(value["result"], f"{pointer}/result", depth + 1)
        elif _is_tool(value) and _LISTS.keys().isdisjoint(value):
            yield pointer, ItemKind.TOOL, [value]
        else:
            yield from _members(value, pointer)


def _members(surface: dict[str, Json], pointer: str) -> Iterator[tuple[str, ItemKind | None, Json]]:
    for key, child in surface.items():
        # A key given twice is kept under ``key#2``.
        base = key.partition("#")[0]
        place = f"{pointer}/{escape_pointer(key)}"
        if base in _LISTS and isinstance(child, list | dict):
            yield place, _LISTS[base], child
        elif base in _SERVER and isinstance(child, dict):
            yield place, ItemKind.SERVER, child
        elif base == "instructions" and isinstance(child, str):
            # As a live server's instructions are kept, so that a manifest and a snapshot compare.
            yield place, ItemKind.INSTRUCTIONS, {"text": child}
        elif base in _CURSORS and child is not None:
            yield place, None, child


def _is_answer(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("result"), dict | list) and not _LISTS.keys() & value.keys()


def _is_tool(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and not _OF_A_TOOL.isdisjoint(value)


def listed(
    kind: ItemKind, value: Json, *, uri: str, pointer: str, line: Line | None = None
) -> Iterator[Item | Anomaly]:
    """The items of one list of a surface; a map of them by name counts as one."""
    if isinstance(value, dict):
        members = [(escape_pointer(name), name, entry) for name, entry in value.items()]
    elif isinstance(value, list):
        members = [(str(index), "", entry) for index, entry in enumerate(value)]
    else:
        return
    for token, given, entry in members:
        place = f"{pointer}/{token}"
        name = _name(kind, entry) or given
        item = snapshot.make_item(
            kind, name or f"[{token}]", entry, evidence=[Evidence(uri, place, line(place) if line else 0)]
        )
        if not name or not isinstance(entry, dict):
            what = "an object without a name" if isinstance(entry, dict) else "no object"
            yield Anomaly(AnomalyKind.MALFORMED_ITEM, item.key, f"an entry of {pointer or '/'} is {what}", place)
        yield item


def _name(kind: ItemKind, entry: Json) -> str:
    if not isinstance(entry, dict):
        return ""
    for key in _NAMES.get(kind, ("name",)):
        name = entry.get(key)
        if isinstance(name, str) and name:
            return name
    return ""
