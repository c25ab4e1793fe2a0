"""What AI a machine holds beside the servers that clients are configured for: extensions, programs and models.

Asked for by ``bom``, never by ``scan``. Read are the places that ``rules/inventory/machine.yaml`` names, below the
user's home and in folders of the system; nothing is started. What is told says neither who uses the machine nor what it
is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import plugins, snapshot
from driftseal.canonical import show
from driftseal.collect.base import Collector, Context
from driftseal.errors import LimitExceeded
from driftseal.model.item import Evidence, Gap, Item, ItemKind
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.narrow import text_or_empty
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.collect.discovery.seen import Seen
    from driftseal.collect.machines._look import Machine
    from driftseal.collect.machines.base import MachineFinder

_REFERENCE: Final = "machine"
_FINDERS: Final = "collect.machines"
_NUMBERS: Final = regex("[0-9]{1,9}")


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
        yield from merge(_apart(seen), least)

    def _seen(self, finder: MachineFinder, machine: Machine) -> Iterator[Seen]:
        from driftseal.collect.discovery.seen import Seen

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
                    show(one.path),
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


def _apart(seen: Sequence[Seen]) -> Iterator[Seen]:
    """Several versions of one thing under a name each.

    What tells no version of a program counts for the newest; whose files of a model are is not guessed.
    """
    versions: dict[tuple[ItemKind, str], set[str]] = {}
    for one in seen:
        if version := _version(one):
            versions.setdefault((one.kind, one.name), set()).add(version)
    for one in seen:
        known = versions.get((one.kind, one.name), set())
        version = _version(one)
        if not version and one.kind is ItemKind.APPLICATION:
            version = max(known, key=_order, default="")
        yield replace(one, name=f"{one.name}@{version}") if version and len(known) > 1 else one


def _version(one: Seen) -> str:
    content = dict(one.content)
    return text_or_empty(content.get("version")) or text_or_empty(content.get("revision"))


def _order(version: str) -> tuple[list[int], str]:
    return [int(part) for part in _NUMBERS.findall(version)], version
