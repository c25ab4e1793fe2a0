"""Command lines and servers that pipx or uv installed, each in an environment of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery import _tables as packages
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder

_WAYS: Final = ("pipx", "uv")
_LIBRARIES: Final = (("lib", "*", "site-packages"), ("Lib", "site-packages"))
_INSTALLED: Final = re.compile(r"([A-Za-z0-9_.]{1,120})-([0-9A-Za-z.!+]{1,60})\.dist-info", re.ASCII)


class PythonTools(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "python_tools"
    technique: ClassVar[str] = "filename"
    sought: ClassVar[str] = "command lines from pipx and uv"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        known = {packages.normal("pypi", name): program for name, program in _tables.named("pypi").items()}
        for way in _WAYS:
            for folder in machine.find(_tables.places("installed", way, platform=machine.platform)):
                for environment in machine.entries(folder):
                    name = packages.normal("pypi", environment.path.name)
                    program = known.get(name)
                    if program is not None and machine.is_folder(environment):
                        yield _programs.sighting(
                            machine,
                            program,
                            environment,
                            by=way,
                            version=_version(machine, environment, name),
                            package=f"pkg:pypi/{name}",
                            sure=_programs.CERTAIN,
                        )


def _version(machine: Machine, environment: Spot, name: str) -> str:
    """What the environment's library says of the package that it was made for."""
    libraries = [environment.child("Lib", "site-packages")]
    libraries += [python.child("site-packages") for python in machine.entries(environment.child("lib"))]
    for library in libraries:
        for entry in machine.entries(library):
            found = _INSTALLED.fullmatch(entry.path.name)
            if found is not None and packages.normal("pypi", found[1]) == name:
                return found[2]
    return ""
