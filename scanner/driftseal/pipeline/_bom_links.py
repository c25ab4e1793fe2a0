"""What components say of one another, by name or by reference, as links to what the document lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from driftseal.model.bom import Ancestor, Component, Service
from driftseal.pipeline import _bom_services
from driftseal.pipeline._bom_hubs import HUB
from driftseal.pipeline._bom_join import Joined
from driftseal.pipeline._bom_names import named_ref, portable

_REFERS: Final = "driftseal:refersTo"
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {"prompt": ("prompt", "prompt-file")}
"""Kinds that go by one word where an agent names them."""


class Index:
    """Everything by kind and name, for those that name what they need."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.wants: list[tuple[str, str, str, str]] = []
        """Reference of who wants, kind, name, and the identity of the target that says so."""

    def add(self, kind: str, name: str, identity: str, ref: str) -> None:
        """Something that others may name: a framework also without its ecosystem."""
        self._known.setdefault((kind, name), []).append((identity, ref))
        if kind == "framework" and ":" in name:
            self._known.setdefault((kind, name.partition(":")[2]), []).append((identity, ref))

    def want(self, ref: str, wants: Sequence[tuple[str, str]], identity: str) -> None:
        """What one thing says that it needs."""
        self.wants += [(ref, kind, name, identity) for kind, name in wants]

    def find(self, kind: str, name: str, identity: str) -> Iterator[str]:
        """What is meant: of the same target, else the only one that there is; nothing where it could be several."""
        found = [one for also in _ALSO.get(kind, (kind,)) for one in self._known.get((also, name), ())]
        near = [ref for where, ref in found if where == identity]
        if near or len({ref for _, ref in found}) == 1:
            yield from near or [ref for _, ref in found]


class Answering:
    """Services by who answers there and where, for the models that need them and the credentials that open them."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services: dict[str, Service] = {}
        self._of: dict[str, list[str]] = {}
        self._at: dict[str, list[str]] = {}
        for service in services:
            self._add(service)

    def _add(self, service: Service) -> None:
        self._services[service.ref] = service
        self._of.setdefault(service.group, []).append(service.ref)
        for url in service.endpoints:
            self._at.setdefault(url, []).append(service.ref)

    def models(self, part: Component) -> Sequence[str]:
        """What answers for a hosted model: the service at its own address, else those of its provider."""
        provider = part.properties.get("driftseal:model:provider", "")
        if not part.external or not provider:
            return ()
        url = part.properties.get("driftseal:model:endpoint", "")
        known = self._at.get(url, ()) if url else self._of.get(provider, ())
        found = [ref for ref in known if url or _bom_services.answers(self._services[ref])]
        if not found:
            made = _bom_services.of_provider(portable(provider), url)
            if made.ref not in self._services:
                self._add(made)
            found = [made.ref]
        return found

    def opened(self, part: Component) -> Sequence[str]:
        """The services that a credential opens."""
        provider = part.properties.get("driftseal:credential:provider", "")
        found = self._of.get(provider, ()) if provider else ()
        for ref in found:
            self._services[ref] = replace(self._services[ref], authenticated=True)
        return found

    def services(self) -> dict[str, Service]:
        """All of them by reference, those too that only a model tells of."""
        return dict(sorted(self._services.items()))


def linked(part: Component, joined: Joined) -> Component:
    """The component with the references of drafts in it replaced by final ones."""
    card = part.card
    if card is not None and card.datasets:
        refs = dict.fromkeys(joined.ref(ref) for ref in card.datasets)
        part = replace(part, card=replace(card, datasets=tuple(ref for ref in refs if ref in joined.components)))
    if part.ancestors:
        part = replace(part, ancestors=tuple(_found(one, joined) for one in part.ancestors))
    if _REFERS in part.properties:
        told = " ".join(sorted({joined.ref(ref) for ref in part.properties[_REFERS].split()}))
        part = replace(part, properties={**part.properties, _REFERS: told})
    return part


def _found(ancestor: Ancestor, joined: Joined) -> Ancestor:
    ref = named_ref("model", HUB, ancestor.name)
    return replace(ancestor, ref=ref) if ancestor.purl and ref in joined.components else ancestor
