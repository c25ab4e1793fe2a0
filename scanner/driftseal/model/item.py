"""What targets are made of, and what could not be seen of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from driftseal.model.digest import Digest
from driftseal.records import dataclass

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""A parsed JSON value. Treated as frozen by everyone who is handed one."""


class ItemKind(StrEnum):
    """The parts that AI is made of, as baselines and AI-BOMs name them."""

    # That of an enum is worked out in Python, and kinds are looked up for every text of every item.
    __hash__ = str.__hash__

    SERVER = "server"
    INSTRUCTIONS = "instructions"
    TOOL = "tool"
    PROMPT = "prompt"
    RESOURCE = "resource"
    RESOURCE_TEMPLATE = "resource-template"
    LAUNCH = "launch"
    PERMISSION = "permission"
    PACKAGE = "package"
    SKILL = "skill"
    PROMPT_FILE = "prompt-file"
    MODEL = "model"
    MODEL_FILE = "model-file"
    DATASET = "dataset"
    AGENT = "agent"
    FRAMEWORK = "framework"
    SERVICE = "service"
    CREDENTIAL = "credential"
    SOURCE_FILE = "source-file"
    CI_STEP = "ci-step"
    EXTENSION = "extension"
    """Of a browser, an editor or an IDE."""
    APPLICATION = "application"
    """A program on this machine that runs models or agents."""
    TOOL_RESULT = "tool-result"
    """What a tool answered, kept as text: someone else may have written it, and no part of it is an order."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an item was found. Never digested: a moved line is no drift."""

    uri: str
    """Path relative to the scanned root with forward slashes, or a URL without credentials."""
    pointer: str = ""
    """JSON pointer (RFC 6901) of the item inside that document."""
    line: int = 0
    """From 1; 0 where no line can be told."""
    symbol: str = ""
    """The function, variable or key that says it, where one does."""
    technique: str = ""
    """How it was found, in CycloneDX's words: ``source-code-analysis``, ``manifest-analysis``, ``filename`` …"""
    confidence: float = 1.0
    """How sure it is that the item is there and is what it is called, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a target, as it was given, with all its fields, unknown ones too."""

    kind: ItemKind
    name: str
    """What people and protocols call it; the URI for resources, empty where there is only one."""
    digest: Digest
    """Of the whole content; see ``canonical.digest_item``."""
    fields: Mapping[str, Digest]
    """A digest for each top-level field, so that drift can say which one changed."""
    content: Json
    size: int
    """Bytes of the canonical content, or of the file that it stands for."""
    evidence: tuple[Evidence, ...] = ()
    ordinal: int = 1
    """Above 1 for a further item of the same kind and name: a finding, never approvable."""

    @property
    def key(self) -> str:
        """``kind:name``, with ``#2`` and so on for a further item of one name."""
        return f"{self.kind}:{self.name}" + (f"#{self.ordinal}" if self.ordinal > 1 else "")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was asked for and could not be looked at; a report with gaps is never clean."""

    target: str
    """The target's reference."""
    what: str
    """The item's key, the method or the file that is missing."""
    why: str
    """One sentence, with the mend where there is one."""


class AnomalyKind(StrEnum):
    """What a server or a document does that its specification forbids or never needs."""

    CLOAKING = "cloaking"
    """Lists differ by client, connection, repetition, environment or era."""
    DUPLICATE_KEY = "duplicate-key"
    """One JSON object names a member twice; readers disagree on which one counts."""
    DUPLICATE_ITEM = "duplicate-item"
    LONE_SURROGATE = "lone-surrogate"
    STDOUT_NOISE = "stdout-noise"
    """Lines on standard output that are no protocol messages."""
    UNKNOWN_VERSION = "unknown-version"
    """The negotiated protocol version is none that was ever published."""
    LIST_CHANGED = "list-changed"
    """The server announces changed lists while it is being listed."""
    SERVER_REQUEST = "server-request"
    """The server asks for sampling, elicitation or roots before any tool was called."""
    MALFORMED_ITEM = "malformed-item"
    """A list holds something that is not an object with a name."""
    UNDECLARED_LIST = "undeclared-list"
    """A list is served whose capability was not declared."""
    CURSOR_LOOP = "cursor-loop"
    """Pagination comes back to a cursor that was already given."""
    LEFTOVER_PROCESS = "leftover-process"
    """Children of the server outlive it."""
    REDIRECT = "redirect"
    """The server sends us elsewhere; we do not follow."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One such act, to be judged by the rules of the ``protocol`` detector."""

    kind: AnomalyKind
    item: str
    """Key of the item concerned, or empty for the whole server."""
    detail: str
    """What was seen, in words, bounded in length; for cloaking the exact difference."""
    pointer: str = ""
    old: str = ""
    """For cloaking: what the first vantage was shown."""
    new: str = ""
    """For cloaking: what the other vantage was shown."""


def _no_envelope() -> Mapping[str, Json]:
    return {}


@dataclass(frozen=True, slots=True)
class Envelope:
    """Protocol facts kept beside the items: they vary with the era, so they are no drift."""

    protocol: str = ""
    """Negotiated protocol version."""
    capabilities: Mapping[str, Json] = field(default_factory=_no_envelope)
