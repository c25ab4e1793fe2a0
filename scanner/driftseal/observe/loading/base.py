"""What is known of a model's files when all of them were looked at, and what one family says of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from driftseal.model.item import Json
from driftseal.observe.files.base import Blank, Fact, Reading

if TYPE_CHECKING:
    from driftseal.observe.program import Program


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model."""

    name: str
    """Its path in the model's folder."""
    size: int
    sha256: str
    text: bytes = field(repr=False)
    """All of it, where it is small; empty for any other."""
    reading: Reading
    document: Json = field(default=None, repr=False)
    """What a JSON file holds that is too large for ``text``."""
    kept_as: str = ""
    """Its name in a cache that names files after their digests; empty elsewhere."""

    @property
    def is_code(self) -> bool:
        """Whether it is Python, which is what loaders of models run."""
        return self.name.endswith(".py")

    @property
    def is_cut(self) -> bool:
        """Whether it holds more than is kept of it."""
        return self.size > 0 and not self.text


Files = Mapping[str, File]
"""The files of one model by their paths."""


@dataclass(frozen=True, slots=True)
class Runs:
    """A loader runs code because a file of the model says so, or because of the code's own name."""

    by: str
    """The file that says so; the code's own where its name does."""
    how: str
    """In which word: ``auto_map``, ``modules.json``, ``handler.py`` …"""
    what: str
    """As it is written: ``modeling_x.X``, ``org/repo--modeling_x.X``."""
    path: str = ""
    """The file of the model that holds it; empty where no file of it does."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of one file."""

    file: str
    seen: Fact


@dataclass(frozen=True, slots=True)
class Missing:
    """A blank of one file."""

    file: str
    seen: Blank


@dataclass(frozen=True, slots=True)
class Loading:
    """What loading a model does, as its files say together."""

    readings: Mapping[str, Reading]
    """Of every file, with what the others tell of it."""
    runs: tuple[Runs, ...] = ()
    """All that a loader runs, harmless or not."""
    blanks: tuple[Missing, ...] = ()
    """What is missing or does not fit, of the files that lack it."""
    program: Program | None = None
    """The model's own code, whoever runs it."""

    @property
    def executes(self) -> dict[str, Json]:
        """What runs when the model is loaded, files of its own by their path, with the files that say so."""
        said: dict[str, set[str]] = {}
        for one in self.runs:
            said.setdefault(one.path or one.what, set()).add(one.by)
        return {what: [str(by) for by in sorted(said[what])] for what in sorted(said)}
