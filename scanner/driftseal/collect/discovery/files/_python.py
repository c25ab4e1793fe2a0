"""Requirements of Python packages, as PEP 508 writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files._packages import Lines, framework
from driftseal.model.item import Json

_NAMED: Final = re.compile(r"\s*+([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*+(.*)", re.DOTALL)
_EXACT: Final = re.compile(r"(?:\[[^\]]*\]\s*)?\(?\s*===?\s*([A-Za-z0-9][\w.!+-]*)\s*\)?\s*(?:;.*)?", re.DOTALL)

_LONGEST: Final = 500
"""Characters of a requirement that are read."""
_PLAIN: Final = re.compile(r"={0,3}\s*([0-9][\w.!+-]*)")
"""A version with no operator means that version alone here."""


def required(text: str, *, line: int = 0, symbol: str = "") -> Iterator[Sighting]:
    """The package that one requirement asks for; a version where it allows no other."""
    found = _NAMED.fullmatch(text[:_LONGEST])
    if found is not None:
        exact = _EXACT.fullmatch(found[2])
        version = exact[1] if exact else ""
        yield from framework("pypi", found[1], version=version, requirement=found[2], line=line, symbol=symbol)


def listed(value: Json, lines: Lines, symbol: str) -> Iterator[Sighting]:
    """Every requirement of a list."""
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, str):
            yield from required(entry, line=lines.next(entry), symbol=symbol)


def tabled(value: Json, lines: Lines, symbol: str) -> Iterator[Sighting]:
    """Every requirement of a table, as Poetry and Pipenv write them: a version, or a table that may hold one."""
    for name, about in value.items() if isinstance(value, dict) else []:
        asked = about[0] if isinstance(about, list) and about else about
        version = asked.get("version") if isinstance(asked, dict) else asked
        told = version.strip() if isinstance(version, str) else ""
        exact = _PLAIN.fullmatch(told)
        yield from framework(
            "pypi",
            name,
            version=exact[1] if exact else "",
            requirement="" if told == "*" else told,
            line=lines.next(name, "\n\"'"),
            symbol=symbol,
        )
