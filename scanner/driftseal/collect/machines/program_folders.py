"""Programs by the folders that they lie in, and by what they leave of themselves in use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.narrow import object_or_empty, text_or_empty

_MANIFESTS: Final = (("resources", "app", "package.json"), ("package.json",))
_RELEASE: Final = re.compile(r"(?:app-)?([0-9]{1,9}(?:\.[0-9]{1,9}){1,3})")
"""Folders of releases beside one another, the newest of which is started."""
_PACKAGED: Final = re.compile(r"[^_]+_([0-9]{1,9}(?:\.[0-9]{1,9}){1,3})_.*")
_NUMBERS: Final = re.compile("[0-9]{1,9}")


class ProgramFolders(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "program_folders"
    technique: ClassVar[str] = "filename"
    sought: ClassVar[str] = "folders of programs"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for program in _tables.programs():
            for spot in machine.find(_tables.of_platform(program.folders, machine.platform)):
                yield _programs.sighting(
                    machine, program, spot, by="folder", version=_version(machine, spot), sure=_programs.INSTALLED
                )
            for spot in machine.find(_tables.of_platform(program.traces, machine.platform)):
                yield _programs.sighting(machine, program, spot, by="", sure=_programs.TRACE)


def _version(machine: Machine, folder: Spot) -> str:
    """What the manifest in it says, else the name of its newest release."""
    packaged = _PACKAGED.fullmatch(folder.path.name)
    if packaged is not None:
        return packaged[1]
    if not machine.is_folder(folder):
        return ""
    for names in _MANIFESTS:
        if told := text_or_empty(object_or_empty(machine.json(folder.child(*names))).get("version")):
            return told
    releases = [found[1] for entry in machine.entries(folder) if (found := _RELEASE.fullmatch(entry.path.name))]
    return max(releases, key=lambda told: [int(part) for part in _NUMBERS.findall(told)], default="")
