"""Variables that configurations name: how sure it is that one is set or asked for there, by its form and its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.collect.discovery import _tables
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.mentions import ASKED, MENTIONED, READ, SET, USED
from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass

_REFERENCE: Final = re.compile(
    r"(\$\{\{?\s*(?:secrets|env|vars)?[.:]?\s*|\$|os\.environ/|\{?env:|secrets\.|env\.|%)?"
    r"([A-Za-z_][A-Za-z0-9_]{4,60})(?::?-[^}]*)?\s*[}%]{0,2}"
)
_WITHIN: Final = re.compile(r"\$?\{(?:env:)?([A-Z][A-Z0-9_]{2,60})(?::-[^{}]*)?\}|\$([A-Z][A-Z0-9_]{2,60})\b")
"""A reference with something around it: ``Bearer ${NAME}``."""
_KEYS: Final = ("apikey", "apitoken", "accesstoken")
_HOLDS: Final = ("key", "token", "secret")
"""Words of a key that asks for the variable of a credential: ``env_key``, ``bearer_token_env_var``."""
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{3,60}")
_HEADERS: Final = frozenset({"headers", "httpheaders", "requestheaders", "header"})
_SAYS_WHO: Final = frozenset({"authorization", "proxyauthorization"})
_SECRETS: Final = ("apikey", "token", "secret", "authkey")
_ENVIRONMENTS: Final = frozenset({"data", "stringdata", "values", "variables", "vars", "settings", "secrets", "args"})
"""Keys of mappings that set variables, besides those that speak of an environment."""
_NAMING: Final = frozenset({"name", "key", "variable"})
"""What the name of a variable is called, where a list has an entry for each."""
_GIVING: Final = frozenset(
    {"value", "valuefrom", "sync", "fromdatabase", "fromservice", "generatevalue", "default", "secret"}
)
"""What stands beside it where the variable is given a value."""
_ONE_OF: Final = 2
"""Providers whose keys stand in one list, up to which it may be what a catalogue has of a single one."""
_LOOKED_AT: Final = 32
"""Entries of a list that say what it is a list of."""
_STEP: Final = re.compile(r"[./]")


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a text stands."""

    key: str
    """As keys are compared; of an entry of a list that of the list."""
    above: str
    around: Mapping[str, Json]
    """The mapping that it is in."""
    siblings: Json
    """The list that it is in, where it is in one."""
    where: str
    """Pointer, or the whole key of a line."""
    flat: bool
    """Whether it is the value of a line that is a key and a value."""


def referred(text: str, at: Stands, *, line: int, symbol: str) -> Iterator[Sighting]:
    """The credential that a whole text names, ``${NAME}`` or the bare name."""
    found = _REFERENCE.fullmatch(text)
    known = _tables.providers().by_credential(found[2]) if found is not None else None
    if found is not None and known is not None:
        yield from _models.credential(
            found[2], line=line, symbol=symbol, confidence=USED if found[1] else _bare(at, known.key)
        )


def set_by(name: str, at: Stands, *, line: int) -> Iterator[Sighting]:
    """The credential that a key with a value is."""
    sure = USED if at.flat or is_environment(at.above) else SET
    yield from _models.credential(name, line=line, symbol=name, source="file", confidence=sure)


def given(text: str, at: Stands, *, line: int, symbol: str) -> Iterator[Sighting]:
    """Variables of any name, where the key of a provider or a header that says who asks is taken from them."""
    if at.above in _HEADERS and (at.key in _SAYS_WHO or at.key.endswith(_SECRETS)):
        for found in _WITHIN.finditer(text):
            yield from _taken(found[1] or found[2], None, line, symbol)
        return
    if is_environment(at.key) and any(word in at.key for word in _HOLDS) and _VARIABLE.fullmatch(text):
        if _tables.providers().by_credential(text) is None:
            yield from _taken(text, None, line, symbol)
        return
    reference = _REFERENCE.fullmatch(text) if at.key.endswith(_KEYS) else None
    if reference is None or not reference[1] or not reference[2].isupper():
        return
    for word in filter(None, _STEP.split(at.where)):
        provider = _tables.providers().by_prefix(word)
        if provider is not None:
            yield from _taken(reference[2], provider.key, line, symbol)
            return


def is_environment(key: str) -> bool:
    """Whether variables are set or asked for under a plain key: ``requiredEnvVars``, ``api_key_env``, ``data``."""
    return "env" in key or key in _ENVIRONMENTS


def _taken(variable: str, provider: str | None, line: int, symbol: str) -> Iterator[Sighting]:
    """A variable whose name says nothing; those of known names are told by them."""
    if _tables.providers().by_credential(variable) is None:
        content: dict[str, Json] = {"provider": provider, "source": "environment"}
        yield Sighting(ItemKind.CREDENTIAL, variable, content, line=line, symbol=symbol, confidence=READ)
    elif provider is None:
        yield from _models.credential(variable, line=line, symbol=symbol, confidence=READ)


def _bare(at: Stands, provider: str) -> float:
    """How sure it is that a bare name is one of a variable that is used."""
    if at.key in _NAMING and (at.flat or is_environment(at.above)):
        # ``{name: KEY, value: …}`` sets it; without a value it is at least asked for.
        return USED if not _GIVING.isdisjoint(map(_plain, at.around)) else ASKED
    if not is_environment(at.key):
        return MENTIONED
    beside = at.siblings[:_LOOKED_AT] if isinstance(at.siblings, list) else []
    known = (_tables.providers().by_credential(one) for one in beside if isinstance(one, str))
    return USED if len({provider, *(one.key for one in known if one is not None)}) > _ONE_OF else ASKED


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
