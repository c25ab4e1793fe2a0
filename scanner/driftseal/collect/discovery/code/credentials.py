"""Credentials that code uses to reach models and their services: by the names of variables, never by a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery import _tables, mentions
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _ecosystems
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.elsewhere import targets
from driftseal.collect.discovery.mentions import ASKED, MENTIONED, READ, SET
from driftseal.model.item import ItemKind, Json
from driftseal.observe import aside

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,79}\Z")
_READS: Final = frozenset(
    {"getenv", "get", "lookupenv", "getenvironmentvariable", "var", "config", "env", "require_env"}
)
_ONLY: Final = frozenset({"getenv", "lookupenv", "getenvironmentvariable", "require_env"})
"""Those of them that ask nothing but the environment."""
_GETTING: Final = ("get", "read", "fetch", "load", "require", "lookup", "resolve", "must", "optional")
"""What the names of functions begin with that give what is called so: ``get_secret_str("OPENAI_API_KEY")``."""
_HOLDERS: Final = frozenset({"environ", "env", "environment"})
_KEYS: Final = (
    *("api_key", "apiKey", "token", "api_token", "auth_token", "authToken", "accessToken", "access_token"),
    *("with_api_key", "withApiKey"),
)
"""Arguments by which clients are given their key."""
_SETTINGS: Final = "BaseSettings"
"""Of pydantic: a field of such a class is read from the variable of its name."""
_ASKING: Final = re.compile(r"env|secret|credential|config|setting|propert|require|getstring|value|option|key|alias")
"""Part of the name of a function, in lower case, that is given the name of a variable to get it."""


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
        return rf"\b(?:{known})\b|\b(?:{keys})[\"']?\s*[:=(][^\n]{{0,60}}env"

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        told: dict[tuple[str, int], Sighting] = {}
        for name, provider, line, scope, sure in (*_named(code, path), *_passed(code, path)):
            content: dict[str, Json] = {"source": "environment", "provider": provider or None}
            symbol = code.index.symbol(path, scope)
            one = Sighting(ItemKind.CREDENTIAL, name, content, line=line, symbol=symbol, confidence=sure)
            known = told.setdefault((name, line), one)
            if known.confidence < sure:
                told[name, line] = one
        weight = Asking.weight(path)
        listed = mentions.is_catalogue(told.values())
        # A table that others read by names which are made at run time is no mere catalogue.
        read = listed and _is_read_elsewhere(code, path)
        for one in mentions.lowered(told.values()) if listed and not read else told.values():
            sure = max(one.confidence, READ) if read else one.confidence
            yield replace(one, confidence=round(sure * weight, 2))


def _named(code: Code, path: str) -> Iterator[tuple[str, str, int, int, float]]:
    """Variables whose names say whose keys they hold."""
    sites = code.index.of(path)
    asked = _asked(code, path)
    said = [
        (const.value, const.line, scope, asked.get(id(const), MENTIONED))
        for const, scope in sites.texts
        if isinstance(const.value, str)
    ]
    said += [(attr.name, attr.line, scope, READ) for attr, scope in sites.attributes]
    # ``const { OPENAI_API_KEY } = process.env`` and ``env={"OPENAI_API_KEY": key}``.
    said += [(named.name, named.line, named.scope, READ if _is_held(named.value) else SET) for named in sites.named]
    for cls in code.module(path).classes:
        if any(last_name(base) == _SETTINGS for base in cls.bases):
            said += [(each.name.upper(), each.line, 0, READ) for each in cls.fields]
    for name, line, scope, sure in said:
        known = _tables.providers().by_credential(name) if _VARIABLE.match(name) else None
        if known is not None:
            yield name, known.key, line, scope, sure


def _asked(code: Code, path: str) -> dict[int, float]:
    """How sure it is that a text, by its identity, is the name of something that is asked for."""
    sites = code.index.of(path)
    found: dict[int, float] = {}
    for site in sites.calls:
        name = last_name(site.call.callee).lower()
        if not (name in _READS or _ASKING.search(name)):
            continue
        sure = READ if name in _READS or "env" in name or name.startswith(_GETTING) else ASKED
        found.update((id(arg.value), sure) for arg in site.call.args if isinstance(arg.value, ir.Const))
    unknown = False
    for spot in _read(code, path):
        names = [id(value.spot.expr) for value in code.values.of(spot)]
        found.update(dict.fromkeys(names, READ))
        unknown |= not names
    if unknown:
        # Whatever name nobody can follow is one of those that the file lists.
        for const, _ in sites.texts:
            found.setdefault(id(const), READ)
    return found


def _read(code: Code, path: str) -> Iterator[Spot]:
    """What stands for the name of a variable wherever the environment is read."""
    sites = code.index.of(path)
    for site in sites.calls:
        name = last_name(site.call.callee).lower()
        if site.call.args and (name in _ONLY or _is_held(_owner(site.call.callee))):
            yield site.spot(site.call.args[0].value)
    yield from (Spot(path, scope, item.key) for item, scope in sites.items if _is_held(item.value))


def _is_read_elsewhere(code: Code, path: str) -> bool:
    """Whether a file that imports this one reads variables by names that are no constants there."""
    importers = (
        other
        for other, module in code.project.modules.items()
        if other != path and path in targets(code.paths, other, module) and not aside.is_aside(other)
    )
    return any(not isinstance(spot.expr, ir.Const) for other in importers for spot in _read(code, other))


def _owner(callee: ir.Expr) -> ir.Expr:
    """What a method is called on."""
    return callee.value if isinstance(callee, ir.Attr) else callee


def _is_held(value: ir.Expr) -> bool:
    """Whether a value is taken from the environment by the name that it is given."""
    return isinstance(value, (ir.Name, ir.Attr)) and last_name(value) in _HOLDERS


def _passed(code: Code, path: str) -> Iterator[tuple[str, str, int, int, float]]:
    """Variables of any name that a client of a known package is given as its key."""
    asking = Asking(code, path)
    for site in code.index.of(path).calls:
        for spot in asking.arguments(site, _KEYS):
            name = _variable(code, spot)
            package = _ecosystems.package(code, site) if name else None
            if package is not None:
                told = asking.answering(site)
                provider = told.key if told is not None else package.provider
                yield name, provider, site.call.line, site.scope, READ


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
