"""Which package of which registry code means, by the language that it is written in."""

from __future__ import annotations

from typing import Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Code
from driftseal.collect.discovery.sites import Site

ECOSYSTEMS: Final = {
    "python": "pypi",
    "javascript": "npm",
    "go": "golang",
    "rust": "cargo",
    "csharp": "nuget",
    "java": "maven",
}
"""Types of package URL."""


def package(code: Code, site: Site) -> _tables.Package | None:
    """The known package that what is called comes from."""
    origin = code.origins.of(site.spot(site.call.callee))
    if not origin:
        return None
    return of_module(code, site.path, origin)


def of_module(code: Code, path: str, origin: str) -> _tables.Package | None:
    """The known package that a name of a library is of."""
    ecosystem = ECOSYSTEMS[code.module(path).language]
    # Behind the module come symbols, joined by dots whatever the language.
    told = origin.partition("(")[0]
    while told:
        known = _tables.imported(ecosystem, told)
        if known is not None:
            return known
        told = told.rpartition(".")[0]
    return None
