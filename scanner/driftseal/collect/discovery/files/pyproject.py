"""``pyproject.toml``: PEP 621, dependency groups (PEP 735), Poetry, PDM, uv and Hatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import Lines, basename
from driftseal.collect.discovery.files._python import listed, tabled
from driftseal.model.item import Json

_LISTS: Final = (
    ("project", "dependencies"),
    ("project", "optional-dependencies", "*"),
    ("dependency-groups", "*"),
    ("build-system", "requires"),
    ("tool", "pdm", "dev-dependencies", "*"),
    ("tool", "uv", "dev-dependencies"),
    ("tool", "hatch", "envs", "*", "dependencies"),
    ("tool", "hatch", "envs", "*", "extra-dependencies"),
)
_TABLES: Final = (
    ("tool", "poetry", "dependencies"),
    ("tool", "poetry", "dev-dependencies"),
    ("tool", "poetry", "group", "*", "dependencies"),
    ("tool", "pixi", "pypi-dependencies"),
    ("tool", "pixi", "feature", "*", "pypi-dependencies"),
)


class Pyproject(FileFinder):
    """See the module."""

    name: ClassVar[str] = "pyproject"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"pyproject.toml", "pixi.toml"}

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        document = source.document.value
        if basename(source.path) == "pixi.toml":
            document = {"tool": {"pixi": document}}
        project = document.get("project") if isinstance(document, dict) else None
        own = project.get("name") if isinstance(project, dict) else None
        for sighting in _asked(document, source.text):
            # Extras of a project name the project itself to mean other extras of it.
            if not isinstance(own, str) or sighting.name != f"pypi:{_tables.normal('pypi', own)}":
                yield sighting


def _asked(document: Json, text: str) -> Iterator[Sighting]:
    for path in _LISTS:
        for symbol, value in _values(document, path):
            yield from listed(value, Lines(text), symbol)
    for path in _TABLES:
        for symbol, value in _values(document, path):
            yield from tabled(value, Lines(text), symbol)


def _values(value: Json, path: tuple[str, ...], above: str = "") -> Iterator[tuple[str, Json]]:
    if not path:
        yield above, value
    elif isinstance(value, dict):
        for key in value if path[0] == "*" else path[:1]:
            if key in value:
                yield from _values(value[key], path[1:], f"{above}.{key}" if above else key)
