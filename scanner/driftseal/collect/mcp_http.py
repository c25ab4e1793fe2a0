"""``https://host/mcp``: an MCP server that the user names by its URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from driftseal import snapshot
from driftseal.collect.base import Collector, Context
from driftseal.errors import TargetError
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.model.snapshot import Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.mcp.spec import HttpSpec


class HttpCollector(Collector):
    """One server, asked because its URL was named on the command line."""

    name: ClassVar[str] = "mcp_http"
    form: ClassVar[str] = "https://HOST/PATH"
    asks: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._specs: dict[str, HttpSpec] = {}
        """By identity; a URL's query may hold a secret, so it stays here."""

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.lower().startswith(("https://", "http://"))

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. A URL that cannot be asked is a target all the same, with a gap."""
        from driftseal.collect.mcp import address
        from driftseal.collect.mcp.spec import HttpSpec

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
        from driftseal.collect.mcp import permissions
        from driftseal.collect.mcp.ask import Asked, ask

        specs = [(target.reference, self._specs[target.identity]) for target in targets]
        asked = permissions.find(specs, self.context)
        servers = [
            Asked(target, self._specs[target.identity], (*self._known(target), *found))
            for target, found in zip(targets, asked, strict=True)
        ]
        return ask(servers, self.context)

    def _known(self, target: Target) -> Iterator[Item]:
        """How the server is reached and the credentials that it is given, by name alone."""
        from driftseal.collect.mcp import headers

        names: list[Json] = [*sorted({name for name, _ in self.context.consent.header_env}, key=str.lower)]
        launch: dict[str, Json] = {"url": target.reference, "transport": "http"}
        if names:
            launch["headers"] = names
        yield self._item(target, ItemKind.LAUNCH, "", launch)
        for name in map(str, names):
            yield self._item(
                target, ItemKind.CREDENTIAL, name, {"name": name, "source": "environment", "used_in": ["headers"]}
            )
        if headers.secrets_of(self._specs[target.identity].url):
            yield self._item(
                target, ItemKind.CREDENTIAL, "url", {"name": "url", "source": "inline", "used_in": ["url"]}
            )

    def _item(self, target: Target, kind: ItemKind, name: str, content: Json) -> Item:
        return snapshot.make_item(kind, name, content, evidence=(Evidence(target.reference),))
