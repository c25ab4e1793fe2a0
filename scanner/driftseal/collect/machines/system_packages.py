"""Programs from Homebrew, Snap and Flatpak, which keep a folder for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal import yamltext
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty

_WAYS: Final = ("homebrew", "snap", "flatpak")
_NUMBERS: Final = re.compile("[0-9]{1,9}")
_SNAP: Final = ("current", "meta", "snap.yaml")


class SystemPackages(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "system_packages"
    technique: ClassVar[str] = "filename"
    sought: ClassVar[str] = "programs from Homebrew, Snap and Flatpak"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for way in _WAYS:
            for folder in machine.find(_tables.places("installed", way, platform=machine.platform)):
                for program in _tables.programs():
                    for name in program.names.get(way, ()):
                        spot = folder.child(name)
                        if machine.is_there(spot) and machine.is_folder(spot):
                            version = _version(machine, spot, way)
                            yield _programs.sighting(
                                machine, program, spot, by=way, version=version, sure=_programs.CERTAIN
                            )


def _version(machine: Machine, spot: Spot, way: str) -> str:
    if way == "homebrew":
        versions = [entry.path.name for entry in machine.entries(spot) if entry.path.name[:1].isdigit()]
        # A cask's version may hold a further part behind a comma; revisions of a formula stand behind "_".
        newest = max(versions, key=lambda one: [int(part) for part in _NUMBERS.findall(one)], default="")
        return newest.partition(",")[0]
    if way == "snap":
        about = spot.child(*_SNAP)
        data = machine.read(about)
        value = machine.parsed(about, lambda: _first(data, machine)) if data is not None else None
        return text_or_empty(object_or_empty(value).get("version"))
    return ""


def _first(data: bytes, machine: Machine) -> Json:
    return next(yamltext.documents(data, "snap.yaml", machine.limits), None)
