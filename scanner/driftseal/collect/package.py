"""Published packages of npm and PyPI: their source is fetched and read, never installed or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from driftseal import snapshot
from driftseal.collect.base import Collector, Context
from driftseal.model.item import Gap, Item, ItemKind
from driftseal.model.snapshot import Origin, Reading, Snapshot
from driftseal.model.target import Target

_FORMS: Final = ("npm:", "pypi:", "pkg:npm/", "pkg:pypi/")


class PackageCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "package"
    form: ClassVar[str] = "npm:NAME@VERSION, pypi:NAME==VERSION or a purl of either"
    asks: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._things: dict[str, tuple[Item | Gap, ...]] = {}
        self._readings: dict[str, Reading] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.startswith(_FORMS)

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. The package is fetched here, since only then its version is known."""
        from driftseal.collect import _package_fetch, _program
        from driftseal.observe import program

        self.context.progress(f"fetching {reference}")
        fetched = _package_fetch.fetch(
            reference, self.context.limits, environment=self.context.environment, home=self.context.home
        )
        target = Target(self.name, f"{fetched.kind}:{fetched.name}", fetched.name, f"package/{fetched.purl}")
        read = program.read(fetched.members, self.context.limits, texts=dict(fetched.members).get)
        if not self.context.programs:  # one at a time; of others it is begun once this one is done
            read.ahead()
        self.context.programs[target.identity] = read
        named = {"name": fetched.name, "version": fetched.version, "purl": f"{fetched.purl}@{fetched.version}"}
        self._things[target.identity] = (
            snapshot.make_item(ItemKind.PACKAGE, fetched.name, {**named}),
            *(Gap(target.reference, problem.path, problem.why) for problem in fetched.problems),
            *_program.things(read, target.reference),
        )
        self._readings[target.identity] = _program.reading(read, unread=len(fetched.problems))
        yield target

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        for target in targets:
            things = self._things[target.identity]
            taken = snapshot.take(target, things, origin=Origin.PUBLISHED, collected_at=self.context.now)
            yield replace(taken, reading=self._readings[target.identity])

    def followed(self, snapshot: Snapshot) -> Snapshot:
        """See ``Collector.followed``."""
        from driftseal.collect import _program

        return _program.followed(self.context.programs[snapshot.target.identity], snapshot)
