"""A bill of materials, neutral to the specification that it will be written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from driftseal.model.digest import Digest
from driftseal.model.item import Evidence


def _nothing() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Component:
    """A package, a definition (tool, prompt, resource), a model or a file."""

    ref: str
    """Unique in the document, stable from run to run."""
    type: str
    """CycloneDX component type: ``application``, ``library``, ``data`` …"""
    name: str
    version: str = ""
    group: str = ""
    purl: str = ""
    description: str = ""
    digests: tuple[Digest, ...] = ()
    data_type: str = ""
    """For ``data`` components: ``definition``, ``configuration``, ``dataset`` …"""
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=_nothing)
    evidence: tuple[Evidence, ...] = ()
    technique: str = "manifest-analysis"
    """CycloneDX evidence technique."""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Service:
    """An MCP server as it is configured or reached."""

    ref: str
    name: str
    group: str = "mcp"
    version: str = ""
    description: str = ""
    endpoints: tuple[str, ...] = ()
    authenticated: bool | None = None
    crosses_trust_boundary: bool | None = None
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Dependency:
    """What one component needs and what it provides."""

    ref: str
    depends_on: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """A finding, as a bill of materials tells it."""

    ref: str
    id: str
    source: str
    severity: str
    description: str
    detail: str
    recommendation: str
    cwes: tuple[int, ...]
    affects: tuple[str, ...]
    references: tuple[tuple[str, str], ...] = ()
    """Taxonomy name and id."""
    accepted: str = ""
    """Why and until when people accept it; empty where nobody does."""
    properties: Mapping[str, str] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on components: drift, for one."""

    ref: str
    subjects: tuple[str, ...]
    text: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Composition:
    """Whether what is listed is all there is: ``complete``, ``incomplete`` or ``unknown``."""

    aggregate: str
    assemblies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """Who says so: the source of everything that the document tells of some components."""

    subjects: tuple[str, ...]
    attributed_to: str
    """Reference of the service that answered; empty for what we read ourselves."""
    note: str


@dataclass(frozen=True, slots=True)
class Bom:
    """The whole document."""

    root: Component
    timestamp: str
    tool_version: str
    components: tuple[Component, ...] = ()
    services: tuple[Service, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    compositions: tuple[Composition, ...] = ()
    citations: tuple[Citation, ...] = ()
