"""A bill of materials the way people look at it: by what things are, with what each needs, gives and lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from driftseal.model.bom import Annotation, Bom, Component, Service, Vulnerability
from driftseal.model.item import Evidence

Part: TypeAlias = "Component | Service"

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "MCP servers": ("server",),
    "Services": ("service",),
    "Agents": ("agent",),
    "Models": ("model",),
    "Datasets": ("dataset",),
    "Tools": ("tool",),
    "Prompts of servers": ("prompt",),
    "Resources": ("resource", "resource-template"),
    "Instructions of servers": ("instructions",),
    "Skills": ("skill",),
    "Prompts and texts": ("prompt-file",),
    "Credentials (names only)": ("credential",),
    "Frameworks and libraries": ("framework",),
    "Packages": ("package",),
    "CI steps": ("ci-step",),
    "Extensions": ("extension",),
    "Programs": ("application",),
    "Files": ("model-file", "source-file"),
}
"""Headings with the kinds below them, in the order in which people ask."""
OTHERS: Final = "Others"
OF_SERVERS: Final = frozenset({"tool", "prompt", "resource", "resource-template", "instructions"})
"""Kinds that servers give."""
_TITLES: Final = {kind: title for title, kinds in GROUPS.items() for kind in kinds}
_SINGULAR: Final = {"resource-template": "resource template", "prompt-file": "prompt", "server": "MCP server"}


class Outline:
    """Everything of a bill of materials by its reference."""

    def __init__(self, bom: Bom) -> None:
        self.bom = bom
        everything: tuple[Part, ...] = (*bom.services, *bom.everything())
        self.parts = {part.ref: part for part in everything}
        self.inner = frozenset(one.ref for part in bom.components for one in part.whole() if one is not part)
        """References of what others are put together from."""
        self.needs = {row.ref: row.depends_on for row in bom.dependencies}
        self.gives = {row.ref: row.provides for row in bom.dependencies}
        self.given = frozenset(ref for given in self.gives.values() for ref in given)
        """References of what a server gives."""
        self.states = {ref: entry.aggregate for entry in bom.compositions for ref in entry.assemblies}
        self.gaps: dict[str, list[str]] = defaultdict(list)
        for gap in bom.unseen:
            self.gaps[gap.subject].append(f"{gap.what}: {gap.why}")
        self.findings: dict[str, list[Vulnerability]] = defaultdict(list)
        for found in bom.vulnerabilities:
            for ref in found.affects:
                self.findings[ref].append(found)
        self.remarks: dict[str, list[Annotation]] = defaultdict(list)
        for remark in bom.annotations:
            for ref in remark.subjects:
                self.remarks[ref].append(remark)

    def grouped(self) -> Iterator[tuple[str, list[Part]]]:
        """Headings with what stands below them, sorted by name; files of something else are left to it."""
        of_kind: dict[str, list[Part]] = defaultdict(list)
        for part in self.parts.values():
            if part.ref not in self.inner:
                of_kind[_TITLES.get(part.kind, OTHERS)].append(part)
        for title in (*GROUPS, OTHERS):
            if title in of_kind:
                yield title, sorted(of_kind[title], key=lambda part: (full_name(part), part.ref))


def title_of(part: Part) -> str:
    """The heading that a part stands below."""
    return _TITLES.get(part.kind, OTHERS)


def kind_of(part: Part) -> str:
    """What people call a thing of this kind."""
    return _SINGULAR.get(part.kind, part.kind.replace("-", " "))


def full_name(part: Part) -> str:
    """The name with the group before it: ``Qwen/Qwen2-7B``. The group of what a server gives is that server."""
    told = isinstance(part, Component) and part.group and part.kind not in OF_SERVERS
    return f"{part.group}/{part.name}" if told else part.name


def sureness(part: Part) -> float:
    """How sure it is that it is there: that of its surest place. 1 where nobody doubts."""
    return max((at.confidence for at in part.evidence), default=1.0)


def place(at: Evidence) -> str:
    """``file:line`` and the symbol, if there is one."""
    where = f"{at.uri}:{at.line}" if at.line else at.uri
    symbol = at.symbol or at.pointer
    return f"{where} ({symbol})" if symbol and where else where


def counted(number: int, noun: str) -> str:
    """``1 gap``, ``2 gaps``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def target(part: Part) -> str:
    """What a part without a place was read from: the identity of its target; empty where nobody knows."""
    return part.properties.get("driftseal:target:identity", "")


def licences(part: Part) -> str:
    """The licences that it states."""
    stated = part.licences if isinstance(part, Component) else ()
    return ", ".join(licence.expression or licence.name for licence in stated)
