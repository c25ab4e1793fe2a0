"""Requirements files of pip and pip-tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename
from driftseal.collect.discovery.files._python import required

_NAME: Final = re.compile(r"(?:.*[-_.])?(?:requirements?|constraints?|reqs?)(?:[-_.].*)?\.(?:txt|in|pip)")
_FOLDER: Final = re.compile(r"(?:.*/)?(?:requirements?|reqs?|constraints?)/[^/]*\.(?:txt|in|pip)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_OPTIONS: Final = re.compile(r"\s--?[A-Za-z].*")
_EGG: Final = re.compile(r"[#&]egg=([A-Za-z0-9][\w.-]*)")


class Requirements(FileFinder):
    """See the module."""

    name: ClassVar[str] = "requirements"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.endswith((".txt", ".in", ".pip")) and (
            _NAME.fullmatch(basename(path)) is not None or _FOLDER.fullmatch(path) is not None
        )

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``; files that are included by ``-r`` are looked at where they stand."""
        for number, line in _logical(source.text):
            bare = _COMMENT.sub("", line).strip()
            egg = _EGG.search(line) if "egg=" in line else None
            if egg is not None:
                yield from required(egg[1], line=number)
            elif bare and not bare.startswith("-") and not bare.startswith(("http://", "https://", "git+", ".", "/")):
                yield from required(_OPTIONS.sub("", bare), line=number)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines, each joined with those that a backslash at its end continues, and where it begins."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        yield begun, " ".join((*parts, line))
        begun, parts = 0, []
    if parts:
        yield begun, " ".join(parts)
