"""``go.mod``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework

_REQUIRED: Final = re.compile(r"\s*(?:require\s+)?\"?([A-Za-z0-9][\w./~-]*)\"?\s+(v[0-9][^\s/]*)\s*(?://.*)?")
_BLOCK: Final = re.compile(r"\s*(\w+)\s*\(\s*(?://.*)?")


class GoMod(FileFinder):
    """See the module."""

    name: ClassVar[str] = "go_mod"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) == "go.mod"

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``; Go builds with exactly these versions, or newer ones that others ask for."""
        block = ""
        for number, line in enumerate(source.text.splitlines(), start=1):
            if opened := _BLOCK.fullmatch(line):
                block = opened[1]
            elif line.strip().startswith(")"):
                block = ""
            elif block == "require" or line.lstrip().startswith("require"):
                found = _REQUIRED.fullmatch(line)
                if found:
                    yield from framework("golang", found[1], version=found[2], line=number, symbol="require")
