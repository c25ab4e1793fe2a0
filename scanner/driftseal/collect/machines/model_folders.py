"""Models that lie as plain files where a program keeps them: LM Studio, Whisper, GPT4All, llama.cpp, Jan, torch hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _models, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._models import Stored
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder

_TORCH: Final = re.compile(r"([A-Za-z0-9.-]++)_([\w.-]+)_([A-Za-z0-9.-]+)", re.ASCII)
"""Owner, repository and branch; an owner has no ``_``, and of a branch with one the end is what tells it apart."""
_NOTE: Final = re.compile(r"manifest=([\w.-]{1,96})=([\w.-]{1,96})=[\w.-]{1,96}\.json", re.ASCII)
_PART: Final = re.compile(r"-0000\d-of-0000\d$")
"""Part of a model that is split into files."""
_Found = Iterator[tuple[tuple[str, str], Spot, list[Stored]]]


class ModelFolders(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "model_folders"
    technique: ClassVar[str] = "filename"
    sought: ClassVar[str] = "files of models"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for key in _tables.keys("model_folders"):
            provider = _tables.text("model_folders", key, "provider")
            told = _BY[_tables.text("model_folders", key, "by")]
            for folder in machine.find(_tables.places("model_folders", key, "places", platform=machine.platform)):
                for model, spot, files in told(machine, folder, provider):
                    yield _models.sighting(machine, spot, model, files)


def _weights(machine: Machine, folder: Spot) -> Iterator[tuple[Spot, Stored]]:
    endings = _tables.words("model_endings")
    for entry in machine.entries(folder):
        if entry.path.suffix.casefold() in endings and (size := machine.size(entry)) >= 0:
            yield entry, Stored(entry.path.name, "", size)


def _by_file(machine: Machine, folder: Spot, provider: str) -> _Found:
    for spot, stored in _weights(machine, folder):
        yield (provider, spot.path.stem), spot, [stored]


def _by_folders(machine: Machine, folder: Spot, provider: str) -> _Found:
    if files := [stored for _, stored in _weights(machine, folder)]:
        yield (provider, f"{folder.path.parent.name}/{folder.path.name}"), folder, files


def _by_models(machine: Machine, folder: Spot, provider: str) -> _Found:
    if files := [stored for _, stored in _weights(machine, folder)]:
        yield (provider, folder.told.rpartition("/models/")[2]), folder, files


def _by_notes(machine: Machine, folder: Spot, provider: str) -> _Found:
    """A file is called after owner, repository and file, with ``_`` between; a note beside it tells them apart."""
    notes = [found for entry in machine.entries(folder) if (found := _NOTE.fullmatch(entry.path.name))]
    origins = {f"{note[1]}_{note[2]}_": f"{note[1]}/{note[2]}" for note in notes}
    models: dict[tuple[str, str], tuple[Spot, list[Stored]]] = {}
    for spot, stored in _weights(machine, folder):
        origin = next((id_ for start, id_ in origins.items() if stored.name.startswith(start)), "")
        model = (_models.HUB, origin) if origin else (provider, _PART.sub("", spot.path.stem))
        models.setdefault(model, (spot, []))[1].append(stored)
    for model, (spot, files) in models.items():
        yield model, spot, files


def _by_torch(machine: Machine, folder: Spot, provider: str) -> _Found:
    found = _TORCH.fullmatch(folder.path.name)
    if found is not None and machine.is_there(folder.child("hubconf.py")):
        yield (provider, f"{found[1]}/{found[2]}"), folder, []


_BY: Final[Mapping[str, Callable[[Machine, Spot, str], _Found]]] = {
    "file": _by_file,
    "folders": _by_folders,
    "models": _by_models,
    "llama.cpp": _by_notes,
    "torch": _by_torch,
}
