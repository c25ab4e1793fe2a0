"""Models in the store of Ollama, tag by tag; its blobs are called by their digests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal import canonical
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _models, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._models import Stored
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.collect.ollama import Name
from driftseal.model.digest import Digest
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty

_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_HUBS: Final = frozenset({"hf.co", "huggingface.co"})


class OllamaStore(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "ollama_store"
    sought: ClassVar[str] = "models of Ollama"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for store in machine.find(_tables.places("ollama_stores", platform=machine.platform)):
            for host in machine.entries(store.child("manifests")):
                for namespace in machine.entries(host):
                    for model in machine.entries(namespace):
                        for tag in machine.entries(model):
                            parts = (host.path.name, namespace.path.name, model.path.name)
                            name = Name.parse(f"{'/'.join(parts)}:{tag.path.name}")
                            if name is not None:
                                yield from _pulled(machine, store, tag, name)


def _pulled(machine: Machine, store: Spot, tag: Spot, name: Name) -> Iterator[Sighting]:
    data = machine.read(tag)
    if data is None:
        return
    manifest = object_or_empty(machine.parsed(tag, lambda: canonical.parse_json(data, tag.told, machine.limits).value))
    files = []
    for layer in list_or_empty(manifest.get("layers"))[: machine.limits.archive_members]:
        digest = text_or_empty(object_or_empty(layer).get("digest"))
        if _DIGEST.fullmatch(digest):
            blob = store.child("blobs", digest.replace(":", "-"))
            size = machine.size(blob)
            if size < 0:
                machine.gap(tag, f"its layer {digest} does not lie here; fetch it again: ollama pull {name}")
            files.append(Stored("", digest, max(size, 0)))
    if files:
        of_hub = name.host in _HUBS
        model = (_models.HUB, name.repository) if of_hub else ("ollama", str(name))
        yield _models.sighting(machine, tag, model, files, revision=str(Digest.of(data)))
