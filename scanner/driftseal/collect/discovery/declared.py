"""What code imports is the package that a manifest asks for, where several packages have that module."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import ItemKind

_MAJOR: Final = re.compile(r"/v[0-9]+$")


def settled(seen: Iterable[Seen]) -> Iterator[Seen]:
    """The same sightings; those of imports under the name by which a manifest of the project asks for the package."""
    every = list(seen)
    asked: dict[str, set[str]] = {}
    for one in every:
        if one.kind is ItemKind.FRAMEWORK and not _is_import(one):
            asked.setdefault(one.name, set()).add(one.place.uri.rpartition("/")[0])
    # A module of Go is imported with its major version, which not every reader keeps.
    majors = {_MAJOR.sub("", name): name for name in sorted(asked) if name.startswith("golang:")}
    for one in every:
        if one.kind is not ItemKind.FRAMEWORK or one.name in asked or not _is_import(one):
            yield one
            continue
        ecosystem = one.name.partition(":")[0]
        others = [majors.get(one.name, "")]
        others += (f"{ecosystem}:{name}" for name in _others(ecosystem, one.place.symbol))
        # A manifest speaks for the files below it: those of other projects beside it do not.
        above = _above(one.place.uri)
        near = (other for other in others if not above.isdisjoint(asked.get(other, ())))
        yield _named(one, next(near, one.name))


def _above(path: str) -> frozenset[str]:
    """The folders that a file is in, from its own to the whole."""
    folders = [path.rpartition("/")[0]]
    while folders[-1]:
        folders.append(folders[-1].rpartition("/")[0])
    return frozenset(folders)


def _others(ecosystem: str, module: str) -> Iterator[str]:
    """Packages that may have a module: those that are listed for it, and those that are called like it."""
    if ecosystem == "pypi":
        # ``llama_index.llms.ollama`` is in ``llama-index-llms-ollama``.
        parts = _tables.normal(ecosystem, module).split("-")
        yield from ("-".join(parts[:end]) for end in range(len(parts), 1, -1))
    yield from _tables.giving(ecosystem, module)


def _is_import(one: Seen) -> bool:
    return ("imported", True) in one.content


def _named(one: Seen, name: str) -> Seen:
    if name == one.name:
        return one
    package = name.partition(":")[2]
    content = tuple((key, package if key == "package" else value) for key, value in one.content)
    return replace(one, name=name, content=content)
