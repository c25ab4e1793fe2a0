"""Credentials that code uses to reach models and their services: by the names of variables, never by a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _ecosystems
from driftseal.collect.discovery.code._asking import Asking
from driftseal.model.item import ItemKind, Json

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,79}\Z")
_READS: Final = frozenset(
    {"getenv", "get", "lookupenv", "getenvironmentvariable", "var", "config", "env", "require_env"}
)
_HOLDERS: Final = frozenset({"environ", "env", "environment"})
_KEYS: Final = ("api_key", "apiKey", "token", "api_token", "auth_token", "authToken", "accessToken", "access_token")
"""Arguments by which clients are given their key."""
_SETTINGS: Final = "BaseSettings"
"""Of pydantic: a field of such a class is read from the variable of its name."""
_SURE: Final = 0.9
_LIKELY: Final = 0.8


class CredentialFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "credentials"
    words: ClassVar[frozenset[bytes]] = frozenset()

    @cached_property
    def pattern(self) -> str:  # type: ignore[override]  # made when it is first asked for, of a long table
        """The name of a variable of a provider, or of an argument that takes what one holds."""
        names = {name for provider in _tables.providers().all.values() for name in provider.credentials}
        known = "|".join(sorted(map(re.escape, names)))
        # And what is read from the environment where a client is given its key.
        keys = "|".join(map(re.escape, _KEYS))
        return rf"\b(?:{known})\b|\b(?:{keys})[\"']?\s*[:=][^\n]{{0,60}}env"

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        told: set[tuple[str, int]] = set()
        weight = Asking.weight(path)
        for name, provider, line, scope, sure in (*_named(code, path), *_passed(code, path)):
            if (name, line) in told:
                continue
            told.add((name, line))
            content: dict[str, Json] = {"source": "environment", "provider": provider or None}
            symbol = code.index.symbol(path, scope)
            yield Sighting(
                ItemKind.CREDENTIAL, name, content, line=line, symbol=symbol, confidence=round(sure * weight, 2)
            )


def _named(code: Code, path: str) -> Iterator[tuple[str, str, int, int, float]]:
    """Variables whose names say whose keys they hold."""
    sites = code.index.of(path)
    said = [(const.value, const.line, scope, _SURE) for const, scope in sites.texts if isinstance(const.value, str)]
    said += [(attr.name, attr.line, scope, _SURE) for attr, scope in sites.attributes]
    # ``const { OPENAI_API_KEY } = process.env`` and ``env={"OPENAI_API_KEY": key}``.
    said += [(named.name, named.line, named.scope, _LIKELY) for named in sites.named]
    for cls in code.module(path).classes:
        if any(last_name(base) == _SETTINGS for base in cls.bases):
            said += [(each.name.upper(), each.line, 0, _LIKELY) for each in cls.fields]
    for name, line, scope, sure in said:
        known = _tables.providers().by_credential(name) if _VARIABLE.match(name) else None
        if known is not None:
            yield name, known.key, line, scope, sure


def _passed(code: Code, path: str) -> Iterator[tuple[str, str, int, int, float]]:
    """Variables of any name that a client of a known package is given as its key."""
    asking = Asking(code, path)
    for site in code.index.of(path).calls:
        for spot in asking.arguments(site, _KEYS):
            name = _variable(code, spot)
            package = _ecosystems.package(code, site) if name else None
            if package is not None:
                yield name, package.provider, site.call.line, site.scope, _LIKELY


def _variable(code: Code, spot: Spot, depth: int = 3) -> str:
    """The variable of the environment that an expression reads; empty where it reads none by a constant name."""
    expr = code.constants.follow(spot)
    found: str | None = None
    if isinstance(expr.expr, ir.Attr) and last_name(expr.expr.value) in _HOLDERS:
        found = expr.expr.name
    elif isinstance(expr.expr, ir.Index) and last_name(expr.expr.value) in _HOLDERS:
        found = code.constants.text(expr.at(expr.expr.key))
    elif isinstance(expr.expr, ir.Call) and expr.expr.args and last_name(expr.expr.callee).lower() in _READS:
        found = code.constants.text(expr.at(expr.expr.args[0].value))
    elif isinstance(expr.expr, (ir.Binary, ir.Unary)) and depth:
        inner = expr.expr.left if isinstance(expr.expr, ir.Binary) else expr.expr.value
        return _variable(code, expr.at(inner), depth - 1)
    return found if found is not None and _VARIABLE.match(found) else ""
