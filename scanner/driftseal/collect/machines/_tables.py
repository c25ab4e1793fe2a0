"""What is known of machines: ``rules/inventory/machine.yaml``, checked, and ready to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from driftseal.collect.discovery import _tables
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.records import dataclass

if TYPE_CHECKING:
    import re2

_NAME: Final = "machine"
_PLATFORMS: Final = ("all", "linux", "darwin", "win32")
_WAYS: Final = ("desktop", "bundle", "npm", "pypi", "cargo", "homebrew", "snap", "flatpak")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs models or agents."""

    title: str
    role: str
    """``runner``, ``desktop`` or ``client``."""
    names: Mapping[str, tuple[str, ...]]
    """What each way to install calls it."""
    folders: Mapping[str, tuple[str, ...]]
    """Where it lies itself, by platform."""
    traces: Mapping[str, tuple[str, ...]]
    """What it leaves in use, by platform."""


@cache
def _table() -> Mapping[str, Json]:
    return _mapping(_tables.read(_NAME), "the whole")


def places(*path: str, platform: str) -> tuple[str, ...]:
    """The patterns under some keys of the table, for one platform."""
    return of_platform(_by_platform(_at(path), ".".join(path)), platform)


def of_platform(places_of: Mapping[str, tuple[str, ...]], platform: str) -> tuple[str, ...]:
    """Those that hold everywhere, then those of one platform."""
    return (*places_of.get("all", ()), *places_of.get(platform, ()))


@cache
def keys(*path: str) -> tuple[str, ...]:
    """The keys under some keys of the table."""
    return tuple(_mapping(_at(path), ".".join(path)))


@cache
def words(*path: str) -> tuple[str, ...]:
    """The words of a list of the table."""
    return _listed(_at(path), ".".join(path))


@cache
def roles(name: str) -> Mapping[str, tuple[str, str]]:
    """Role and title of each id of a part of the table, by the id in lower case; no title where only ids are listed."""
    found: dict[str, tuple[str, str]] = {}
    for role, ids in _mapping(_at((name,)), name).items():
        titles = ids if isinstance(ids, dict) else dict.fromkeys(_listed(ids, f"{name}.{role}"), "")
        found |= {id_.casefold(): (role, str(title)) for id_, title in titles.items()}
    return found


@cache
def pattern(name: str) -> re2._Regexp[str]:
    """One of the patterns that tell by words."""
    import re2

    return re2.compile(text("words", name))


def text(*path: str) -> str:
    """One text of the table."""
    found = _at(path)
    if not isinstance(found, str):
        raise _wrong(".".join(path), "a text")
    return found


@cache
def programs() -> tuple[Program, ...]:
    """Every program.

    Raises:
        RuleError: the table is malformed.
    """
    return tuple(_programs())


def _programs() -> Iterator[Program]:
    for title, given in _mapping(_at(("programs",)), "programs").items():
        about = _mapping(given, title)
        if about.keys() - {"role", "folders", "traces", *_WAYS} or not isinstance(about.get("role"), str):
            raise _wrong(f"programs: {title}", f"a mapping of role, folders, traces, {', '.join(_WAYS)}")
        yield Program(
            title,
            str(about["role"]),
            {way: _listed(about[way], title) for way in _WAYS if way in about},
            _by_platform(about.get("folders", {}), title),
            _by_platform(about.get("traces", {}), title),
        )


@cache
def named(way: str) -> Mapping[str, Program]:
    """Programs by what one way to install calls them, in lower case."""
    return {name.casefold(): program for program in programs() for name in program.names.get(way, ())}


def _at(path: tuple[str, ...]) -> Json:
    found: Json = dict(_table())
    for key in path:
        found = _mapping(found, key).get(key)
    return found


def _by_platform(given: Json, where: str) -> Mapping[str, tuple[str, ...]]:
    listed = _mapping(given, where)
    if listed.keys() - set(_PLATFORMS):
        raise _wrong(where, f"places under {', '.join(_PLATFORMS)}")
    return {platform: _listed(found, where) for platform, found in listed.items()}


def _mapping(given: Json, where: str) -> dict[str, Json]:
    if not isinstance(given, dict):
        raise _wrong(where, "a mapping")
    return given


def _listed(given: Json, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise _wrong(where, "a list of words")
    return tuple(str(word) for word in given)


def _wrong(where: str, wanted: str) -> RuleError:
    return RuleError(f"rules/inventory/{_NAME}.yaml: {where}: expected {wanted}")
