"""``.env`` files and their examples: credentials by their names alone, addresses of providers, and models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _containers
from driftseal.collect.discovery.files._packages import basename

_NAME: Final = re.compile(
    r"(?:[\w.-]*\.)?env(?:\.[\w.-]+)?|env[-_.](?:example|sample|template)|\.envrc|\.env[-_][\w.-]+"
)
_CODE: Final = (
    ".py",
    ".js",
    ".ts",
    ".mjs",
    ".cjs",
    ".tsx",
    ".go",
    ".rs",
    ".java",
    ".cs",
    ".md",
    ".yaml",
    ".yml",
    ".json",
    ".toml",
)
_LINE: Final = re.compile(r"\s*+(?:#\s*+)?(?:export\s++)?([A-Za-z_]\w{1,79})\s*+=\s*+(.*)")


class Dotenv(FileFinder):
    """See the module."""

    name: ClassVar[str] = "dotenv"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return "env" in name and _NAME.fullmatch(name) is not None and not name.endswith(_CODE)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``; a variable that is commented out is one that may be set."""
        for number, line in enumerate(source.text.splitlines(), start=1):
            found = _LINE.fullmatch(line)
            if found is None or (line.lstrip().startswith("#") and " " in found[2].strip()):
                continue
            value = found[2].partition(" #")[0].strip().strip("\"'")
            # What is commented out names a variable that may be set, but no model that is used.
            used = "" if line.lstrip().startswith("#") else value
            yield from _containers.variable(found[1], used, line=number, source="file")
