"""Facts about items that are no judgement: what tools can do, and who refers to whom."""

from __future__ import annotations

from enum import StrEnum

from driftseal.records import dataclass


class Label(StrEnum):
    """What a tool can do to its user."""

    READS_PRIVATE = "reads-private-data"
    UNTRUSTED_INPUT = "takes-in-untrusted-content"
    SENDS_OUT = "sends-outward"
    WRITES = "writes"
    EXECUTES = "executes"
    DESTROYS = "destroys"
    SPENDS = "spends-money"

    READS_FILES = "reads-files"
    """This and what follows is read from code alone: what the tool uses, whatever for."""
    WRITES_FILES = "writes-files"
    DELETES_FILES = "deletes-files"
    NETWORK = "uses-network"
    RUNS_PROGRAMS = "runs-programs"
    RUNS_CODE = "runs-code"
    READS_ENVIRONMENT = "reads-environment"
    READS_SECRETS = "reads-secrets"
    DATABASE = "uses-database"
    CLIPBOARD = "uses-clipboard"
    SCREEN = "uses-screen"
    PERSISTS = "persists"
    """It plants something that runs or is read later: start files, scheduled jobs, files that instruct agents."""


class Basis(StrEnum):
    """What a capability was read from, weakest last."""

    CODE = "code"
    DECLARED = "declared"
    TEXT = "text"


@dataclass(frozen=True, slots=True, order=True)
class Capability:
    """One thing that one tool can do."""

    target: str
    """The target's identity."""
    item: str
    """The item's key."""
    label: Label
    origin: Basis
    evidence: str
    """The words, the annotation or the code that say so."""
    uri: str = ""
    """The file of that code, relative to the scanned root; empty for what is said."""
    line: int = 0


class RelationKind(StrEnum):
    """How one part stands to another."""

    PROVIDES = "provides"
    DEPENDS_ON = "depends-on"
    REFERS_TO = "refers-to"


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """``source`` and ``destination`` are ``identity`` or ``identity|item key``."""

    source: str
    kind: RelationKind
    destination: str
    evidence: str = ""
