"""``Pipfile`` and ``Pipfile.lock`` of Pipenv."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import Lines, basename, framework
from driftseal.collect.discovery.files._python import tabled
from driftseal.formats import toml


class Pipfile(FileFinder):
    """See the module."""

    name: ClassVar[str] = "pipfile"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"pipfile", "pipfile.lock"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if basename(source.path) == "pipfile":
            document = toml.parse(source.data, source.path, source.limits).value
            for key, value in document.items() if isinstance(document, dict) else []:
                if key not in {"source", "requires", "scripts", "pipenv"}:
                    yield from tabled(value, Lines(source.text), key)
            return
        locked = source.document
        for section, packages in locked.value.items() if isinstance(locked.value, dict) else []:
            if section == "_meta" or not isinstance(packages, dict):
                continue
            for name, about in packages.items():
                version = about.get("version") if isinstance(about, dict) else None
                for sighting in framework("pypi", name, version=str(version or "").lstrip("=")):
                    pointer = f"/{escape_pointer(section)}/{escape_pointer(name)}"
                    yield Sighting(sighting.kind, sighting.name, sighting.content, line=locked.line(pointer))
