"""``Cargo.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework
from driftseal.model.item import Json

_SECTIONS: Final = ("dependencies", "dev-dependencies", "build-dependencies")
_EXACT: Final = re.compile(r"=\s*([0-9]+\.[0-9]+\.[0-9]+[\w.+-]*)")


class Cargo(FileFinder):
    """See the module."""

    name: ClassVar[str] = "cargo"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) == "cargo.toml"

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        document = source.document
        for above, value in _tables(document.value):
            for section in _SECTIONS:
                packages = value.get(section)
                for name, about in packages.items() if isinstance(packages, dict) else []:
                    given = about if isinstance(about, dict) else {"version": about}
                    version, real = given.get("version"), given.get("package", name)
                    told = version if isinstance(version, str) else ""
                    exact = _EXACT.fullmatch(told)
                    pointer = f"{above}/{section}/{escape_pointer(name)}"
                    yield from framework(
                        "cargo",
                        str(real),
                        version=exact[1] if exact else "",
                        requirement=told,
                        line=document.line(pointer),
                        symbol=section,
                    )


def _tables(value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Every table that may hold sections of packages: the manifest, its workspace, its targets."""
    if not isinstance(value, dict):
        return
    yield "", value
    workspace, targets = value.get("workspace"), value.get("target")
    if isinstance(workspace, dict):
        yield "/workspace", workspace
    for key, target in targets.items() if isinstance(targets, dict) else []:
        if isinstance(target, dict):
            yield f"/target/{escape_pointer(key)}", target
