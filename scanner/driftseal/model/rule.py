"""Rules: what is looked for, how bad it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import IntEnum, StrEnum
from typing import Self

from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass


class _Level(IntEnum):
    """An ordered word that prints and parses in lower case."""

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the lower-case word.

        Raises:
            ValueError: no such level.
        """
        level = cls.__members__.get(text.upper()) if text == text.lower() else None
        if level is None:
            raise ValueError(f"{text!r} is none of {', '.join(str(level) for level in cls)}")
        return level


class Severity(_Level):
    """How bad it is when the finding is true."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Confidence(_Level):
    """How sure we are that the finding is true."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class Status(StrEnum):
    """How far a rule has been tried."""

    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Sample:
    """One example of a rule's own, run by the tests and by ``driftseal rules test``."""

    description: str
    input: Mapping[str, Json]
    """What the detector looks at; its shape is told by ``rules/schema/rule.schema.json``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One file under ``rules/``."""

    id: str
    """Kebab-case slug, unique, equal to the file's stem."""
    title: str
    status: Status
    severity: Severity
    confidence: Confidence
    detector: str
    """Stem of the file in ``detect/`` that looks for it; ``drift`` for rules that judge changes."""
    applies_to: frozenset[ItemKind]
    """Kinds of item it looks at; empty for all."""
    match: Mapping[str, Json]
    """What to look for, in the words of its detector."""
    description: str
    remediation: str
    false_positives: tuple[str, ...]
    taxonomies: Mapping[str, tuple[str, ...]]
    """``owasp-mcp``, ``owasp-llm``, ``owasp-agentic``, ``atlas``, ``cwe``, ``safe-mcp`` → ids."""
    references: tuple[str, ...] = ()
    source: str = ""
    """File it was read from, relative to the rules' root."""
    positives: tuple[Sample, ...] = field(default=(), compare=False)
    """Loaded only by ``rules test``."""
    negatives: tuple[Sample, ...] = field(default=(), compare=False)

    def looks_at(self, kind: ItemKind) -> bool:
        """Whether items of this kind concern the rule."""
        return not self.applies_to or kind in self.applies_to
