"""Names of programs that everybody has, taken by a package: whoever types them runs the package from then on."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import shows
from driftseal.observe.behaviour.whole import Code

_MOST: Final = 100
"""Programs of one package that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``program-name-taken``."""
    for path, document in code.metadata.items():
        about = object_or_empty(document)
        named, own = _programs(posixpath.basename(path), about)
        for name in [*named][:_MOST]:
            if name != own and shows("common-programs", name):
                yield Fact("program-name-taken", path, 1, f"{name}: {text_or_empty(named[name])}")


def _programs(kind: str, about: Mapping[str, Json]) -> tuple[Mapping[str, Json], str]:
    """What a package lays into the folder of programs, by name, and how it is called itself."""
    if kind == "package.json":
        return object_or_empty(about.get("bin")), text_or_empty(about.get("name")).rpartition("/")[2]
    project = object_or_empty(about.get("project"))
    poetry = object_or_empty(object_or_empty(about.get("tool")).get("poetry"))
    found = {**object_or_empty(project.get("scripts")), **object_or_empty(poetry.get("scripts"))}
    return found, text_or_empty(project.get("name")) or text_or_empty(poetry.get("name"))
