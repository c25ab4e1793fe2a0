"""The tables of names that the finders of models go by, read from ``rules/lists/ai-models.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import re2

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.records import dataclass

LIST: Final = "ai-models"
ANY: Final = "*"
TOLD: Final = frozenset({"family", "maker", "package", "plugin"})
"""Instead of a provider: the id, the name of the class, or that of the package tells."""


@dataclass(frozen=True, slots=True)
class Loader:
    """Calls that take the name of a model; see the list."""

    calls: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    places: tuple[int | str, ...]
    provider: str
    fallback: str
    shape: str
    namespace: str
    aliases: Mapping[str, str]
    hosted: bool
    task: str | int
    doubtful: bool
    """The same name is used for other things: only what looks like a model of a known family counts."""
    languages: frozenset[str]
    within: tuple[int | str, ...]
    """Where the repository stands that the model is one of."""
    by: tuple[str, ...]
    """Arguments that name the provider."""
    pin: str
    """What stands between the model and its version, in one text."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A module whose members are models."""

    of: str
    provider: str
    called: bool
    aliases: Mapping[str, str]
    """Members by what their models are called; empty where each is called like its model."""


@dataclass(frozen=True, slots=True)
class Models:
    """The whole list."""

    loaders: Mapping[str, tuple[Loader, ...]]
    """By the last part of a call; under ``*`` those that go by what they are imported from."""
    bundles: tuple[Bundle, ...]
    names: frozenset[str]
    others: frozenset[str]
    plain: Any
    no_organisations: frozenset[str]
    no_names: frozenset[str]


@cache
def models() -> Models:
    """The list, checked.

    Raises:
        RuleError: it is malformed.
    """
    given = mapping(LIST)
    aliases = given["aliases"]
    by_name: dict[str, list[Loader]] = {}
    for entry in given["loaders"]:
        loader = _loader(entry, aliases)
        for last in dict.fromkeys(call[-1] for call in loader.calls):
            by_name.setdefault(last, []).append(loader)
    return Models(
        loaders={name: tuple(loaders) for name, loaders in by_name.items()},
        bundles=tuple(_bundle(one, aliases) for one in given["bundles"]),
        names=frozenset(given["names"]),
        others=frozenset(given["others"]),
        plain=_pattern(given["plain"]),
        no_organisations=frozenset(given["no_organisations"]),
        no_names=frozenset(given["no_names"]),
    )


def _bundle(entry: Mapping[str, Any], aliases: Mapping[str, Mapping[str, str]]) -> Bundle:
    named = aliases[entry["aliases"]] if "aliases" in entry else {}
    return Bundle(entry["of"], entry["provider"], entry.get("called", False), named)


def _loader(entry: Mapping[str, Any], aliases: Mapping[str, Mapping[str, str]]) -> Loader:
    return Loader(
        calls=tuple(tuple(call.split(".")) for call in entry["calls"]),
        sources=tuple(entry.get("from", ())),
        places=tuple(entry.get("id", (0, "model"))),
        provider=entry["provider"],
        fallback=entry.get("fallback", ""),
        shape=entry["shape"],
        namespace=entry.get("namespace", ""),
        aliases=aliases[entry["aliases"]] if "aliases" in entry else {},
        hosted=entry.get("hosted", False),
        task=entry.get("task", ""),
        doubtful=entry.get("doubtful", False),
        languages=frozenset(entry.get("languages", ())),
        within=tuple(entry.get("within", ())),
        by=tuple(entry.get("by", ())),
        pin=entry.get("pin", ""),
    )


@dataclass(frozen=True, slots=True)
class Calls:
    """An entry of a list whose ``calls`` say what it is about."""

    calls: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    entry: Mapping[str, Any]


@cache
def calls(name: str, group: str) -> Mapping[str, tuple[Calls, ...]]:
    """The entries of one group of a list by the last part of what they call."""
    found: dict[str, list[Calls]] = {}
    for entry in mapping(name)[group]:
        one = Calls(tuple(tuple(call.split(".")) for call in entry["calls"]), tuple(entry.get("from", ())), entry)
        for last in dict.fromkeys(call[-1] for call in one.calls):
            found.setdefault(last, []).append(one)
    return {last: tuple(entries) for last, entries in found.items()}


def _pattern(text: str) -> Any:
    try:
        return re2.compile(text)
    except re2.error as cause:
        raise RuleError(f"rules/lists/{LIST}.yaml: {text[:40]!r}: {cause}") from cause


@cache
def mapping(name: str) -> Mapping[str, Any]:
    """A list that is a mapping.

    Raises:
        RuleError: it is something else.
    """
    given = rulebook.load_list(name)
    if not isinstance(given, dict):
        raise RuleError(f"rules/lists/{name}.yaml is no mapping")
    return given


def is_from(origin: str, sources: tuple[str, ...]) -> bool:
    """Whether something comes from one of these packages."""
    origin = origin.removeprefix("npm:")
    for source in sources:
        stem = source.removesuffix(ANY)
        if origin.startswith(stem) and (
            stem != source or origin[len(stem) : len(stem) + 1] in {"", ".", "/", ":", "(", "@"}
        ):
            return True
    return False
