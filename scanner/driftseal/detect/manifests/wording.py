"""Titles and parameters that hide what a tool does with what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.detect._spot import Spot
from driftseal.detect.manifests import hints
from driftseal.model.item import Item
from driftseal.observe import words
from driftseal.regexes import regex

_HEADER: Final = "x-mcp-header"
_TOKEN: Final = regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2: what a header's name is made of."""


def title_hides_action(item: Item) -> Iterator[Spot]:
    """A title that only looks, on a tool whose name deletes, sends or runs: people approve titles."""
    if not isinstance(item.content, dict):
        return
    parts = words.split(item.name)
    verb, group = words.action(parts)
    harmful = verb in words.vocabulary("actions", "never_read_only") or (
        group == "executes" and words.vocabulary("actions", "code_objects").intersection(parts)
    )
    if not harmful:
        return
    for pointer, title in (
        ("/title", item.content.get("title")),
        ("/annotations/title", hints.annotation(item, "title")),
    ):
        if not isinstance(title, str):
            continue
        shown, shown_group = words.action(words.split(title))
        if shown_group == "reads" and verb not in words.split(title):
            yield Spot(pointer, title, f"the title says {shown!r}, the name {verb!r}", beside=("/name",))


def secret_in_header(item: Item) -> Iterator[Spot]:
    """``x-mcp-header`` on a parameter that holds a secret or the conversation (specification 2026-07-28)."""
    sensitive = words.vocabulary("parameters", "secret") | words.vocabulary("parameters", "conversation")
    for name, schema in hints.parameters(item).items():
        header = schema.get(_HEADER) if isinstance(schema, dict) else None
        if header is None:
            continue
        telling = sensitive.intersection((*words.split(name), *words.split(str(header))))
        if telling:
            yield Spot(
                _pointer(name), str(header), f"the value of parameter {name!r} ({min(telling)}) is copied into a header"
            )


def header_is_reserved(item: Item) -> Iterator[Spot]:
    """``x-mcp-header`` that replaces a header of HTTP itself or breaks out of its line."""
    for name, schema in hints.parameters(item).items():
        header = schema.get(_HEADER) if isinstance(schema, dict) else None
        if isinstance(header, str) and (
            header.lower() in words.vocabulary("parameters", "reserved_headers") or not _TOKEN.fullmatch(header)
        ):
            yield Spot(_pointer(name), header, f"the argument {name!r} is written into the header {header!r}")


def _pointer(parameter: str) -> str:
    escaped = parameter.replace("~", "~0").replace("/", "~1")
    return f"/inputSchema/properties/{escaped}/{_HEADER}"
