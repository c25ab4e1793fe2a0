"""Packages that a launch command fetches and runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal import rulebook
from driftseal.detect import _places
from driftseal.detect._spot import Spot
from driftseal.detect.launches import command, requirements
from driftseal.detect.launches.command import Fetch, Word
from driftseal.detect.launches.requirements import Requirement, Source
from driftseal.model.item import Json
from driftseal.observe import lookalike, words
from driftseal.observe.lookalike import Likeness

_TELLING: Final = frozenset({Likeness.DRAWN, Likeness.TYPO})


def unpinned(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A package from a registry without an exact version: each start may run another one."""
    seen = False
    for fetch, wanted in _requirements(launch):
        seen = True
        if wanted.source is Source.REGISTRY and not wanted.pinned and not fetch.offline:
            asked = f"asks for {wanted.version!r}" if wanted.version else "asks for no version"
            yield Spot(fetch.requirement.pointer, fetch.requirement.text, f"{fetch.runner} {asked} of {wanted.name!r}")
    package = launch.get("package")
    if (
        not seen
        and isinstance(package, dict)
        and package.get("pinned") is False
        and str(package.get("type")) in {"npm", "pypi"}
    ):
        yield Spot(
            "/package", str(package.get("name", "")), f"no exact version of {package.get('name')!r} is asked for"
        )


def from_elsewhere(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A package from a repository or a URL that may hold something else tomorrow."""
    for fetch, wanted in _requirements(launch):
        if wanted.source in {Source.GIT, Source.URL} and not wanted.pinned:
            yield Spot(
                fetch.requirement.pointer,
                fetch.requirement.text,
                f"{fetch.runner} fetches from a {wanted.source} without a commit or hash",
            )


def foreign_index(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """Packages looked up in another index than the public one (dependency confusion)."""
    flags = words.vocabulary("runners", "index_flags")
    fetching = any(True for _ in command.fetches(command.line(launch)))
    for given in command.commands(command.line(launch)):
        for index, word in enumerate(given):
            flag, equals, value = word.text.partition("=")
            if not fetching or flag not in flags:
                continue
            taken = Word(value, word.pointer) if equals else (given[index + 1] if index + 1 < len(given) else None)
            if taken is not None and not _is_public(taken.text):
                yield Spot(taken.pointer, taken.text, f"{flag} names another index: {taken.text}")
        break
    for index, name in enumerate(environment(launch)):
        if name.lower() in words.vocabulary("runners", "index_variables"):
            yield Spot(f"/env/{index}", name, f"the variable {name} names another package index")


def looks_like_known(launch: Mapping[str, Json]) -> Iterator[Spot]:
    """A package whose name or scope is drawn like, or one letter off, a widely used one."""
    for fetch, wanted in _requirements(launch):
        if wanted.source is not Source.REGISTRY:
            continue
        scopes, names = _known(fetch.type)
        name = requirements.normalised(wanted.name, fetch.type)
        scope = name.partition("/")[0] if name.startswith("@") else ""
        drawn = wanted.name if fetch.type == "npm" else name
        found = lookalike.nearest(scope, scopes, _TELLING) if scope else lookalike.nearest(drawn, names, _TELLING)
        if found is not None:
            known, kind = found
            yield Spot(fetch.requirement.pointer, fetch.requirement.text, f"{scope or name!r} is {kind} to {known!r}")


def environment(launch: Mapping[str, Json]) -> tuple[str, ...]:
    """Names of the variables that are set for the server."""
    given = launch.get("env")
    return tuple(str(name) for name in given) if isinstance(given, list | dict) else ()


def _requirements(launch: Mapping[str, Json]) -> Iterator[tuple[Fetch, Requirement]]:
    for fetch in command.fetches(command.line(launch)):
        yield fetch, requirements.parse(fetch.requirement.text, fetch.type)


def _is_public(index: str) -> bool:
    return not index or _places.host(index) in words.vocabulary("runners", "public_indexes")


def _known(ecosystem: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    listed = rulebook.load_list("known-servers")
    packages = listed.get("packages") if isinstance(listed, dict) else None
    about = packages.get(ecosystem) if isinstance(packages, dict) else None
    if not isinstance(about, dict):
        return (), ()
    scopes, names = about.get("scopes"), about.get("names")
    return _texts(scopes), _texts(names)


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(entry) for entry in value) if isinstance(value, list) else ()
