"""Packages of PHP: ``composer.json`` and ``composer.lock``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework
from driftseal.narrow import text_or_empty

_SECTIONS: Final = ("require", "require-dev")
_LOCKED: Final = ("packages", "packages-dev")


class Composer(FileFinder):
    """See the module."""

    name: ClassVar[str] = "composer"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"composer.json", "composer.lock"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        document = source.document
        value = document.value if isinstance(document.value, dict) else {}
        for section in _SECTIONS:
            asked = value.get(section)
            for name, wanted in asked.items() if isinstance(asked, dict) else ():
                line = document.line(f"/{section}/{escape_pointer(name)}")
                yield from framework("composer", name, requirement=text_or_empty(wanted), line=line, symbol=section)
        for section in _LOCKED if basename(source.path) == "composer.lock" else ():
            listed = value.get(section)
            for number, about in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(about, dict):
                    name, version = text_or_empty(about.get("name")), text_or_empty(about.get("version"))
                    for found in framework("composer", name, version=version.removeprefix("v")):
                        line = document.line(f"/{section}/{number}/name")
                        yield Sighting(found.kind, found.name, found.content, line=line, symbol=section)
