"""What analysers of model files say, and how they share the work on files within files.

An analyser reads one format. It says what a loader of that format would do (facts), what of the file could not be
looked at (blanks), which properties it states (metadata, tensors, templates), and which other files lie inside it
(embedded). Verdicts are for rules: the same fact may be harmless in one loader and fatal in another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import ClassVar

from driftseal.formats.blob import Blob
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the bytes of a file show."""

    name: str
    """What it is, in a word that rules name: ``pickle-dangerous-call``, ``zip-names-differ``."""
    evidence: str
    """What a person needs to see, in one line: ``os.system('id')``. Cut and escaped by whoever prints it."""
    offset: int = 0
    """Byte in the file of ``path`` where it shows."""
    path: str = ""
    """Way through files within files, from the outermost: ``archive/data.pkl``; empty for the file itself."""
    subject: str = ""
    """What is spoken of, exact: ``os.system``, ``tokenizer.chat_template``, a member's name."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Something that was not looked at: a budget was used up, a method is unknown, bytes are missing."""

    why: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """Something that the file states of itself, for snapshots, drift and the AI-BOM."""

    name: str
    """``metadata``, ``tensors``, ``template``, ``architecture`` …"""
    value: Json
    path: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside a file, to be analysed in its turn."""

    path: str
    """Its name there."""
    blob: Blob = field(repr=False)
    hint: str = ""
    """The analyser that must read it whatever its first bytes say; empty where they decide."""


Seen = Fact | Blank | Property | Embedded


@dataclass(slots=True)
class Budget:
    """What is left for one outermost file; shared by everything inside it."""

    limits: Limits
    unpacked: int
    """Bytes that decompression may still give."""
    members: int
    """Files within files that may still be looked at."""
    steps: int
    """Opcodes, fields, header entries and the like that may still be read."""

    def spend(self, steps: int = 1) -> bool:
        """Whether so many steps were left."""
        self.steps -= steps
        return self.steps >= 0


class Analyser(ABC):
    """One format of files. Linear in what it reads; never loads, imports, renders or runs anything."""

    name: ClassVar[str]
    """The file's stem."""
    suffixes: ClassVar[frozenset[str]] = frozenset()
    named: ClassVar[bool] = False
    """Its first bytes say nothing, so that the name alone decides, of files within files too."""
    """Endings under which such files go, with the dot, in small letters."""
    files: ClassVar[frozenset[str]] = frozenset()
    """Names of files that loaders read as this format by their name; only a format that is no text goes before it."""

    @abstractmethod
    def claims(self, head: bytes, blob: Blob) -> bool:
        """Whether the first bytes (4 KiB, or all) are of this format. Cheap; names are no evidence."""

    @abstractmethod
    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """What the file shows, in order of offsets as far as that is natural.

        ``name`` is the file's own name, for formats that give it a meaning. A damaged file yields what was seen until
        then, and a fact or a blank that says what is wrong with it; it raises nothing but ``OSError`` of the blob.
        """


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is known of one outermost file."""

    format: str
    """Name of the analyser that read it; empty where none claims it."""
    facts: tuple[Fact, ...] = ()
    blanks: tuple[Blank, ...] = ()
    properties: tuple[Property, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    """Format of every file inside, by its path."""

    @property
    def complete(self) -> bool:
        """Whether everything was looked at."""
        return not self.blanks
