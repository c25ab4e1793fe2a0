"""What is known of the names that pickles import, from ``rules/pickle/``; never from what is installed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Final

from driftseal import resources
from driftseal.errors import RuleError
from driftseal.model.item import Json

_FOLDER: Final = "pickle"
_SHARED: Final = frozenset({"dangerous", "aliases", "arguments"})
_REST: Final = "stdlib"
_ALL: Final = "*"
REMEMBERED: Final = 4096
"""Names whose judgement is kept, as a pickle calls the same few very often."""
_TORCHSCRIPT: Final = "__torch__"


class Tier(Enum):
    """How an import is judged, from harmless to worst."""

    CONSTRUCTOR = "constructors"
    """May be called with any arguments."""
    CLASS = "classes"
    """May be made without running its constructor, and be given a state."""
    FUNCTION = "functions"
    """May be named, and has no reason to be called."""
    UNKNOWN = "unknown"
    CODE = "code"
    INDIRECTION = "indirection"
    DOTTED = "dotted"
    """Goes through a module or an object to what it holds."""
    DUNDER = "dunder"
    """Goes through Python's own machinery: ``__globals__``, ``__class__``."""
    DANGEROUS = "dangerous"
    SCANNER = "scanners"

    @property
    def harmless(self) -> bool:
        """Whether the import alone is nothing to look at."""
        return self in {Tier.CONSTRUCTOR, Tier.CLASS, Tier.FUNCTION}


_BAD: Final = (Tier.SCANNER, Tier.DANGEROUS, Tier.INDIRECTION, Tier.CODE)
_GOOD: Final = (Tier.CONSTRUCTOR, Tier.CLASS, Tier.FUNCTION)


@dataclass(frozen=True, slots=True)
class _Listed:
    """One list of names, by module."""

    exact: frozenset[str]
    modules: frozenset[str]
    """Those that are listed as a whole."""

    def has(self, module: str, name: str) -> bool:
        return f"{module}.{name}" in self.exact

    def covers(self, module: str) -> bool:
        """Whether a module, or one that it lies in, is listed as a whole."""
        return any(one in self.modules for one in _upwards(module))


@lru_cache(maxsize=REMEMBERED)
def tier(module: str, name: str) -> Tier:
    """How the import of ``name`` from ``module`` is judged."""
    module = canonical(module)
    if module.partition(".")[0] == _TORCHSCRIPT and not _dunder(name):
        return Tier.CLASS
    bad = _listed("dangerous")
    known = _listed(_file_of(module))
    for kind in _BAD:
        if bad[kind].has(module, name):
            return kind
    for kind in _GOOD:
        if known[kind].has(module, name):
            return kind
    for kind in _BAD:
        if bad[kind].covers(module):
            return kind
    return _hop(module, name, bad)


def canonical(module: str) -> str:
    """A module's name of today."""
    renamed = _aliases()
    for one in _upwards(module):
        if one in renamed:
            return renamed[one] + module[len(one) :]
    return module


def _hop(module: str, name: str, bad: Mapping[Tier, _Listed]) -> Tier:
    """What a name is that stands in no list, by the way it takes."""
    if not name or not module:
        return Tier.DOTTED
    parts = name.split(".")
    if any(_dunder(part) for part in (*parts, *module.split("."))) and not _constructor(parts[-1]):
        return Tier.DUNDER
    for start, part in enumerate(parts):
        rest = ".".join(parts[start + 1 :])
        for kind in _BAD:
            if any(bad[kind].covers(one) or (rest and bad[kind].has(one, rest)) for one in (part, part.lstrip("_"))):
                return kind
    first = parts[0].lstrip("_")
    if len(parts) > 1 and (not first or not first[0].isupper()):
        return Tier.DOTTED
    return Tier.UNKNOWN


def _constructor(name: str) -> bool:
    """Whether Cython made this function to restore objects of one class."""
    return name.startswith("__pyx_unpickle_") and not name.endswith("__")


def _dunder(part: str) -> bool:
    return part.startswith("__") and part != "__main__" and not _constructor(part)


def _upwards(module: str) -> Iterator[str]:
    """A module, then those that it lies in."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def _file_of(module: str) -> str:
    root = module.partition(".")[0]
    return root if root in _libraries() else _REST


@cache
def _libraries() -> frozenset[str]:
    stems = frozenset(path.stem for path in (resources.folder("rules") / _FOLDER).glob("*.yaml"))
    return stems - _SHARED


@cache
def _aliases() -> dict[str, str]:
    return {key: value for key, value in _mapping(_read("aliases").get("modules")) if isinstance(value, str)}


@cache
def _listed(file: str) -> dict[Tier, _Listed]:
    """Every list of one file; an empty one where the file has none of its kind."""
    given = _read(file)
    return {kind: _list(given.get(kind.value)) for kind in Tier}


def arguments() -> dict[str, str]:
    """Patterns of arguments that do more than make an object, by what they are."""
    return {key: value for key, value in _mapping(_read("arguments").get("patterns")) if isinstance(value, str)}


def _list(given: Json) -> _Listed:
    exact: set[str] = set()
    modules: set[str] = set()
    for module, names in _mapping(given):
        if not isinstance(names, str):
            raise RuleError(f"rules/{_FOLDER}: {module}: names are words with blanks between")
        if names == _ALL:
            modules.add(module)
        else:
            exact.update(f"{module}.{name}" for name in names.split())
    return _Listed(frozenset(exact), frozenset(modules))


def _mapping(given: Json) -> list[tuple[str, Json]]:
    return list(given.items()) if isinstance(given, dict) else []


def _read(stem: str) -> dict[str, Json]:
    given = resources.document(_FOLDER, stem)
    if not isinstance(given, dict):
        raise RuleError(f"rules/{_FOLDER}/{stem}.yaml: a mapping")
    return given
