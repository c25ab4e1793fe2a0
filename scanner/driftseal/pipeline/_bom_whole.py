"""All components and services, each once, with the links between them."""

from __future__ import annotations

from collections.abc import Mapping

from driftseal.model.bom import Component, Dependency, Service
from driftseal.pipeline._bom_join import Joined
from driftseal.pipeline._bom_names import ROOT


class Whole:
    """Components and services with the links between them, by their final references."""

    def __init__(
        self,
        components: Mapping[str, Component],
        services: Mapping[str, Service],
        joined: Joined,
        needs: Mapping[str, set[str]],
        gives: Mapping[str, set[str]],
    ) -> None:
        self.components = components
        self.services = services
        self.refs = frozenset({ROOT, *services, *(one.ref for part in components.values() for one in part.whole())})
        self._joined = joined
        self._needs = self._final(needs)
        self._gives = self._final(gives)

    def ref(self, draft: str) -> str:
        """The final reference of a draft; empty for what is not in the document."""
        final = self._joined.ref(draft)
        return final if final in self.refs else ""

    def given_by(self, ref: str) -> frozenset[str]:
        """What a service provides."""
        return frozenset(self._gives.get(ref, ()))

    def dependencies(self) -> tuple[Dependency, ...]:
        """A row for everything, so that «needs nothing» is said and not just left out."""
        return tuple(
            Dependency(ref, tuple(sorted(self._needs.get(ref, ()))), tuple(sorted(self._gives.get(ref, ()))))
            for ref in sorted(self.refs)
        )

    def _final(self, links: Mapping[str, set[str]]) -> dict[str, set[str]]:
        final: dict[str, set[str]] = {}
        for source, targets in links.items():
            ref = self.ref(source)
            told = {self.ref(target) for target in targets} - {ref, ""}
            if ref:
                final.setdefault(ref, set()).update(told)
        self._hang(final, links)
        return final

    def _hang(self, final: dict[str, set[str]], links: Mapping[str, set[str]]) -> None:
        """A part whose owner is gone hangs on the whole."""
        lost = {target for source, targets in links.items() if not self.ref(source) for target in targets}
        final.setdefault(ROOT, set()).update({self.ref(one) for one in lost} - {"", ROOT})
