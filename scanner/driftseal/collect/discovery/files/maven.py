"""``pom.xml`` of Maven."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework
from driftseal.formats import xml
from driftseal.formats.xml import Element

_PROPERTY: Final = re.compile(r"\$\{([\w.-]{1,100})\}")
_EXACT: Final = re.compile(r"\[?([0-9][\w.+-]*)\]?")


class Maven(FileFinder):
    """See the module."""

    name: ClassVar[str] = "maven"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) == "pom.xml" or path.endswith(".pom")

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``; properties of the file itself stand for their values, once."""
        root = xml.parse(source.data, source.path, source.limits)
        properties = {
            each.tag: each.text for child in root.children if child.tag == "properties" for each in child.children
        }
        level = [root]
        while level:
            element = level.pop()
            level.extend(reversed(element.children))
            if element.tag == "dependency":
                yield from _asked(element, properties)


def _asked(element: Element, properties: Mapping[str, str]) -> Iterator[Sighting]:
    told = {child.tag: child.text for child in element.children}
    group, artifact = told.get("groupId", ""), told.get("artifactId", "")
    version = _PROPERTY.sub(lambda found: properties.get(found[1], found[0]), told.get("version", ""))
    exact = _EXACT.fullmatch(version)
    yield from framework(
        "maven",
        f"{group}:{artifact}",
        version=exact[1] if exact else "",
        requirement="" if "$" in version else version,
        line=element.line,
        symbol="dependency",
    )
