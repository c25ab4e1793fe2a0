"""Projects of .NET: ``*.csproj`` and its like, central package versions, ``packages.config`` and the lockfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework
from driftseal.formats import xml
from driftseal.formats.xml import Element

_PROJECTS: Final = (".csproj", ".fsproj", ".vbproj", ".props", ".targets")
_TAGS: Final = frozenset({"PackageReference", "PackageVersion", "GlobalPackageReference", "package"})
_EXACT: Final = re.compile(r"\[?([0-9]+(?:\.[0-9]+){1,3}(?:-[\w.-]+)?)\]?")


class Dotnet(FileFinder):
    """See the module."""

    name: ClassVar[str] = "dotnet"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name.endswith(_PROJECTS) or name in {"packages.config", "packages.lock.json"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if basename(source.path).endswith(".json"):
            yield from _locked(source)
        elif b"ackage" in source.data:
            yield from _asked(xml.parse(source.data, source.path, source.limits))


def _asked(root: Element) -> Iterator[Sighting]:
    level = [root]
    while level:
        element = level.pop()
        level.extend(reversed(element.children))
        if element.tag not in _TAGS:
            continue
        about = element.attributes
        name = about.get("Include") or about.get("Update") or about.get("id") or ""
        below = next((child.text for child in element.children if child.tag == "Version"), "")
        told = about.get("Version") or about.get("VersionOverride") or about.get("version") or below
        # NuGet takes the lowest version that is allowed, which for a plain version is that version.
        exact = _EXACT.fullmatch(told)
        yield from framework(
            "nuget",
            name,
            version=exact[1] if exact else "",
            requirement="" if "$" in told else told,
            line=element.line,
            symbol=element.tag,
        )


def _locked(source: Source) -> Iterator[Sighting]:
    document = source.document
    targets = document.value.get("dependencies") if isinstance(document.value, dict) else None
    for target, packages in targets.items() if isinstance(targets, dict) else []:
        for name, about in packages.items() if isinstance(packages, dict) else []:
            resolved = about.get("resolved") if isinstance(about, dict) else None
            for found in framework("nuget", name, version=str(resolved or "")):
                pointer = f"/dependencies/{escape_pointer(target)}/{escape_pointer(name)}"
                yield Sighting(found.kind, found.name, found.content, line=document.line(pointer))
