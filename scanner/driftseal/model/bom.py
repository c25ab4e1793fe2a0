"""A bill of materials, neutral to the specification that it will be written in.

Every reference in a ``Bom`` leads to its root, a component (nested ones too), a service or a source of it, and none is
given twice. Texts hold no secrets and no folders of this machine; whoever writes them escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from driftseal.model.digest import Digest
from driftseal.model.item import Evidence
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence is called where it was stated; one of the two."""

    expression: str = ""
    """SPDX expression, canonical; empty where SPDX does not know the licence that ``name`` tells."""
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A page or file elsewhere that tells more."""

    kind: str
    """``model-card``, ``distribution``, ``documentation``, ``license``, ``website`` …, as CycloneDX calls it."""
    url: str


@dataclass(frozen=True, slots=True)
class Ancestor:
    """What a model was made from."""

    name: str
    """As it was stated: ``Qwen/Qwen2.5-7B``."""
    relation: str = ""
    """``finetune``, ``adapter``, ``quantized`` or ``merge``, where it was stated."""
    purl: str = ""
    ref: str = ""
    """Of the component that it is, where the document lists it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A measurement that the makers of a model state."""

    type: str
    value: str
    slice: str = ""
    """The data that it was measured on."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model, its configuration and its card state. What nobody states stays empty; nothing is guessed."""

    task: str = ""
    approach: str = ""
    """How it learned, in CycloneDX's words: ``supervised``, ``reinforcement-learning`` …"""
    family: str = ""
    architecture: str = ""
    """``LlamaForCausalLM`` …; several are separated by a comma."""
    datasets: tuple[str, ...] = ()
    """References of ``dataset`` components."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """What goes in, and what comes out: ``text``, ``image`` …"""
    metrics: tuple[Metric, ...] = ()
    use_cases: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    """Further facts by name: ``contextLength``, ``parameterCount``, ``languages`` …"""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the whole: a package, a definition (tool, prompt, resource), a model, a file and so on."""

    ref: str
    """Stable from run to run."""
    kind: str
    """A word of ``ItemKind``: ``tool``, ``model``, ``package`` …; ``system`` for the whole."""
    type: str
    """CycloneDX component type: ``application``, ``library``, ``data`` …"""
    name: str
    version: str = ""
    group: str = ""
    purl: str = ""
    """Canonical; empty for what no type of package URL fits."""
    publisher: str = ""
    supplier: str = ""
    """Who answers for it: the provider of a hosted model."""
    description: str = ""
    digests: tuple[Digest, ...] = ()
    """What they are of is told by the property ``driftseal:digestOf``."""
    data_type: str = ""
    """For ``data``: ``definition``, ``configuration``, ``dataset`` …; for ``cryptographic-asset``: ``credential``."""
    mime: str = ""
    external: bool = False
    """It is used, and not delivered with the whole: a model that answers over a network."""
    licences: tuple[Licence, ...] = ()
    ancestors: tuple[Ancestor, ...] = ()
    card: ModelCard | None = None
    links: tuple[Reference, ...] = ()
    parts: tuple[Component, ...] = ()
    """Components that it is put together from: the files of a model or of a skill."""
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    """Every place, with technique and confidence. Without ``uri`` where there is no file: a running server said so."""

    def whole(self) -> Iterator[Component]:
        """It, and everything that it is put together from."""
        yield self
        for part in self.parts:
            yield from part.whole()


@dataclass(frozen=True, slots=True)
class Flow:
    """Data that a service is given or gives."""

    direction: str
    """``inbound``, ``outbound``, ``bi-directional`` or ``unknown``, as seen by the service."""
    classification: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that answers: an MCP server, an inference endpoint, a vector store, a gateway."""

    ref: str
    name: str
    kind: str = "server"
    """``server`` for MCP, else ``service``."""
    group: str = "mcp"
    provider: str = ""
    version: str = ""
    description: str = ""
    endpoints: tuple[str, ...] = ()
    """Without user, query and fragment."""
    authenticated: bool | None = None
    crosses_trust_boundary: bool | None = None
    trust_zone: str = ""
    """``local`` or ``remote``, where it is known."""
    flows: tuple[Flow, ...] = ()
    tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


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
    properties: Mapping[str, str] = field(default_factory=dict)


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
    """Who says so: the source of what the document tells of some components."""

    subjects: tuple[str, ...]
    attributed_to: str
    """Reference of the service, the file or the source that says it; empty for what we read ourselves."""
    note: str
    fields: tuple[str, ...] = ()
    """Names of fields of ``Component`` that it holds for, ``card.task`` for those of its card; empty: for all."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What was meant to be looked at and could not be; see ``Gap``."""

    subject: str
    """Reference of what is incomplete for it."""
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Bom:
    """The whole document. All tuples are sorted by reference, as far as their members have one."""

    root: Component
    timestamp: str
    tool_version: str
    components: tuple[Component, ...] = ()
    services: tuple[Service, ...] = ()
    sources: tuple[Service, ...] = ()
    """Registries that told something of the components, and are no part of the whole."""
    dependencies: tuple[Dependency, ...] = ()
    """A row for the root, each component with its parts, and each service."""
    vulnerabilities: tuple[Vulnerability, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    compositions: tuple[Composition, ...] = ()
    citations: tuple[Citation, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def everything(self) -> Iterator[Component]:
        """Every component but the root, parts of others too."""
        for component in self.components:
            yield from component.whole()
