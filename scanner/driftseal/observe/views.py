"""The texts of an item, each with where it stands and how it was made readable.

Every string and every key but the words of JSON Schema is a view as it stands. One more joins the prose
of an item, so that a sentence split over a description and a parameter is read as one. Where an item holds
characters or encodings that hide text, decoded views follow, decoded again up to ``limits.view_depth``; each
remembers the original string and the characters of it that it was made from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from driftseal import canonical
from driftseal.limits import Limits
from driftseal.model.item import Item, ItemKind, Json
from driftseal.observe.decode import DECODINGS
from driftseal.observe.text.patterns import Set

_TEMPLATE: Final = "template"
"""What of a model's file turns conversations into what the model reads."""
JOINED: Final = "joined fields"
"""What ``Match.view`` says of text that was found across fields."""
JOINED_TOOLS: Final = "joined tools"
"""What ``Match.view`` says of text that was found across the tools of a server."""


class Piece(NamedTuple):
    """Where a part of a joined view comes from."""

    start: int
    """In the joined text."""
    pointer: str
    item: int = -1
    """Of a view of several items, which of them; in their order."""
    is_key: bool = False
    """A member's name, behind which stands what it names."""


class View(NamedTuple):
    """One text to look at."""

    text: str
    pointer: str
    """JSON pointer of the original string; of the whole item for a joined view."""
    is_key: bool = False
    """The text is a member's name, not its value."""
    decodings: tuple[str, ...] = ()
    """How it was made readable, outermost first: ``("base64", "rot13")``; empty as it stands."""
    span: tuple[int, int] = (0, 0)
    """Characters of the original string that this text was made from; ``(0, 0)`` for all of it."""
    joined: bool = False
    """Several fields of the item, joined, so that a sentence split over them is read as one."""
    pieces: tuple[Piece, ...] = ()
    """What a joined view was made of, in order."""
    cut: bool = False
    """More stands encoded in the item than ``limits`` let us decode; the last view, without text."""

    @property
    def name(self) -> str:
        """As ``Match.view`` tells it: ``base64 > rot13``; empty for text as it stands."""
        if self.joined:
            return JOINED_TOOLS if self.pieces and self.pieces[0].item >= 0 else JOINED
        return " > ".join(self.decodings)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original string from which these characters of the view come."""
        if self.joined:
            return (0, 0)
        if self.decodings:
            return self.span
        return self.span[0] + start, self.span[0] + end

    def pointers(self, start: int, end: int) -> tuple[str, ...]:
        """The strings of a joined view over which these characters of it spread, in order, each once."""
        return tuple(dict.fromkeys(piece.pointer for piece in self.touched(start, end)))

    def touched(self, start: int, end: int) -> tuple[Piece, ...]:
        """The pieces of a joined view over which these characters of it spread, in order."""
        return tuple(
            piece
            for piece, after in zip(self.pieces, (*self.pieces[1:], None), strict=True)
            if piece.start < end and (after is None or after.start > start)
        )


_REMEMBERED: Final = 1 << 12
"""Short texts of which it is remembered what could be decoded, and pointers of which it is known what stands there."""

UNTOLD: Final = frozenset(
    {
        *("type", "description", "properties", "inputSchema", "outputSchema", "required", "default", "enum", "items"),
        *("title", "anyOf", "oneOf", "allOf", "format", "const", "examples", "additionalProperties", "minimum"),
        *("maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "nullable", "$schema", "$ref"),
        *("$defs", "annotations", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"),
        *("string", "object", "array", "integer", "number", "boolean", "null"),
    }
)
"""Half of all keys and values of real tools. By themselves they say nothing, wherever they stand."""


def speaks(item: Item) -> bool:
    """Whether an item holds text for models; of a model's files those do that hold a template."""
    return item.kind is not ItemKind.MODEL_FILE or bool(_said(item.content))


def _said(content: Json) -> Json:
    """What of a model's file becomes part of conversations: all else is read by programs."""
    return {_TEMPLATE: content[_TEMPLATE]} if isinstance(content, dict) and _TEMPLATE in content else {}


def of_item(item: Item, limits: Limits) -> Iterator[View]:
    """Plain, joined and decoded views of one item, bounded by ``limits``."""
    content = item.content if item.kind is not ItemKind.MODEL_FILE else _said(item.content)
    leaves = _leaves(content)
    plain = [View(text, pointer, is_key) for pointer, text, is_key in leaves if len(text) <= limits.view_bytes]
    for pointer, text, is_key in leaves:
        if len(text) > limits.view_bytes:
            plain += _windows(View(text, pointer, is_key), limits)
    yield from plain
    joined = _join(leaves, limits)
    if joined is not None:
        yield joined
    whole = "\n".join([text for _, text, _ in leaves])
    if _needs().occurring(whole):
        yield from _decoded(plain, limits)


