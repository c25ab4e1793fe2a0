"""Command lines that npm, pnpm, Bun or Yarn installed for the whole user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines.base import MachineFinder
from driftseal.narrow import object_or_empty


class NpmTools(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "npm_tools"
    sought: ClassVar[str] = "command lines from npm"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``. Packages are asked for by name, however many others lie beside them."""
        for folder in machine.find(_tables.places("installed", "npm", platform=machine.platform)):
            for program in _tables.programs():
                for name in program.names.get("npm", ()):
                    spot = folder.child(*name.split("/"), "package.json")
                    about = object_or_empty(machine.json(spot))
                    if about.get("name") == name:
                        yield _programs.sighting(
                            machine,
                            program,
                            spot,
                            by="npm",
                            version=about.get("version"),
                            package=f"pkg:npm/{quote(name, safe='/')}",
                            sure=_programs.CERTAIN,
                        )
