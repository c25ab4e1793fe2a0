"""What AI a machine holds beside the servers that clients are configured for: extensions, programs and models.

Asked for by ``bom``, never by ``scan``. Read are the places that ``rules/inventory/machine.yaml`` names, below the
user's home and in folders of the system; nothing is started. What is told says neither who uses the machine nor what it
is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import plugins, snapshot
from driftseal.collect.base import Collector, Context
from driftseal.errors import LimitExceeded
from driftseal.model.item import Evidence, Gap, Item
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.discovery.merge import Seen
    from driftseal.collect.machines._look import Machine
    from driftseal.collect.machines.base import MachineFinder

_REFERENCE: Final = "machine"
_FINDERS: Final = "collect.machines"


class MachineCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "machine"
    form: ClassVar[str] = "machine, when everything of AI on it is to be listed"

    def __init__(self, context: Context, *, system: Path = Path("/")) -> None:
        """``system`` is where the folders of the system begin."""
        super().__init__(context)
        self._system = system

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference == _REFERENCE and self.context.discover is not None

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``."""
        yield Target(self.name, reference, reference, reference, incidental=True)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        for target in targets:
            yield snapshot.take(target, self._things(target), origin=Origin.STATIC, collected_at=self.context.now)

    def _things(self, target: Target) -> Iterator[Item | Gap]:
        from driftseal.collect.discovery.merge import merge
        from driftseal.collect.machines._look import Machine
        from driftseal.collect.machines.base import MachineFinder

        machine = Machine(self.context, system=self._system)
        seen: list[Seen] = []
        for kind in plugins.load_all(_FINDERS, MachineFinder).values():  # type: ignore[type-abstract]  # its concrete subclasses are made
            seen += self._seen(kind(), machine)
        for unseen in machine.unseen():
            yield Gap(target.reference, unseen.path, unseen.why)
        least = self.context.discover.least if self.context.discover is not None else 0.0
        yield from merge(seen, least)

    def _seen(self, finder: MachineFinder, machine: Machine) -> Iterator[Seen]:
        from driftseal.collect.discovery.merge import Seen

        self.context.progress(f"looks for {finder.sought}")
        machine.begin()
        left = self.context.limits.sightings
        try:
            for one in finder.look(machine):
                left -= 1
                if left < 0:
                    machine.gap_at(finder.sought, "more was found than is told (limits.sightings)")
                    return
                place = Evidence(
                    one.path,
                    line=one.line,
                    symbol=one.symbol,
                    technique=one.technique or finder.technique,
                    confidence=one.confidence,
                )
                yield Seen(
                    one.kind, one.name, tuple((key, value) for key, value in one.content.items() if value), place
                )
        except LimitExceeded as cause:
            machine.gap_at(finder.sought, str(cause))
