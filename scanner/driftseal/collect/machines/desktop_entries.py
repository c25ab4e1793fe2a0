"""Programs of a Linux desktop, from the entries of its menus. What an entry would run is not even read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines.base import MachineFinder

_SUFFIX: Final = ".desktop"
_VERSION: Final = re.compile(rb"^X-(?:AppImage-)?Version=([0-9A-Za-z.+_-]{1,60})\s*$", re.MULTILINE)
_WAYS: Final = {"/flatpak/": "flatpak", "/snapd/": "snap"}


class DesktopEntries(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "desktop_entries"
    sought: ClassVar[str] = "programs in the menus of the desktop"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        known = _tables.named("desktop")
        for folder in machine.find(_tables.places("installed", "desktop", platform=machine.platform)):
            by = next((way for mark, way in _WAYS.items() if mark in f"{folder.told}/"), "desktop entry")
            for entry in machine.entries(folder):
                name = entry.path.name.casefold()
                if not name.endswith(_SUFFIX):
                    continue
                stem = name.removesuffix(_SUFFIX)
                # Snap puts the package's name before that of the program.
                program = known.get(stem) or known.get(stem.rpartition("_")[2])
                data = machine.read(entry) if program is not None else None
                if program is not None and data is not None:
                    found = _VERSION.search(data)
                    version = found[1].decode("ascii") if found else ""
                    yield _programs.sighting(machine, program, entry, by=by, version=version, sure=_programs.INSTALLED)
