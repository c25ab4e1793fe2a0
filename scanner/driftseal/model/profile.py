"""What somebody asks of an AI-BOM, and how much of it one holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from driftseal.records import dataclass


class Subject(StrEnum):
    """What an element is asked of."""

    DOCUMENT = "document"
    SYSTEM = "system"
    """The whole that the document is about."""
    MODEL = "model"
    DATASET = "dataset"
    SOFTWARE = "software"
    """Frameworks, libraries, packages and programs."""
    SERVICE = "service"


class Who(StrEnum):
    """Who can supply what is missing."""

    PRODUCER = "producer"
    """Who makes the model or the dataset."""
    PROVIDER = "provider"
    """Who answers for a model over a network."""
    DEPLOYER = "deployer"
    """Who puts the system together and runs it."""
    SCANNER = "scanner"
    """driftseal itself, asked in another way."""


class Status(StrEnum):
    """How much of an element is there."""

    FILLED = "filled"
    PARTLY = "partly"
    MISSING = "missing"
    ABSENT = "absent"
    """There is nothing that it could be asked of: no dataset, for one. That is no proof that there is none."""


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that is asked for."""

    id: str
    section: str
    title: str
    of: Subject
    filled_by: tuple[tuple[str, ...], ...] = ()
    """Ways to fill it, each the fields that it takes together; none where no field of ours says it."""
    supply: Mapping[Who, str] = field(default_factory=dict)
    """Who can supply it, and how."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A list of elements, and where it comes from."""

    name: str
    title: str
    source: str
    about: str
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """How much of one element is there."""

    element: Element
    total: int
    """How many there are that it is asked of."""
    lacking: tuple[tuple[str, str], ...] = ()
    """Reference and name of those that lack it."""

    @property
    def filled(self) -> int:
        """How many have it."""
        return self.total - len(self.lacking)

    @property
    def status(self) -> Status:
        """See `Status`."""
        if not self.total:
            return Status.ABSENT
        if not self.lacking:
            return Status.FILLED
        return Status.PARTLY if self.filled else Status.MISSING


@dataclass(frozen=True, slots=True)
class Completeness:
    """A bill of materials, held against a profile."""

    profile: Profile
    name: str
    """What the bill calls the whole."""
    timestamp: str
    tool_version: str
    rows: tuple[Row, ...]

    def number(self, status: Status) -> int:
        """How many elements are so."""
        return sum(row.status is status for row in self.rows)
