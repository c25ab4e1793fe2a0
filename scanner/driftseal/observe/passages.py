"""The sentences of an item as a model reads them: what each says, in which kind of field, about which parameter."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from driftseal.limits import Limits
from driftseal.model.item import Item, ItemKind
from driftseal.observe.text import sentences
from driftseal.observe.views import View


class Place(StrEnum):
    """The kinds of fields that texts stand in. What is normal in one is out of place in another."""

    # That of an enum is worked out in Python, and places are keys of what is remembered of every sentence.
    __hash__ = str.__hash__

    DESCRIPTION = "description"
    """What a tool says of itself."""
    PARAMETER = "parameter"
    """What a tool says of one parameter."""
    NAME = "name"
    """The name of a parameter, read as words."""
    TITLE = "title"
    """A title or another annotation, which people see."""
    VALUE = "value"
    """A default, a constant, an enum value, an example."""
    OUTPUT = "output"
    """Anything in the schema of a result."""
    EXTRA = "extra"
    """A member that the protocol does not know, or a comment."""
    PROMPT = "prompt"
    RESOURCE = "resource"
    INSTRUCTIONS = "instructions"
    RESULT = "result"
    DOCUMENT = "document"
    """Skills, agent files, prompt files: texts whose purpose is to instruct."""


class Passage(NamedTuple):
    """One sentence, or a stretch of a very long one."""

    text: str
    place: Place
    subject: str
    """Name of the parameter that it is about; empty where there is none."""
    view: View
    start: int
    """In the text of the view."""
    end: int


_BY_KIND: Final = {
    ItemKind.PROMPT: Place.PROMPT,
    ItemKind.RESOURCE: Place.RESOURCE,
    ItemKind.RESOURCE_TEMPLATE: Place.RESOURCE,
    ItemKind.INSTRUCTIONS: Place.INSTRUCTIONS,
    ItemKind.SERVER: Place.INSTRUCTIONS,
    ItemKind.SKILL: Place.DOCUMENT,
    ItemKind.AGENT: Place.DOCUMENT,
    ItemKind.PROMPT_FILE: Place.DOCUMENT,
    ItemKind.SOURCE_FILE: Place.DOCUMENT,
    ItemKind.TOOL_RESULT: Place.RESULT,
}
_TOOL_FIELDS: Final = {
    "description": Place.DESCRIPTION,
    "title": Place.TITLE,
    "annotations": Place.TITLE,
    "outputSchema": Place.OUTPUT,
}
_VALUES: Final = frozenset({"enum", "const", "default", "examples", "example", "pattern", "format", "x-enum-varnames"})
_MACHINE: Final = frozenset({"type", "$schema", "$ref", "$id", "required", "mimeType", "uri", "uriTemplate", "icons"})
"""Members whose values are words of JSON Schema or MCP, unless they hold whole sentences."""
_KNOWN: Final = frozenset(
    {"name", "title", "description", "inputSchema", "outputSchema", "annotations", "arguments", "text", "content"}
)
_FEWEST_WORDS: Final = 3
_ENDED: Final = re.compile(r"[.!?:;\u3002\uff01\uff1f\u0964\u061f\u2026][\"')\]`\u201d\u2019]{0,3}$")
"""What a sentence ends with."""
_LONGEST_END: Final = 4
_REMEMBERED: Final = 1 << 12
"""Pointers of which it is remembered what stands there: tools are built alike."""


class Spoken(NamedTuple):
    """A text of an item, yet to be told apart into sentences."""

    view: View
    place: Place
    subject: str
    """As in `Passage`."""


def of_views(item: Item, views: Iterable[View], limits: Limits) -> Iterator[Passage]:
    """Every passage of an item, at most ``limits.passages``, as they stand and decoded.

    Of joined views only sentences that begin in one field and go on in the next. Long lists of names are left out, as
    they say nothing.
    """
    return itertools.islice(_of_views(item, views, limits), limits.passages)


def _of_views(item: Item, views: Iterable[View], limits: Limits) -> Iterator[Passage]:
    for part in parts(item, views, limits):
        if isinstance(part, Passage):
            yield part
            continue
        view, place, subject = part
        for start, end in stretches(view.text, limits.passage_chars):
            yield Passage(view.text[start:end], place, subject, view, start, end)


def parts(item: Item, views: Iterable[View], limits: Limits) -> Iterator[Spoken | Passage]:
    """The texts of an item of which `of_views` tells the sentences; those of joined views are told at once."""
    for view in views:
        if view.joined:
            yield from across(item.kind, view, limits)
            continue
        place, subject = (None, "") if view.cut or not view.text else _place(item, view)
        if place is not None:
            # A name is read with every sentence about it, so a long one would cost the square of its length.
            yield Spoken(view, place, subject[: limits.name_chars])


def stretches(text: str, longest: int) -> Iterator[tuple[int, int]]:
    """Where the passages of a text stand, each of ``longest`` characters at most."""
    for start, end in sentences.spans(text, longest):
        if not sentences.is_enumeration(text, start, end):
            yield start, end


def across(kind: ItemKind, view: View, limits: Limits) -> Iterator[Passage]:
    """Sentences of a joined view that nothing ends in one field and that go on in the next, as a model reads them.

    Each stands in the place where it begins and is about the parameter that it begins or goes on with.
    """
    begun: _Begun | None = None
    for piece, after in zip(view.pieces, (*view.pieces[1:], None), strict=True):
        if piece.is_key:
            continue
        text = view.text[piece.start : after.start if after else None].strip()
        # Values that a parameter takes are words in a row, and no sentence.
        if text.count(" ") < _FEWEST_WORDS - 1:
            continue
        ended = _ENDED.search(text[-_LONGEST_END:]) is not None
        whole = ""
        # A capital begins a sentence of its own; most scripts have none.
        if begun is not None and not text[0].isupper():
            start, end = sentences.spans(text[: limits.view_overlap], limits.passage_chars)[0]
            before, at = begun.last(limits)
            whole = f"{before} {text[start:end]}"[: 2 * limits.passage_chars]
            place, subject, _ = _where(kind, begun.pointer, False)
            about = subject or _where(kind, piece.pointer, False)[1]
            yield Passage(whole, place or Place.DESCRIPTION, about, view, at, piece.start + end)
            if not ended and end == len(text):
                begun = begun._replace(text=whole, start=at)
                continue
        begun = None if ended else _Begun(text, piece.start, piece.pointer)


class _Begun(NamedTuple):
    """A text that does not end its last sentence."""

    text: str
    start: int
    pointer: str

    def last(self, limits: Limits) -> tuple[str, int]:
        """That sentence, and where it stands in its view."""
        skipped = max(len(self.text) - limits.view_overlap, 0)
        start, end = sentences.spans(self.text[skipped:], limits.passage_chars)[-1]
        return self.text[skipped + start : skipped + end], self.start + skipped + start


def _place(item: Item, view: View) -> tuple[Place | None, str]:
    place, subject, is_machine = _where(item.kind, view.pointer, view.is_key)
    if is_machine and view.text.count(" ") < _FEWEST_WORDS:
        return None, ""
    return place, view.text if place is Place.NAME and not view.is_key else subject


@lru_cache(_REMEMBERED)
def _where(kind: ItemKind, pointer: str, is_key: bool) -> tuple[Place | None, str, bool]:  # noqa: FBT001 - as a view tells it
    """The place of a pointer, the parameter that it is about, and whether only programs read what is short there."""
    if kind is not ItemKind.TOOL and kind not in _BY_KIND:
        return None, "", False
    parts = pointer.split("/")[1:]
    first = parts[0] if parts else ""
    last = parts[-1] if parts else ""
    above = parts[-2] if len(parts) > 1 else ""
    if is_key:
        # Keys of schemas are JSON Schema's own words; those under ``properties`` were chosen by the author.
        named = above in {"properties", "$defs", "definitions", "patternProperties"} or first not in _KNOWN
        return (Place.NAME if named else None), last, False
    is_machine = last in _MACHINE or above in _MACHINE
    if kind is ItemKind.TOOL:
        return *_place_in_tool(parts, first, last), is_machine
    if kind is ItemKind.PROMPT and first == "arguments" and last == "name":
        return Place.NAME, "", is_machine
    return _BY_KIND.get(kind), "", is_machine


def _place_in_tool(parts: list[str], first: str, last: str) -> tuple[Place | None, str]:
    if first != "inputSchema":
        # What clients match on is no text for a model to obey, and rules on names look at it.
        return (None if parts == ["name"] else _TOOL_FIELDS.get(first, Place.EXTRA)), ""
    subject = next((parts[at + 1] for at in range(len(parts) - 2, 0, -1) if parts[at] == "properties"), "")
    if _VALUES.intersection(parts[-2:]):
        return Place.VALUE, subject
    if last in {"description", "title"}:
        return (Place.PARAMETER if subject else Place.DESCRIPTION), subject
    return Place.EXTRA, subject
