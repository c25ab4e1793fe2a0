"""Everything that the files of a project name as parts of AI; asked for by ``bom``, never by ``scan``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from driftseal import snapshot
from driftseal.collect.base import Collector
from driftseal.collect.clients import paths
from driftseal.model.item import Gap, Item
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

_MARK: Final = "#inventory"


class InventoryCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "inventory"
    form: ClassVar[str] = "a folder, when everything in it is to be listed"

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        if self.context.discover is None or reference == "-" or "://" in reference:
            return False
        return paths.is_folder(self._path(reference))

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``."""
        path = self._path(reference)
        shown = paths.shown(path, self.context)
        identity = f"inventory/{paths.lasting(path, self.context)}"
        yield Target(self.name, f"{shown}{_MARK}", path.name, identity, incidental=True)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        for target in targets:
            yield snapshot.take(target, self._things(target), origin=Origin.STATIC, collected_at=self.context.now)

    def _path(self, reference: str) -> Path:
        return paths.absolute(Path(reference.removesuffix(_MARK)), self.context)

    def _things(self, target: Target) -> Iterator[Item | Gap]:
        from driftseal.collect.discovery import cache
        from driftseal.collect.discovery.lowered import Lowered
        from driftseal.collect.discovery.merge import merge
        from driftseal.collect.discovery.search import Search
        from driftseal.collect.discovery.seen import Seen

        path = self._path(target.reference)
        shown = paths.shown(path, self.context)
        prefix = "" if shown == "." else f"{shown}/"
        seen: list[Seen] = []
        place = cache.place(self.context.environment, self.context.home, self.context.platform, path)
        with cache.Cache(place, self.context.limits) as kept:
            done = Lowered(self.context.programs.values())
            for found in Search(path, prefix, self.context.limits, self.context.progress, kept, done).run():
                if isinstance(found, Seen):
                    seen.append(found)
                else:
                    yield Gap(target.reference, found.path, found.why)
        least = self.context.discover.least if self.context.discover is not None else 0.0
        yield from merge(seen, least)
