"""What manifests and lockfiles of all ecosystems share: a package that AI is built with becomes a sighting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from driftseal.collect.clients import redact
from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Sighting
from driftseal.model.item import ItemKind, Json

_LONGEST: Final = 200
"""Characters of a requirement or version; what is longer is none."""
_MISSES: Final = 20
"""Texts that are looked for in vain, before a file is taken for one whose lines cannot be told."""
_ADDRESS: Final = re.compile(r"(://)[^/\s@]*@")
_TRAILING: Final = re.compile(r"[?#][^\s;]*")


def framework(
    ecosystem: str, name: str, *, version: str = "", requirement: str = "", line: int = 0, symbol: str = ""
) -> Iterator[Sighting]:
    """A package with a role in AI, as one place asks for it or pins it; nothing for any other package."""
    known = _tables.package(ecosystem, name) if len(name) <= _LONGEST else None
    if known is None:
        return
    content: dict[str, Json] = {"ecosystem": ecosystem, "package": known.name, "role": known.role}
    if version and len(version) <= _LONGEST:
        content["version"] = version
        # A list, so that two lockfiles of one repository that disagree both stay told when sightings are joined.
        content["versions"] = [version]
    if shown := _requirement(requirement):
        content["requirement"] = shown
    yield Sighting(ItemKind.FRAMEWORK, f"{ecosystem}:{known.name}", content, line=line, symbol=symbol)


def _requirement(text: str) -> str:
    """As written, without what an address may hold beside host and path."""
    told = " ".join(text.split())
    if "://" in told:
        told = _TRAILING.sub("", _ADDRESS.sub(r"\1", told))
    return redact.redact(told) if len(told) <= _LONGEST else ""


class Lines:
    """Lines of texts that stand one after the other in a file; each is looked for behind the one before."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._misses = _MISSES

    def next(self, word: str, before: str = "\"'") -> int:
        """Line from 1 of the nearest of this text behind one of these characters; 0 where none follows."""
        if not word or not self._misses:
            return 0
        at = self._text.find(word, self._at)
        while at > 0 and self._text[at - 1] not in before:
            at = self._text.find(word, at + 1)
        if at < 0:
            # Each miss reads the file to its end, which only a file with escapes in such names does often.
            self._misses -= 1
            return 0
        self._at = at + 1
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line


@lru_cache(maxsize=4)
def basename(path: str) -> str:
    """The last name of a path, in lower case."""
    return path.rpartition("/")[2].lower()
