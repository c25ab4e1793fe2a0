"""What detectors see and what it amounts to."""

from __future__ import annotations

import hashlib

from driftseal.model.rule import Confidence, Rule, Severity
from driftseal.model.target import Target
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """Lines and columns from 1, as in SARIF; 0 where unknown."""

    start_line: int = 0
    start_column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Logical first (target, item, pointer), physical second (file, region)."""

    target: str
    """The target's identity."""
    item: str = ""
    """The item's key; empty for the whole target."""
    pointer: str = ""
    """JSON pointer (RFC 6901) inside the item's content."""
    uri: str = ""
    """Path relative to the scanned root with forward slashes, or a URL without credentials."""
    region: Region = Region()


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a path: of data through code, or of an attack through tools."""

    location: Location
    message: str
    code: str = ""
    """The line of source there, where it is one; raw, reports escape it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule matched here, on this text. How bad that is, the rule says."""

    rule_id: str
    location: Location
    evidence: str
    """The offending text as it stands, raw; reports escape it."""
    message: str = ""
    """One sentence on this very match; the rule's title where empty."""
    span: tuple[int, int] = (0, 0)
    """Characters of the original string at ``location.pointer``; ``(0, 0)`` for the whole."""
    view: str = ""
    """How the text was made readable, outermost first: ``base64 > rot13``; empty as it stands."""
    related: tuple[Location, ...] = ()
    steps: tuple[Step, ...] = ()
    confidence: Confidence | None = None
    """Only when lower than the rule's."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A person's decision that findings of a rule are accepted, until a day."""

    rule: str
    reason: str
    until: str
    """Last day on which it holds, ``YYYY-MM-DD``."""
    target: str = "*"
    """Glob over target references and identities."""
    item: str = "*"
    """Glob over item keys."""
    fingerprint: str = ""
    """Only this finding, where given."""
    source: str = ""
    """File that says so; printed with every report in which it counts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A match with its rule, its target and what was decided about it."""

    rule: Rule
    target: Target
    match: Match
    suppressed_by: Suppression | None = None

    @property
    def severity(self) -> Severity:
        """Comes from the rule alone."""
        return self.rule.severity

    @property
    def confidence(self) -> Confidence:
        """The match may be less sure than its rule, never surer."""
        if self.match.confidence is None:
            return self.rule.confidence
        return min(self.match.confidence, self.rule.confidence)

    @property
    def message(self) -> str:
        """One sentence on what was found."""
        return self.match.message or self.rule.title

    @property
    def fingerprint(self) -> str:
        """Survives moved lines and reordered items, never changed evidence. 32 hexadecimal digits."""
        place = self.match.location
        parts = (self.rule.id, self.target.identity, place.item, place.pointer, self.match.evidence)
        joined = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.sha256(b"driftseal-finding-v1\0" + joined).hexdigest()[:32]
