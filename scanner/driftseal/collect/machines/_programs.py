"""Programs as items, whatever way they were installed in."""

from __future__ import annotations

import re
from typing import Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines._tables import Program
from driftseal.model.item import ItemKind, Json

CERTAIN: Final = 0.95
INSTALLED: Final = 0.9
TRACE: Final = 0.6
"""What a program leaves of itself may outlive it."""
VERSION: Final = re.compile(r"v?[0-9][0-9A-Za-z.+_-]{0,60}")


def sighting(
    machine: Machine, program: Program, spot: Spot, *, by: str, version: Json = "", package: str = "", sure: float
) -> Sighting:
    """A program where it was found; ``package`` is its package URL without a version."""
    told = machine.text(version)
    told = told if VERSION.fullmatch(told) else ""
    content: dict[str, Json] = {"title": program.title, "version": told, "role": program.role, "installed_by": by}
    if package:
        content["package"] = f"{package}@{told}" if told else package
    return Sighting(ItemKind.APPLICATION, program.title, content, symbol=package, confidence=sure, path=spot.told)
