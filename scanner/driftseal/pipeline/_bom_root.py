"""Which folder a bill of materials is about, so that it reads the same from wherever it is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from driftseal.collect.base import Context
from driftseal.collect.clients import paths
from driftseal.model.report import Report

_ELSEWHERE: Final = re.compile(r"(?:hf|ollama|oci|mlflow|npm|pypi|pkg|registry|https?):|machine(?:#|$)")
"""References that mean the same in every folder."""
_MACHINE: Final = "machine"
_SEVERAL: Final = "several targets"


def rebased(references: Sequence[str], context: Context) -> tuple[list[str], Context]:
    """The references as one types them in the folder that they share, and a context that stands there.

    Paths are told relative to that folder, and identities too. Where there is no such folder, or where a reference
    may mean something else in another one, all stays as it is.
    """
    found = {reference: place for reference in references if (place := _place(reference, context)) is not None}
    others = [reference for reference in references if reference not in found]
    # What is named without any path lies at home, if it lies here at all: a client's configuration, a cache.
    base = _shared([*found.values()]) if found else context.home.resolve()
    if base is None or not all(_ELSEWHERE.match(reference) for reference in others):
        return [*references], context
    told = [found[one].relative_to(base).as_posix() if one in found else one for one in references]
    return told, replace(context, root=base)


def _place(reference: str, context: Context) -> Path | None:
    if reference == "-" or "://" in reference:
        return None
    path = paths.absolute(Path(reference), context)
    return path.resolve() if paths.is_folder(path) or paths.is_file(path) else None


def _shared(places: list[Path]) -> Path | None:
    folders = sorted({place if place.is_dir() else place.parent for place in places}, key=lambda path: len(path.parts))
    if not folders:
        return None
    if all(place.is_relative_to(folders[0]) for place in folders):
        return folders[0]
    parents = {folder.parent for folder in folders}
    return parents.pop() if len(parents) == 1 else None


def name_of(references: Sequence[str], context: Context, report: Report) -> str:
    """What the whole is called where nobody says: the folder or the file that was asked about, else the one target."""
    found = [place for reference in references if (place := _place(reference, context)) is not None]
    if len(found) == 1:
        return found[0].name or "root"
    if found:
        shared = _shared(found)
        return (shared.name if shared is not None else "") or _SEVERAL
    if any(reference.partition("#")[0] == _MACHINE for reference in references):
        return _MACHINE
    names = {snapshot.target.name for snapshot in report.snapshots}
    return names.pop() if len(names) == 1 else _SEVERAL
