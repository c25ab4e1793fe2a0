"""What looks for one kind of thing on a machine: one finder is one file beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines._look import Machine


class MachineFinder(ABC):
    """Looks at places of its own, all of which the table names (``rules/inventory/machine.yaml``). Starts nothing."""

    name: ClassVar[str]
    """The file's stem."""
    technique: ClassVar[str] = "manifest-analysis"
    """How it finds, in CycloneDX's words."""
    sought: ClassVar[str]
    """What it looks for, for people."""

    @abstractmethod
    def look(self, machine: Machine) -> Iterator[Sighting]:
        """What lies there. Each sighting says its ``path``, as ``Spot.told`` has it.

        Raises:
            LimitExceeded: the time or the number of entries that a finder has is used up.
        """
