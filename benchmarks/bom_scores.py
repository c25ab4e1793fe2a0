"""How the documents of ``benchmarks/bom.py`` are judged: what of the truth they name, what beside it, and validity.

Names are compared without case, with and without group, purl, provider or folder, and a component may be of any type
that its kind can be written as, so that no scanner is wrong for its style. A component that matches nothing is false.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
from bom_cases import Part

SCHEMAS = Path(__file__).parents[1] / "sbom" / "schema"
_DEFINED = frozenset({"dataset", "tool", "prompt", "resource", "instructions", "ci-step", "skill"})
_ANY = _DEFINED | {"model", "model-file", "agent", "server", "service", "package", "credential"}
_KINDS = {
    "machine-learning-model": frozenset({"model", "model-file"}),
    "data": _DEFINED,
    "file": _ANY,
    "application": _ANY - {"dataset", "credential", "model"},
    "library": frozenset({"package", "server", "ci-step"}),
    "framework": frozenset({"package", "server", "ci-step"}),
    "container": frozenset({"package", "server", "service"}),
    "platform": frozenset({"package", "server", "service"}),
    "cryptographic-asset": frozenset({"credential"}),
    "service": frozenset({"server", "service", "agent", "model"}),
}
_FILES = frozenset({"prompt", "instructions", "skill", "model-file", "dataset"})
"""Kinds that a file can be."""
_PACKAGES = frozenset({"library", "framework", "container", "platform"})
_LABEL = re.compile(r"^mcp server: | \((?:mcp server|github action)\)$")
_LINE = re.compile(r"#L\d+.*$")


@dataclass(frozen=True, slots=True)
class Listed:
    """One component or service of a document."""

    type: str
    name: str
    names: frozenset[str]
    words: frozenset[str]
    """Of its properties."""
    files: frozenset[str]

    def is_kind(self, kind: str) -> bool:
        """Whether it can be what the truth calls so."""
        return kind in _KINDS.get(self.type, frozenset())


@dataclass(frozen=True, slots=True)
class Score:
    """Of one scanner on one case."""

    found: tuple[Part, ...]
    missed: tuple[Part, ...]
    placed: int
    """Of those found, how many with the file in which they are."""
    true: int
    false: tuple[Listed, ...]


def score(documents: Iterable[dict[str, Any]], truth: Iterable[Part], *, every_package: bool) -> Score:
    """What is found and what is false."""
    listed = list({(one.type, one.name): one for document in documents for one in _listed(document)}.values())
    counted: list[tuple[Part, bool]] = []
    placed = 0
    right: set[int] = set()
    for part in truth:
        hits = [number for number, one in enumerate(listed) if _is(one, part)]
        right.update(hits)
        # That a file is listed says nothing of what is in it.
        told = [number for number in hits if listed[number].type != "file" or part.kind in _FILES]
        told = told or [number for number, one in enumerate(listed) if part.kind == "tool" and _tells(one, part)]
        if not part.optional:
            counted.append((part, bool(told)))
            placed += any(_stands_in(listed[number], part.file) for number in told)
    wrong = [
        one
        for number, one in enumerate(listed)
        if number not in right and not (every_package and one.type in _PACKAGES)
    ]
    found = tuple(part for part, hit in counted if hit)
    return Score(found, tuple(part for part, hit in counted if not hit), placed, len(right), tuple(wrong))


def _is(one: Listed, part: Part) -> bool:
    if not one.is_kind(part.kind):
        return False
    if part.name == "*":
        return True
    if one.type == "file" and posixpath.basename(part.file).casefold() in one.names:
        return True
    return not one.names.isdisjoint(_spellings(part))


def _tells(one: Listed, part: Part) -> bool:
    """Whether a tool is told as what an agent or a server has."""
    return one.type in {"application", "service"} and not one.words.isdisjoint(_spellings(part))


def _stands_in(one: Listed, file: str) -> bool:
    return any(told == file or told.endswith(f"/{file}") for told in one.files)


def _spellings(part: Part) -> set[str]:
    names = {name.casefold() for name in (part.name, *part.also)}
    return names | ({posixpath.basename(name) for name in names} if part.kind in {"model", "prompt"} else set())


def _listed(document: dict[str, Any]) -> Iterator[Listed]:
    for one in _nested(document.get("components"), "components"):
        yield _read(one, str(one.get("type")))
    for one in _nested(document.get("services"), "services"):
        yield _read(one, "service")


def _nested(found: Any, key: str) -> Iterator[dict[str, Any]]:
    for one in found or ():
        yield one
        yield from _nested(one.get(key), key)


def _read(one: dict[str, Any], kind: str) -> Listed:
    name, group = str(one.get("name", "")), str(one.get("group", ""))
    purl = unquote(str(one.get("purl", "")).partition("?")[0].partition("#")[0])
    bare = purl.partition(":")[2].partition("/")[2]
    bare = bare[: bare.rfind("@")] if "@" in bare[1:] else bare
    spelled = {name, f"{group}/{name}", bare, _LABEL.sub("", name.casefold())}
    spelled |= {spelling.rpartition("/")[2] for spelling in spelled} | {name.rpartition(":")[2]}
    spelled |= {str(endpoint) for endpoint in one.get("endpoints") or ()}
    spelled |= {spelling.rpartition(".")[2] for spelling in spelled} if kind == "data" else set()
    values = [str(pair.get("value", "")) for pair in one.get("properties") or ()]
    places = [str(place.get("location", "")) for place in (one.get("evidence") or {}).get("occurrences") or ()]
    words = frozenset(word.casefold() for value in values for word in re.split(r"[\s,;]+", value))
    files = frozenset(re.sub(r":\d+.*$", "", _LINE.sub("", place)).removeprefix("./") for place in (*places, *values))
    return Listed(
        kind, f"{group}/{name}" if group else name, frozenset(s.casefold() for s in spelled if s), words, files
    )


def problem(document: dict[str, Any]) -> str:
    """Why it is no valid CycloneDX; empty where it is."""
    version = str(document.get("specVersion", ""))
    if not (SCHEMAS / f"bom-{version}.schema.json").exists():
        return f"specVersion {version!r}"
    error = next(_validator(version).iter_errors(document), None)
    return "" if error is None else re.sub(r"\s+", " ", str(error.message))[:120]


@cache
def _validator(version: str) -> jsonschema_rs.Draft7Validator:
    known = {path.name: json.loads(path.read_bytes()) for path in SCHEMAS.glob("*.schema.json")}
    named = {one: f"http://cyclonedx.org/schema/{one}" for one in known}
    registry = jsonschema_rs.Registry([(uri, known[one]) for one, uri in named.items()])
    whole = known[f"bom-{version}.schema.json"]
    return jsonschema_rs.Draft7Validator(whole, registry=registry, validate_formats=True)
