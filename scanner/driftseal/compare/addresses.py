"""Hosts and e-mail addresses inside texts: which of them are new, and which took another's place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from driftseal.compare.facts import texts
from driftseal.model.item import Item, Json

# Each character is looked at once: neither part can match what the other begins with.
_URL: Final = re.compile(r"(?:https?|wss?|ftp)://(?:[^\s/@\"'<>]*@)?([\w.-]+|\[[0-9a-fA-F:.]+\])", re.IGNORECASE)
# A version after an at sign is no mail domain: those end in letters.
_MAIL: Final = re.compile(r"(?<![\w.+@/-])[\w.+-]{1,64}@(?:[\w-]+\.)+[A-Za-z]{2,63}\b")
_BARE: Final = re.compile(
    r"(?:[\w-]+\.)+(?:com|org|net|io|dev|ai|app|example|test|invalid|co|me|xyz|info|cloud|ru|cn|tk)"
)
_SHORT: Final = 3
_NOWHERE: Final = frozenset(
    {"example.com", "example.org", "example.net", "localhost", "127.0.0.1", "json-schema.org", "www.w3.org"}
)
_VALUES: Final = frozenset({"default", "const", "enum"})


@dataclass(frozen=True, slots=True)
class Move:
    """Addresses of one place, before and after."""

    pointer: str
    gone: tuple[str, ...]
    come: tuple[str, ...]
    value: bool
    """The place is a value that is used as it stands, such as a default, rather than prose."""


def moves(old: Item | None, new: Item) -> Iterator[Move]:
    """Every place whose addresses changed to such that the old item had nowhere."""
    before = _by_place(old.content) if old else {}
    everywhere = {site(address) for found in before.values() for address in found}
    for pointer, found in _by_place(new.content).items():
        was = before.get(pointer, frozenset())
        come = sorted(address for address in found - was if site(address) not in everywhere)
        if come:
            yield Move(pointer, tuple(sorted(was - found)), tuple(come), bool(_VALUES & set(pointer.split("/"))))


def _by_place(content: Json) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pointer, text in texts(content):
        addresses = frozenset(_addresses(text))
        if addresses:
            found[pointer] = addresses
    return found


def _addresses(text: str) -> Iterator[str]:
    if "://" in text:
        for match in _URL.finditer(text):
            yield match[1].lower().strip(".")
    if "@" in text:
        for match in _MAIL.finditer(text):
            yield match[0].lower()
    if _BARE.fullmatch(text.strip()):
        yield text.strip().lower()


def site(address: str) -> str:
    """The part of an address that one owner holds: its last two names, or three below ``co.uk`` and its like.

    An e-mail address is its own owner: whoever has another mailbox of one provider is somebody else.
    """
    if "@" in address:
        return address
    if address in _NOWHERE:
        return ""
    names = address.split(".")
    count = 3 if len(names) > 2 and len(names[-2]) <= _SHORT and len(names[-1]) == 2 else 2  # noqa: PLR2004  # names
    return ".".join(names[-count:])
