"""Items become drafts of components: what all of them have, and definitions that a server provides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from driftseal import canonical
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Component
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.model.observation import Capability
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.pipeline._bom_join import Draft, of_package, place
from driftseal.pipeline._bom_names import Names, nameless, pathless, portable
from driftseal.pipeline._bom_packages import package_of


@dataclass(frozen=True, slots=True)
class _Form:
    type: str
    """CycloneDX component type."""
    data_type: str = ""
    tag: str = ""
    role: str = ""
    """What cdxgen calls it, where it does."""


FORMS: Final[Mapping[ItemKind, _Form]] = {
    ItemKind.TOOL: _Form("data", "definition", "mcp-tool", "tool"),
    ItemKind.PROMPT: _Form("data", "definition", "mcp-prompt", "prompt"),
    ItemKind.RESOURCE: _Form("data", "definition", "mcp-resource", "resource"),
    ItemKind.RESOURCE_TEMPLATE: _Form("data", "definition", "mcp-resource-template", "resource-template"),
    ItemKind.INSTRUCTIONS: _Form("data", "definition", "mcp-instructions"),
    ItemKind.PROMPT_FILE: _Form("data", "configuration", "prompt-file"),
    ItemKind.CI_STEP: _Form("data", "configuration", "ci-step"),
    ItemKind.DATASET: _Form("data", "dataset", "dataset"),
    ItemKind.SKILL: _Form("application", "", "skill"),
    ItemKind.AGENT: _Form("application", "", "agent"),
    ItemKind.FRAMEWORK: _Form("framework", "", "framework"),
    ItemKind.MODEL: _Form("machine-learning-model", "", "model"),
    ItemKind.MODEL_FILE: _Form("file", "", "model-file"),
    ItemKind.SOURCE_FILE: _Form("file", "", "source-file"),
    ItemKind.CREDENTIAL: _Form("cryptographic-asset", "credential", "credential"),
    ItemKind.EXTENSION: _Form("application", "", "extension"),
    ItemKind.APPLICATION: _Form("application", "", "application"),
}
"""Servers, launches and permissions are told by the service; packages have a component of their own."""

PROVIDED: Final = frozenset(
    {ItemKind.TOOL, ItemKind.PROMPT, ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE, ItemKind.INSTRUCTIONS}
)
"""What a server gives, in contrast to what it needs."""
_INVENTORY: Final = "inventory"
_SOURCE: Final = "source"
"""The kind of targets whose items are read from what a server is written in."""
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def component(item: Item, snapshot: Snapshot, names: Names, capabilities: Sequence[Capability]) -> Component | None:
    """What holds of a component of any kind; ``None`` for what is told elsewhere."""
    form = FORMS.get(item.kind)
    if form is None:
        return None
    labels = {str(capability.label): str(capability.origin) for capability in sorted(capabilities, reverse=True)}
    defined = item.kind in PROVIDED
    # What code alone tells of has no server that could be referred to.
    served = defined and snapshot.target.kind != _INVENTORY
    properties = {
        "driftseal:item:kind": str(item.kind),
        "driftseal:item:digest": str(item.digest),
        "driftseal:item:ordinal": str(item.ordinal) if item.ordinal > 1 else "",
        **(_mcp(item, form, names.service(snapshot.target.identity)) if served else {}),
        **{f"driftseal:capability:{label}": basis for label, basis in sorted(labels.items())},
        **_code_of(capabilities),
        "driftseal:digestOf": "rfc8785" if defined else "",
    }
    return Component(
        ref=names.item(snapshot.target.identity, item.key),
        kind=str(item.kind),
        type=form.type,
        name=portable(item.name) or str(item.kind),
        group=f"mcp:{portable(snapshot.target.name)}" if served else "",
        description=described(item.content),
        # The plain SHA-256 of the RFC 8785 form, so that anyone can compute it again; baselines separate domains.
        digests=(Digest.of(canonical.canonicalize(item.content)),) if defined else (),
        data_type=form.data_type,
        tags=(form.tag, *sorted(labels)),
        properties={name: value for name, value in properties.items() if value},
        evidence=places(item.evidence, snapshot),
    )


def _code_of(capabilities: Sequence[Capability]) -> dict[str, str]:
    """Where the code of a tool shows what it can do: the call and its place."""
    return {
        f"driftseal:capability:{one.label}:evidence": f"{pathless(one.evidence)} at {portable(one.uri)}:{one.line}"
        for one in sorted(capabilities)
        if one.uri
    }


def _mcp(item: Item, form: _Form, service: str) -> dict[str, str]:
    told = {"cdx:mcp:serviceRef": service, "cdx:mcp:role": form.role}
    content = item.content if isinstance(item.content, dict) else {}
    annotations = content.get("annotations")
    if item.kind is ItemKind.TOOL and isinstance(annotations, dict):
        hints = {hint: annotations[hint] for hint in _HINTS if isinstance(annotations.get(hint), bool)}
        for hint, value in hints.items():
            told[f"driftseal:mcp:{hint}"] = "true" if value else "false"
        if hints:
            told["cdx:mcp:toolAnnotations"] = canonical.canonicalize({**hints}).decode("ascii")
    if item.kind is ItemKind.TOOL and "outputSchema" in content:
        told["driftseal:mcp:outputSchema"] = "true"
    return told


def package(item: Item, snapshot: Snapshot, names: Names) -> Draft | None:
    """The package of a package item, or the one that a launch command installs."""
    known = package_of(item)
    if known is None:
        return None
    group, short = named(known.name)
    properties = {
        "driftseal:item:kind": str(ItemKind.PACKAGE),
        "driftseal:package:pinned": "true" if known.pinned else "false",
        "driftseal:package:requirement": portable(known.requirement),
    }
    return of_package(
        Component(
            ref=names.item(snapshot.target.identity, f"package:{item.key}"),
            kind=str(ItemKind.PACKAGE),
            type="application",
            name=short or "package",
            group=group,
            version=portable(known.version),
            purl=known.purl,
            tags=("mcp-server-package",),
            properties={name: value for name, value in properties.items() if value},
            evidence=places(item.evidence, snapshot),
        ),
        rank=0,
    )


def named(name: str, separator: str = "/") -> tuple[str, str]:
    """Group and name of a package."""
    group, _, short = portable(name).removeprefix(".../").rpartition(separator)
    return group, short


def technique(snapshot: Snapshot) -> str:
    """How the snapshot was come by, as CycloneDX calls it."""
    if snapshot.origin is Origin.LIVE:
        return "dynamic-analysis"
    return "source-code-analysis" if snapshot.target.kind == _SOURCE else "manifest-analysis"


def described(content: Json) -> str:
    """What it says of itself, as far as that is its own text."""
    text = content.get("description", content.get("text")) if isinstance(content, dict) else content
    return nameless(text[: DEFAULT_LIMITS.evidence_chars]) if isinstance(text, str) else ""


def places(evidence: Sequence[Evidence], snapshot: Snapshot) -> tuple[Evidence, ...]:
    """Where it was found, each with how; of a running server, that it was asked."""
    how = technique(snapshot)
    # A text that was found as a whole was found once, however many of its parts have lines of their own.
    whole = {at.uri for at in evidence if not at.pointer}
    told = [at for at in evidence if not at.pointer or at.symbol or at.uri not in whole]
    found = {replace(at, uri=portable(at.uri), technique=at.technique or how) for at in told}
    return tuple(sorted(found or {Evidence("", technique=how)}, key=place))
