"""``https://host/mcp``: an MCP server that the user names by its URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from driftseal import snapshot
from driftseal.collect.base import Collector, Context
from driftseal.collect.mcp import address, permissions
from driftseal.collect.mcp.ask import Asked, ask
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.errors import TargetError
from driftseal.model.item import Evidence, Item, ItemKind
from driftseal.model.snapshot import Snapshot
from driftseal.model.target import Target


class HttpCollector(Collector):
    """One server, asked because its URL was named on the command line."""

    name: ClassVar[str] = "mcp_http"
    form: ClassVar[str] = "https://HOST/PATH"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._specs: dict[str, HttpSpec] = {}
        """By identity; a URL's query may hold a secret, so it stays here."""

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.lower().startswith(("https://", "http://"))

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. A URL that cannot be asked is a target all the same, with a gap."""
        try:
            endpoint = address.parse(reference, self.context.limits)
            shown, name = str(endpoint), endpoint.host
        except TargetError:
            shown = address.without_secrets(reference)[: self.context.limits.evidence_chars]
            name = shown.partition("://")[2].partition("/")[0]
        spec = HttpSpec(reference, named=True)
        identity, count = shown, 1
        while self._specs.get(identity, spec) != spec:
            # The same path with another query is another server, as far as one run goes.
            count += 1
            identity = f"{shown}#{count}"
        self._specs[identity] = spec
        yield Target(self.name, shown, name, identity)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        specs = [(target.reference, self._specs[target.identity]) for target in targets]
        asked = permissions.find(specs, self.context)
        servers = [
            Asked(target, self._specs[target.identity], (*self._credentials(target), *found))
            for target, found in zip(targets, asked, strict=True)
        ]
        return ask(servers, self.context)

    def _credentials(self, target: Target) -> Iterator[Item]:
        """What the server is given, by name alone."""
        names = {name for name, _ in self.context.consent.header_env}
        for name in sorted(names, key=str.lower):
            yield snapshot.make_item(
                ItemKind.CREDENTIAL,
                f"header:{name}",
                {"kind": "header", "name": name},
                evidence=(Evidence(target.reference),),
            )