def _leaves(content: Json) -> Sequence[tuple[str, str, bool]]:
    """Those of `canonical.leaves` that say something. Written out, since for the most part there is nothing to tell."""
    if isinstance(content, str):
        return [("", content, False)] if content not in UNTOLD else []
    found: list[tuple[str, str, bool]] = []
    inside = [("", _members(content))]
    while inside:
        above, members = inside[-1]
        for name, value in members:
            if name.__class__ is str:
                at = "" if name in UNTOLD else _below(above, name)
                if at:
                    found.append((at, name, True))
            else:
                at = ""
            if isinstance(value, str):
                if value not in UNTOLD:
                    found.append((at or _below(above, name), value, False))
            elif isinstance(value, _NESTED) and value:
                inside.append((at or _below(above, name), _members(value)))
                break
        else:
            inside.pop()
    return found


_NESTED: Final = (dict, list)


def _members(value: Json) -> Iterator[tuple[str | int, Json]]:
    if isinstance(value, dict):
        return iter(value.items())
    return enumerate(value) if isinstance(value, list) else iter(())


def _below(above: str, name: str | int) -> str:
    return f"{above}/{name if isinstance(name, int) else canonical.escape_pointer(name)}"


def _windows(view: View, limits: Limits) -> Iterator[View]:
    step = limits.view_bytes - limits.view_overlap
    for start in range(0, len(view.text), step):
        end = min(start + limits.view_bytes, len(view.text))
        yield View(view.text[start:end], view.pointer, view.is_key, span=(start, end))
        if end == len(view.text):
            return


# --- joined ----------------------------------------------------------------------------------

_VOCABULARY: Final = frozenset(
    {"type", "format", "$schema", "$ref", "$id", "pattern", "required", "mimeType", "uri", "uriTemplate", "icons"}
)
"""Members whose values are words of JSON Schema or MCP, read by programs rather than by models."""
_NAMED: Final = frozenset({"properties", "$defs", "definitions", "patternProperties"})
"""Members whose keys are names that the author chose."""
_FIRST: Final = {"/name": 0, "/title": 1, "/description": 2}


def _join(leaves: Sequence[tuple[str, str, bool]], limits: Limits) -> View | None:
    """Name, title, description, then every parameter as ``name: description`` in document order."""
    prose = [leaf for leaf in leaves if _is_prose(leaf[0], leaf[2])]
    if len(prose) < len(("name", "description")):
        return None
    prose.sort(key=lambda leaf: _FIRST.get(leaf[0], len(_FIRST)))
    texts: list[str] = []
    pieces: list[Piece] = []
    at = 0
    for pointer, text, is_key in prose:
        if at + len(text) > limits.view_bytes:
            break
        pieces.append(Piece(at, pointer, -1, is_key))
        part = f"{text}: " if is_key else f"{text} "
        texts.append(part)
        at += len(part)
    return View("".join(texts), "", joined=True, pieces=tuple(pieces)) if pieces else None


@lru_cache(_REMEMBERED)
def _is_prose(pointer: str, is_key: bool) -> bool:  # noqa: FBT001 - as canonical.leaves gives it
    above, _, last = pointer.rpartition("/")
    parent = above.rpartition("/")[2]
    if is_key:
        return parent in _NAMED
    return last not in _VOCABULARY and parent not in _VOCABULARY


def of_tools(items: Sequence[Item], limits: Limits) -> View | None:
    """What the tools of a server say of themselves, in the order in which a model reads it; None below two tools."""
    texts: list[str] = []
    pieces: list[Piece] = []
    at = 0
    for number, item in enumerate(items):
        said = item.content.get("description") if isinstance(item.content, dict) else None
        if item.kind is not ItemKind.TOOL or not isinstance(said, str) or at + len(said) > limits.view_bytes:
            continue
        pieces.append(Piece(at, "/description", number))
        texts.append(f"{said} ")
        at += len(said) + 1
    return View("".join(texts), "", joined=True, pieces=tuple(pieces)) if len(pieces) > 1 else None


# --- decoded ---------------------------------------------------------------------------------


@cache
def _needs() -> Set:
    """Which decodings could find anything in a text, asked in one pass for all of them."""
    return Set([decoding.needs for decoding in DECODINGS], "decodings")


_SHORT: Final = 200


def _needed(text: str) -> Sequence[int]:
    return _remembered(text) if len(text) <= _SHORT else _asked(text)


def _asked(text: str) -> Sequence[int]:
    return sorted(_needs().occurring(text))


_remembered = lru_cache(_REMEMBERED)(_asked)


def _decoded(views: Sequence[View], limits: Limits) -> Iterator[View]:
    """Breadth first, so that bounds cut the deepest nesting rather than the last field."""
    queue = deque([(view, needed) for view in views if (needed := _needed(view.text))])
    seen = {view.text for view in views} if queue else set()
    left = limits.derived_chars
    count = 0
    while queue:
        view, needed = queue.popleft()
        if len(view.decodings) >= limits.view_depth:
            continue
        for child in _children(view, needed):
            if child.text in seen:
                continue
            left -= len(child.text)
            count += 1
            if left < 0 or count > limits.views:
                yield View("", "", cut=True)
                return
            seen.add(child.text)
            queue.append((child, _needed(child.text)))
            yield child


def _children(view: View, needed: Sequence[int]) -> Iterator[View]:
    for number in needed:
        decoding = DECODINGS[number]
        for found in decoding.decode(view.text):
            if found.text:
                span = view.span if view.decodings else view.origin(found.start, found.end)
                names = (*view.decodings, decoding.name)
                yield View(found.text, view.pointer, view.is_key, names, span)
