"""Packages that everybody has, told otherwise: others that sound like them, archives under their names elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from driftseal.code import ir
from driftseal.model.item import Json
from driftseal.observe import words
from driftseal.observe.behaviour import required
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.tables import tables, walked
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_SECTIONS: Final = frozenset({"dependencies", "devDependencies", "overrides", "resolutions"})
_FEWEST: Final = 2
"""Entries of one table that are no slip."""
_NAME: Final = regex(r"[a-z0-9][a-z0-9._-]{1,60}")
_ARCHIVE: Final = regex(
    r"(https?://[\w.-]{1,200}(?::\d{1,5})?/(?:[\w.@%~+-]{1,100}/){0,8}(@?[a-z][a-z0-9.-]{1,60}?)-v?\d{1,4}\.\d[\w.+-]{0,40}\.(?:tgz|tar\.gz|zip|whl))"
)
_LONGEST: Final = 4_000
_OF: Final = ("pypi", "npm")
_DEEPEST: Final = 6
_VALUES: Final = 2_000


def find(code: Code) -> Iterator[Fact]:
    """``packages-renamed`` and ``package-handed-out``."""
    for scope in code.scopes:
        if "package-archives" in scope.shown:
            yield from _handed_out(scope)
        if "living-packages" in scope.shown:
            for node in scope.of(ir.Mapping):
                given = {text(entry.key): text(entry.value) for entry in node.entries}
                if (told := _renamed(given)) is not None:
                    yield scope.fact("packages-renamed", node.line, told)
    for scope, line, value in tables(code):
        found = next((told for each in walked(value) if isinstance(each, str) and (told := _of_stranger(each))), "")
        if found:
            yield scope.fact("package-handed-out", line, found)
        for inside in _mappings(value):
            given = {key: each for key, each in inside.items() if isinstance(each, str)}
            if (told := _renamed(given)) is not None:
                yield scope.fact("packages-renamed", line, told)
                break


def _handed_out(scope: Scope) -> Iterator[Fact]:
    """A text that names an archive, here or at the top of the file: once is enough."""
    for each in (*scope.constants, *(scope.code.top_texts(scope.path) if scope.number == 0 else ())):
        found = _of_stranger(str(each.value))
        if found:
            yield scope.fact("package-handed-out", each.line, found)
            return
    for entry in scope.of(ir.Entry) if _of_manifests(scope) else ():
        found = _of_stranger(text(entry.value), named=text(entry.key))
        if found:
            yield scope.fact("package-handed-out", entry.value.line, found)
            return


def _of_manifests(scope: Scope) -> bool:
    """Whether a file sets what packages depend on, so that any archive which it names is installed."""
    return any(not _SECTIONS.isdisjoint(each.words | each.keys) for each in scope.code.of_file(scope.path))


def _of_stranger(text: str, *, named: str = "") -> str:
    """An archive that bears the name of a package which a registry has, on a host of somebody else.

    It may be ``named`` as what is to stand for it.
    """
    for address, name in _ARCHIVE.findall(text[:_LONGEST]):
        host = urlsplit(address).hostname or ""
        known = name == named or says("living-packages", name)
        known = known or any(name in words.vocabulary("common-packages", each) for each in _OF)
        # A maker's own host is called like what it makes.
        if known and name.replace("-", "") not in host.replace("-", "") and required.from_stranger(address):
            return f"{name} from {host}"
    return ""


def _renamed(given: Mapping[str, str]) -> str | None:
    """Some names of packages that live on, each with one that only begins like it."""
    found = [(old, new) for old, new in given.items() if says("living-packages", old) and _sounds_like(old, new)]
    return ", ".join(f"{old}: {new}" for old, new in found[:3]) if len(found) >= _FEWEST else None


def _sounds_like(old: str, new: str) -> bool:
    """``lodash-maintained`` for ``lodash``, ``expres-core`` for ``express``; not what belongs to it by its maker."""
    if not _NAME.fullmatch(new) or new == old or says("belonging-packages", new):
        return False
    head = new[: len(old) - 1]
    return head == old[: len(old) - 1] and says("renamings", new[len(head) :])


def _mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    waiting: list[tuple[Json, int]] = [(value, _DEEPEST)]
    for _ in range(_VALUES):
        if not waiting:
            return
        one, depth = waiting.pop()
        if isinstance(one, dict):
            yield one
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each, depth - 1) for each in inside if depth and isinstance(each, (dict, list))]
