"""Profiles: what regulators and others ask of an AI-BOM. One file each in ``sbom/profiles``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from driftseal import resources, yamltext
from driftseal.errors import RuleError, UsageError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.model.profile import Element, Profile, Subject, Who
from driftseal.narrow import to_list, to_object, to_text
from driftseal.pipeline.completeness import knows

_MOST: Final = 1000
"""Elements of one profile."""


def names() -> tuple[str, ...]:
    """The names of all profiles, sorted."""
    return tuple(sorted(path.stem for path in (resources.folder("sbom") / "profiles").glob("*.yaml")))


def load(name: str) -> Profile:
    """The profile of this name.

    Raises:
        UsageError: there is none; the hint offers the nearest.
        RuleError: its file is malformed.
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        raise UsageError(
            f"no profile {name!r}", hint=f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names())}"
        )
    path = resources.folder("sbom") / "profiles" / f"{name}.yaml"
    return parse(path.read_bytes(), name)


def parse(data: bytes, name: str) -> Profile:
    """The profile that a file holds.

    Raises:
        RuleError: it is malformed, or names a field or a kind of thing that there is not.
    """
    try:
        (document,) = yamltext.documents(data, f"{name}.yaml", DEFAULT_LIMITS)
        told = _exactly(document, {"title", "source", "about", "sections"})
        elements = tuple(
            element
            for section in to_list(told["sections"], _MOST)
            for element in _section(_exactly(section, {"title", "elements"}))
        )
        profile = Profile(name, to_text(told["title"]), to_text(told["source"]), to_text(told["about"]), elements)
    except (TypeError, ValueError) as cause:
        raise RuleError(f"profile {name}: {cause}") from cause
    if len({element.id for element in elements}) != len(elements):
        raise RuleError(f"profile {name}: two elements have the same id")
    return profile


def _section(told: Mapping[str, Json]) -> Iterator[Element]:
    for entry in to_list(told["elements"], _MOST):
        yield _element(entry, to_text(told["title"]))


def _element(entry: Json, section: str) -> Element:
    told = _exactly(entry, {"id", "title", "of"}, {"filled_by", "supply"})
    id_, of = to_text(told["id"]), Subject(to_text(told["of"]))
    # «a + b» takes both; several lines are several ways.
    ways = tuple(
        tuple(part.strip() for part in to_text(way).split("+")) for way in to_list(told.get("filled_by", []), _MOST)
    )
    unknown = [field for way in ways for field in way if not knows(of, field)]
    if unknown:
        raise ValueError(f"{id_}: a {of} has no field {unknown[0]!r}")
    supply = {Who(who): to_text(how) for who, how in to_object(told.get("supply", {})).items()}
    return Element(id_, section, to_text(told["title"]), of, ways, supply)


def _exactly(value: Json, required: AbstractSet[str], optional: AbstractSet[str] = frozenset()) -> dict[str, Json]:
    told = to_object(value)
    wrong = (told.keys() - required - optional) | (required - told.keys())
    if wrong:
        raise ValueError(f"{min(wrong)!r} is missing, or does not belong there")
    return told
