"""What finders are given and what they tell: one finder is one file in ``files/`` or ``code/``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from driftseal.code import ir
from driftseal.code.constants import Constants
from driftseal.code.paths import Paths
from driftseal.code.project import Project
from driftseal.collect.discovery.bindings import Bindings
from driftseal.collect.discovery.origins import Origins
from driftseal.collect.discovery.sites import Index
from driftseal.collect.discovery.values import Values
from driftseal.formats import document
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place that names one part of AI. Sightings of one kind and name become one item.

    ``content`` holds what that place states, and nothing that is guessed. Its members by kind, all optional but
    ``provider`` and ``id``, or ``ecosystem`` and ``package``:

    ========== ==================== =================================================================================
    kind       name                 content
    ========== ==================== =================================================================================
    model      ``PROVIDER:ID``      provider (huggingface, ollama, openai …), id as written, revision, hosted (it
                                    answers over a network), remote_code (loading runs code of its own), task, base
                                    (id of the model it adapts), endpoint, files, size (bytes that lie here)
    dataset    ``PROVIDER:ID``      provider, id, revision, split
    framework  ``ECOSYSTEM:PACKAGE`` ecosystem (pypi, npm, golang, cargo, nuget, maven, a purl type), package, role
                                    (framework, sdk, vector-store, guardrail, evaluation, serving, training, mcp),
                                    version (exact), versions (each that some place pins), requirement (as written),
                                    imported (by code), pinned_at (of several versions, where: PATH:LINE)
    service    name                 provider, role (inference, vector-store, gateway, observability, mcp), endpoint
                                    (without user, query and fragment), base_url_source; of an MCP server also
                                    transport, command (with its arguments), package (purl), env (names)
    agent      name                 framework, model (name of a model item), tools, prompts, servers
    tool       name                 name, description, of a server whose language is not lowered
    credential name of the variable provider, source (environment, keychain, file), ``used_by``
    prompt-file ``PATH:SYMBOL``     sha256 of the text, length, symbol, role (system, user); never the text
    ci-step    ``FILE/JOB/STEP``    uses, version, runs (program), env (names), permissions
    extension  ``STORE:ID``         store, id, version, title, permissions, hosts, role
    application name                title, version, role (runner, desktop, client), installed_by, package (purl)
    ========== ==================== =================================================================================
    """

    kind: ItemKind
    name: str
    content: Mapping[str, Json]
    line: int = 0
    """From 1; 0 where no line can be told."""
    symbol: str = ""
    """The function, variable or key that names it."""
    confidence: float = 1.0
    """How sure it is, from 0 to 1. Below one half it is a guess, and left out unless somebody asks for guesses."""
    technique: str = ""
    """In CycloneDX's words; empty for that of the finder."""
    path: str = ""
    """Where it stands, when that is another file than the one that was looked at."""


@dataclass(frozen=True)
class Source:
    """One file, decoded and parsed once for all finders that want it."""

    path: str
    """Relative to the root, with forward slashes."""
    data: bytes = field(repr=False)
    limits: Limits = field(repr=False)

    @cached_property
    def text(self) -> str:
        """As UTF-8; what is none becomes a replacement character."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def document(self) -> Document:
        """As JSON, YAML, TOML or front matter, by its name.

        Raises:
            TargetError: it is none, or larger or deeper than the limits allow.
        """
        return document.read(self.data, self.path, self.limits)


class Finder(ABC):
    """What both kinds of finders have."""

    name: ClassVar[str]
    """The file's stem."""
    technique: ClassVar[str]
    """CycloneDX evidence technique: ``manifest-analysis``, ``source-code-analysis``, ``filename`` …"""


class FileFinder(Finder):
    """Looks at files of some names, each on its own."""

    technique: ClassVar[str] = "manifest-analysis"
    reads: ClassVar[bool] = True
    """Whether it looks at what a file holds. One that goes by paths alone is given no bytes, however large the file."""

    @abstractmethod
    def wants(self, path: str) -> bool:
        """Whether to look at a file, told from its path alone. Cheap: every file of the project is asked about."""

    def takes(self, size: int, limits: Limits) -> bool:
        """Whether a file of this many bytes can be of its kind. One that cannot is not looked at, and is no gap."""
        del size, limits
        return True

    @abstractmethod
    def look(self, source: Source) -> Iterator[Sighting]:
        """What the file names.

        Raises:
            TargetError: it cannot be parsed; the project then has a gap.
        """


@dataclass(frozen=True)
class Code:
    """The source files of one package that may name parts of AI, lowered and joined."""

    project: Project
    constants: Constants
    paths: Paths
    """Of all its source files: those too that were not lowered, since nothing in them is of interest."""

    @cached_property
    def index(self) -> Index:
        """What each file calls, and what it gives names to."""
        return Index(self.project)

    @cached_property
    def bindings(self) -> Bindings:
        """Everything that a variable or an attribute is set to."""
        return Bindings(self.project)

    @cached_property
    def origins(self) -> Origins:
        """What library something comes from."""
        return Origins(self.project, self.constants, self.bindings)

    @cached_property
    def values(self) -> Values:
        """Every text that an expression may be."""
        return Values(self.index, self.constants, self.bindings)

    def module(self, path: str) -> ir.Module:
        """One file of it."""
        return self.project.modules[path]


class CodeFinder(Finder):
    """Looks at lowered source, file by file, with names resolved across the files of one package."""

    technique: ClassVar[str] = "source-code-analysis"
    words: ClassVar[frozenset[bytes]]
    """In lower case. A file that holds none of these, in any case, is not lowered for this finder."""
    pattern: str = ""
    """Or else a pattern for RE2 that a file matches, where words alone are too common."""

    @abstractmethod
    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """What the file at ``path`` names."""
