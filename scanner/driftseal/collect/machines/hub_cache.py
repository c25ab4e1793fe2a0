"""Models and datasets in the cache of the Hugging Face Hub, commit by commit.

Files of a commit are links to blobs; the name of a blob is the SHA-256 of a file that Git LFS or Xet holds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _models, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._models import Stored
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.model.item import ItemKind

_FOLDER: Final = re.compile(r"(models|datasets)--([A-Za-z0-9][\w.-]{0,95}?)(?:--([A-Za-z0-9][\w.-]{0,95}))?", re.ASCII)
_KINDS: Final = {"models": ItemKind.MODEL, "datasets": ItemKind.DATASET}
_COMMIT: Final = re.compile("[0-9a-f]{40}")
_SHA256: Final = re.compile("[0-9a-f]{64}")


class HubCache(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "hub_cache"
    technique: ClassVar[str] = "filename"
    sought: ClassVar[str] = "models from the Hugging Face Hub"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for cache in machine.find(_tables.places("hub_caches", platform=machine.platform)):
            for folder in machine.entries(cache):
                found = _FOLDER.fullmatch(folder.path.name)
                if found is None or not machine.is_folder(folder):
                    continue
                # What lies in a model's folder has no business outside of it.
                own = Spot(folder.path, Path(os.path.realpath(folder.path)), folder.told)
                id_ = f"{found[2]}/{found[3]}" if found[3] else found[2]
                for commit in machine.entries(own.child("snapshots")):
                    if _COMMIT.fullmatch(commit.path.name):
                        yield _models.sighting(
                            machine,
                            commit,
                            (_models.HUB, id_),
                            _files(machine, commit),
                            revision=commit.path.name,
                            kind=_KINDS[found[1]],
                        )


def _files(machine: Machine, commit: Spot) -> Iterator[Stored]:
    pending = [(commit, "", 0)]
    while pending:
        folder, above, depth = pending.pop()
        for entry in machine.entries(folder):
            name = f"{above}{entry.path.name}"
            if entry.path.is_symlink() or not entry.path.is_dir():
                size = machine.size(entry)
                if size >= 0:
                    blob = Path(os.path.realpath(entry.path)).name
                    yield Stored(name, f"sha256:{blob}" if _SHA256.fullmatch(blob) else "", size)
                elif not entry.path.exists():
                    machine.gap(entry, "what it leads to does not lie here")
            elif depth < machine.limits.folder_depth:
                pending.append((entry, f"{name}/", depth + 1))
            else:
                machine.gap(entry, f"nested deeper than {machine.limits.folder_depth} folders (limits.folder_depth)")
