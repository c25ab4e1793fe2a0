"""Models in the store of Docker Model Runner, from its index; its blobs are called by their digests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _models, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._models import Stored
from driftseal.collect.machines.base import MachineFinder
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty, texts_among

_PROVIDER: Final = "docker"
_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_TAG: Final = re.compile(r"[A-Za-z0-9][\w./:-]{0,200}", re.ASCII)
_REGISTRIES: Final = ("index.docker.io/", "docker.io/")


class DockerStore(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "docker_store"
    sought: ClassVar[str] = "models of Docker"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for store in machine.find(_tables.places("docker_stores", platform=machine.platform)):
            spot = store.child("models.json")
            for entry in list_or_empty(object_or_empty(machine.strict_json(spot)).get("models")):
                about = object_or_empty(entry)
                digests = [one for one in texts_among(about.get("files")) if _DIGEST.fullmatch(one)]
                blobs = store.child("blobs", "sha256")
                files = [
                    Stored("", one, max(machine.size(blobs.child(one.partition(":")[2])), 0))
                    for one in digests[: machine.limits.archive_members]
                ]
                revision = text_or_empty(about.get("id"))
                for tag in texts_among(about.get("tags")):
                    if _TAG.fullmatch(tag):
                        known = revision if _DIGEST.fullmatch(revision) else ""
                        yield _models.sighting(machine, spot, (_PROVIDER, _short(tag)), files, revision=known)


def _short(tag: str) -> str:
    """As people write it, without the registry that is meant anyway."""
    for registry in _REGISTRIES:
        tag = tag.removeprefix(registry)
    return tag
