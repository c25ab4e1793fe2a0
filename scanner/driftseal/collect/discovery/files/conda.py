"""``environment.yml`` of conda, and the requirements of pip in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _documents
from driftseal.collect.discovery.files._packages import basename
from driftseal.collect.discovery.files._python import required

_NAME: Final = re.compile(r"(?:.*[-_.])?(?:environment|conda|env)(?:[-_.].*)?\.ya?ml")
_ASKED: Final = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)\s*(.*)")
_CALLED: Final = {"pytorch": "torch", "pytorch-gpu": "torch", "pytorch-cpu": "torch", "tensorflow-gpu": "tensorflow"}
"""Packages that conda calls otherwise."""
_BUILD: Final = re.compile(r"=+\s*([0-9][\w.]*)(?:=.*)?")


class Conda(FileFinder):
    """See the module."""

    name: ClassVar[str] = "conda"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.endswith((".yml", ".yaml")) and _NAME.fullmatch(basename(path)) is not None

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if b"dependencies" not in source.data:
            return
        document = _documents.first(source)
        value = document.value.get("dependencies") if isinstance(document.value, dict) else None
        for index, entry in enumerate(value if isinstance(value, list) else []):
            if isinstance(entry, str) and (found := _ASKED.fullmatch(entry)):
                # Conda's packages of these names are those of PyPI, built once more.
                pinned = _BUILD.fullmatch(found[2])
                name = _CALLED.get(found[1].lower(), found[1])
                asked = f"{name}=={pinned[1]}" if pinned else f"{name}{found[2]}"
                yield from required(asked, line=document.line(f"/dependencies/{index}"))
            elif isinstance(entry, dict):
                listed = entry.get("pip")
                for number, text in enumerate(listed if isinstance(listed, list) else []):
                    if isinstance(text, str):
                        line = document.line(f"/dependencies/{index}/pip/{number}")
                        yield from required(text, line=line, symbol="pip")
