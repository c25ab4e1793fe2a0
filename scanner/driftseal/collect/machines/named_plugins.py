"""Plug-ins of Neovim, Vim and Sublime Text, which are told by the names of their folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _judge, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines.base import MachineFinder
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import object_or_empty, text_or_empty

_LOCKED: Final = "neovim"
"""The editor whose package manager writes down commits."""
_COMMIT: Final = re.compile("[0-9a-f]{40}")


class NamedPlugins(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "named_plugins"
    technique: ClassVar[str] = "filename"
    sought: ClassVar[str] = "plug-ins of Neovim and Sublime Text"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        commits = dict(_commits(machine))
        for editor in _tables.keys("named_plugins"):
            known = frozenset(_tables.words("plugin_names", editor))
            for spot in machine.find(_tables.places("named_plugins", editor, platform=machine.platform)):
                name = spot.path.name.removesuffix(".sublime-package").casefold()
                if name in known:
                    commit = commits.get(name, "") if editor == _LOCKED else ""
                    yield _sighting(editor, name, commit, spot.told)
        # What a lock file names and nothing holds yet is fetched at the next start.
        for spot in machine.find(_tables.places("lazy_locks", platform=machine.platform)):
            known = frozenset(_tables.words("plugin_names", _LOCKED))
            for name in sorted(commits.keys() & known):
                yield _sighting(_LOCKED, name, commits[name], spot.told)


def _commits(machine: Machine) -> Iterator[tuple[str, str]]:
    """What is locked, by its name in lower case."""
    for spot in machine.find(_tables.places("lazy_locks", platform=machine.platform)):
        locked: Mapping[str, Json] = object_or_empty(machine.strict_json(spot))
        for name, about in locked.items():
            commit = text_or_empty(object_or_empty(about).get("commit"))
            yield name.casefold(), commit if _COMMIT.fullmatch(commit) else ""


def _sighting(editor: str, name: str, commit: str, told: str) -> Sighting:
    content: dict[str, Json] = {"store": editor, "id": name, "title": name, "version": commit, "role": "code"}
    return Sighting(ItemKind.EXTENSION, f"{editor}:{name}", content, confidence=_judge.DECLARED, path=told)
