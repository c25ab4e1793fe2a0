"""The bytes of a text for models become the content of an item, with the line of each of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError
from driftseal.formats import document, yaml
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Evidence, Json
from driftseal.records import dataclass
from driftseal.regexes import regex

_STRUCTURED: Final = frozenset({"toml", "yaml", "yml", "json"})
_OPENING: Final = regex(r"---[ \t]*\r?\n")
_CLOSING: Final = regex(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_MEMBER: Final = regex(r"([\w-]+):[ \t]*(.*)")
_VALUED: Final = frozenset(
    {
        "env",
        "environment",
        "headers",
        "http_headers",
        "mcpservers",
        "mcp-servers",
        "mcp_servers",
        "secrets",
        "credentials",
    }
)
"""Members, in lower case, that configure servers: only the names in them are kept, since their values may be keys."""
_MOST_PLACES: Final = 200
"""Parts of one document whose lines are kept; those after them are told by the line of the document."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says."""

    value: dict[str, Json]
    evidence: tuple[Evidence, ...]
    """The file first; then the line of each text, by its JSON pointer in ``value``."""
    anomalies: tuple[Anomaly, ...] = ()


def read(data: bytes, uri: str, limits: Limits) -> Content:
    """Front matter and body of a text, or the members of a YAML, TOML or JSON document.

    What cannot be parsed is kept as the text that it is: models read it all the same.

    Raises:
        LimitExceeded: the front matter is nested deeper than ``limits`` allow.
    """
    text = decode(data)
    if text is None:
        return Content({"digest": str(Digest.of(data)), "size": len(data)}, (Evidence(uri, "", 1),))
    exact = _exact(data)
    if uri.rpartition(".")[2].casefold() in _STRUCTURED:
        try:
            return _members(document.read(data, uri, limits), uri, exact)
        except FormatError:
            if uri.casefold().endswith(".json"):
                raise
            # A template, for one, becomes YAML only when it is filled in.
    return _text(text, uri, exact, limits)


def plain(data: bytes, uri: str) -> Content:
    """A file as it stands: its text, or where it is none digest and size."""
    text = decode(data)
    if text is None:
        return Content({"digest": str(Digest.of(data)), "size": len(data)}, (Evidence(uri, "", 1),))
    return Content({"text": text, **_exact(data)}, (Evidence(uri, "", 1), Evidence(uri, "/text", 1)))


def decode(data: bytes) -> str | None:
    """Text as a lenient reader takes it; ``None`` for what is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        return None
    return data.decode("utf-8-sig", "replace")


def _exact(data: bytes) -> dict[str, Json]:
    """A digest where the text alone does not tell the bytes."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return {"digest": str(Digest.of(data))}
    return {}


def _text(text: str, uri: str, exact: dict[str, Json], limits: Limits) -> Content:
    opening = _OPENING.match(text)
    closing = _CLOSING.search(text, opening.end()) if opening else None
    if closing is None:
        return Content({"text": text, **exact}, (Evidence(uri, "", 1), Evidence(uri, "/text", 1)))
    front, body = text[: closing.start()], text[closing.end() :]
    # The opening fence is a YAML document marker, so the lines of the parser are those of the file.
    head = _front(front, uri, limits)
    value: dict[str, Json] = {"frontmatter": _named(head.value), "text": body, **exact}
    places = [Evidence(uri, "", 1), Evidence(uri, "/text", text.count("\n", 0, closing.end()) + 1)]
    places += _places(head, uri, "/frontmatter")
    return Content(value, tuple(places), _twice(head, uri))


def _front(front: str, uri: str, limits: Limits) -> Document:
    try:
        # A carriage return alone, and other breaks of YAML's own, would count lines that are none.
        return yaml.parse(front.encode("utf-8", "replace"), uri, limits)
    except FormatError:
        return _lenient(front)


def _lenient(front: str) -> Document:
    """``key: value`` line by line, as clients read it: ``globs: *.ts`` is no YAML. No word is lost."""
    value: dict[str, Json] = {}
    lines: dict[str, int] = {}
    last = ""
    for number, line in enumerate(front.split("\n")[1:], start=2):
        found = _MEMBER.match(line)
        key, said = (found[1], found[2]) if found else (last, line)
        if found and key not in value:
            value[key] = said.rstrip("\r")
            lines[f"/{canonical.escape_pointer(key)}"] = number
            last = key
        elif line.strip() and key.casefold() not in _VALUED:
            before = value.get(key, "")
            value[key] = f"{before}\n{said}" if before else said
    return Document(value, line=lambda pointer: lines.get(pointer, 0))


def _members(read: Document, uri: str, exact: dict[str, Json]) -> Content:
    value = read.value if isinstance(read.value, dict) else {"text": read.value}
    prefix = "" if isinstance(read.value, dict) else "/text"
    return Content(
        {**{key: _kept(key, child) for key, child in value.items()}, **exact},
        (Evidence(uri, "", 1), *_places(read, uri, prefix)),
        _twice(read, uri),
    )


def _named(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _kept(key, child) for key, child in value.items()}
    return [_named(child) for child in value] if isinstance(value, list) else value


def _kept(key: str, value: Json) -> Json:
    """A member without what may be a key: of the settings of servers, the names."""
    if key.partition("#")[0].casefold() in _VALUED:
        return list[Json](sorted(value)) if isinstance(value, dict) else None
    return _named(value)


def _twice(read: Document, uri: str) -> tuple[Anomaly, ...]:
    return tuple(
        Anomaly(AnomalyKind.DUPLICATE_KEY, "", f"{uri}: one object holds {name!r} twice")
        for name in read.duplicate_keys
    )


def _places(read: Document, uri: str, prefix: str) -> Iterator[Evidence]:
    told = 0
    for pointer, text, is_key in canonical.leaves(read.value):
        line = 0 if is_key else read.line(pointer)
        if line:
            # A text of several lines begins below its key.
            yield Evidence(uri, prefix + pointer, line + ("\n" in text))
            told += 1
            if told == _MOST_PLACES:
                return


def texts(value: Json) -> Sequence[str]:
    """Every text of a content."""
    return [text for _, text, is_key in canonical.leaves(value) if not is_key]
