"""Command lines that Cargo installed, from the list that it keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _programs, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines.base import MachineFinder
from driftseal.formats import toml
from driftseal.narrow import object_or_empty

_ENTRY: Final = re.compile(r"([A-Za-z0-9_-]{1,64}) ([0-9][0-9A-Za-z.+-]{0,60}) \((.{1,2000})\)")
_REGISTRY: Final = "registry+https://github.com/rust-lang/crates.io-index"
_SPARSE: Final = "sparse+https://index.crates.io/"


class CargoTools(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "cargo_tools"
    sought: ClassVar[str] = "command lines from Cargo"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        known = _tables.named("cargo")
        for spot in machine.find(_tables.places("installed", "cargo", platform=machine.platform)):
            data = machine.read(spot) or b""
            value = machine.parsed(spot, lambda: toml.parse(data, spot.told, machine.limits).value)  # noqa: B023  # called before the next turn
            for entry in object_or_empty(object_or_empty(value).get("v1")):
                found = _ENTRY.fullmatch(entry)
                program = known.get(found[1].casefold()) if found is not None else None
                if found is not None and program is not None:
                    # A crate from a folder or from git may be anybody's; only those of the registry have its name.
                    published = found[3] in {_REGISTRY, _SPARSE}
                    yield _programs.sighting(
                        machine,
                        program,
                        spot,
                        by="cargo",
                        version=found[2],
                        package=f"pkg:cargo/{found[1]}" if published else "",
                        sure=_programs.CERTAIN if published else _programs.INSTALLED,
                    )
