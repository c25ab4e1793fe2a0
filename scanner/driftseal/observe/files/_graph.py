"""What all graphs of operators share: where their paths lead, how their metadata and damage are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from driftseal.formats.protobuf import Malformed, Messages
from driftseal.observe.files.base import Blank, Embedded, Fact, Property, Seen

if TYPE_CHECKING:
    from driftseal.model.item import Json

TEXT: Final = 4096
"""Bytes of a name, path or key that are read."""
LISTED: Final = 500
"""Names that a property lists."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CODE: Final = re.compile(
    r"__import__|\b(?:eval|exec|compile)\s{0,9}\(|\bos\.(?:system|popen)|\bsubprocess\b|\bimport\s{1,9}(?:os|sys|socket|pickle)\b"
    r"|\bpython[0-9.]{0,5}\s{1,9}-c\b|\b(?:ba|da|z)?sh\s{1,9}-c\b|<script\b|javascript:|\b(?:curl|wget)\s{1,9}(?:-|https?:|[\w.]+/)|/bin/(?:ba)?sh\b|powershell|base64\.b64decode|#!/"
)


def why_escapes(path: str) -> str:
    """Why a path that a file states leads out of the file's own folder; empty where it stays inside."""
    if "\0" in path or any(ord(letter) < 32 for letter in path):  # noqa: PLR2004 - control characters
        return "holds control characters"
    if _URL.match(path):
        return "is an address"
    if path.startswith(("/", "\\", "~")) or _DRIVE.match(path):
        return "is absolute"
    if ".." in re.split(r"[\\/]", path):
        return "leads upward"
    return "has a backslash, which some systems take for a folder" if "\\" in path else ""


def looks_like_code(text: str) -> bool:
    """Whether a text holds what programs hold and descriptions do not."""
    return _CODE.search(text) is not None


def metadata(pairs: Mapping[str, str]) -> Iterator[Seen]:
    """What a file says of itself, and ``metadata-holds-code`` for each value that looks like a program."""
    if not pairs:
        return
    told: dict[str, Json] = dict(list(pairs.items())[:LISTED])
    yield Property("metadata", told)
    for key, value in pairs.items():
        if looks_like_code(value) or looks_like_code(key):
            yield Fact("metadata-holds-code", f"{key}: {value[:200]}", subject=key)


def operators(kinds: Mapping[str, int]) -> Property:
    """How often each operator stands in a graph."""
    most = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))[:LISTED]
    told: dict[str, Json] = dict(sorted(most))
    return Property("operators", told)


def listed(name: str, values: Iterable[str]) -> Property:
    """Names, sorted, as a property."""
    told: list[Json] = [*sorted(values)[:LISTED]]
    return Property(name, told)


def damaged(kind: str, cause: Malformed) -> Iterator[Seen]:
    """A file that ends within a field, or goes on as something else."""
    yield Fact(f"{kind}-damaged", str(cause), cause.at)
    yield Blank(f"not read to its end: {cause}")


def trailing(messages: Messages, known: Mapping[int, int]) -> Iterator[Seen]:
    """What follows the last field that the format knows, by number and wire type: perhaps a file of its own."""
    end, strange = 0, False
    try:
        for field in messages.fields():
            strange = known.get(field.number) != field.wire
            if strange:
                break
            end = field.at + field.size
    except Malformed as cause:
        strange = not cause.cut
    if strange:
        rest = messages.blob.size - end
        yield Fact("trailing-data", f"{rest} bytes after the file's own end", end)
        yield Embedded("trailing", messages.blob.part(end, rest))


def spent(kind: str) -> Blank:
    """More of it than one file is given."""
    return Blank(f"the {kind} has more fields than are read (limits.file_steps)")
