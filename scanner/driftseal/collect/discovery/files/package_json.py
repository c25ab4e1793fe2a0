"""``package.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework

_SECTIONS: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_EXACT: Final = re.compile(r"[=v]?\s*([0-9]+\.[0-9]+\.[0-9]+(?:[-+][\w.+-]+)?)")
_ALIAS: Final = re.compile(r"npm:((?:@[^/@\s]+/)?[^/@\s]+)(?:@(.*))?")


class PackageJson(FileFinder):
    """See the module."""

    name: ClassVar[str] = "package_json"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) == "package.json"

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        document = source.document
        for section in _SECTIONS:
            packages = document.value.get(section) if isinstance(document.value, dict) else None
            for name, asked in packages.items() if isinstance(packages, dict) else []:
                told = asked if isinstance(asked, str) else ""
                real, wanted = name, told
                if alias := _ALIAS.fullmatch(told):
                    real, wanted = alias[1], alias[2] or ""
                exact = _EXACT.fullmatch(wanted)
                pointer = f"/{section}/{escape_pointer(name)}"
                for found in framework("npm", real, version=exact[1] if exact else "", requirement=wanted):
                    yield Sighting(found.kind, found.name, found.content, line=document.line(pointer), symbol=section)
