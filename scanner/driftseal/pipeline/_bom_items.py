"""Items become components: definitions with their digests, packages, credentials by name."""

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
from driftseal.pipeline import _bom_models
from driftseal.pipeline._bom_names import item_ref, nameless, package_of, package_ref, pathless, portable, service_ref


@dataclass(frozen=True, slots=True)
class _Form:
    type: str
    """CycloneDX component type."""
    data_type: str = ""
    tag: str = ""
    role: str = ""
    """What cdxgen calls it, where it does."""


_FORMS: Final[Mapping[ItemKind, _Form]] = {
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
}
"""Servers, launches and permissions are told by the service; packages have a component of their own."""

PROVIDED: Final = frozenset(
    {ItemKind.TOOL, ItemKind.PROMPT, ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE, ItemKind.INSTRUCTIONS}
)
"""What a server gives, in contrast to what it needs."""
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def component(item: Item, snapshot: Snapshot, capabilities: Sequence[Capability]) -> Component | None:
    """The component for an item; ``None`` for what is told elsewhere."""
    form = _FORMS.get(item.kind)
    if form is None:
        return None
    identity = snapshot.target.identity
    labels = {str(capability.label): str(capability.origin) for capability in sorted(capabilities, reverse=True)}
    properties = {
        "driftseal:item:kind": str(item.kind),
        "driftseal:item:digest": str(item.digest),
        **_mcp(item, form, identity),
        **{f"driftseal:capability:{label}": basis for label, basis in sorted(labels.items())},
        **_code_of(capabilities),
    }
    of_model = item.kind in {ItemKind.MODEL, ItemKind.MODEL_FILE}
    if of_model:
        properties |= _bom_models.properties(item, snapshot)
    # The plain SHA-256 of the RFC 8785 form, so that anyone can compute it again; baselines separate domains.
    defined = (Digest.of(canonical.canonicalize(item.content)),) if form.data_type == "definition" else ()
    if item.ordinal > 1:
        properties["driftseal:item:ordinal"] = str(item.ordinal)
    return Component(
        ref=item_ref(identity, item.key),
        kind=str(item.kind),
        type=form.type,
        name=portable(item.name) or (portable(snapshot.target.name) if of_model else "") or str(item.kind),
        group=f"mcp:{portable(snapshot.target.name)}" if item.kind in PROVIDED else "",
        description=_described(item.content),
        digests=_bom_models.digests(item, snapshot) if of_model else defined,
        data_type=form.data_type,
        tags=(form.tag, *sorted(labels)),
        properties=properties,
        evidence=_places(item.evidence, snapshot),
    )


def _code_of(capabilities: Sequence[Capability]) -> dict[str, str]:
    """Where the code of a tool shows what it can do: the call and its place."""
    return {
        f"driftseal:capability:{one.label}:evidence": f"{pathless(one.evidence)} at {portable(one.uri)}:{one.line}"
        for one in sorted(capabilities)
        if one.uri
    }


def _mcp(item: Item, form: _Form, identity: str) -> dict[str, str]:
    if item.kind not in PROVIDED:
        return {}
    told = {"cdx:mcp:serviceRef": service_ref(identity)}
    if form.role:
        told["cdx:mcp:role"] = form.role
    annotations = item.content.get("annotations") if isinstance(item.content, dict) else None
    if item.kind is ItemKind.TOOL and isinstance(annotations, dict):
        hints = {hint: annotations[hint] for hint in _HINTS if isinstance(annotations.get(hint), bool)}
        for hint, value in hints.items():
            told[f"driftseal:mcp:{hint}"] = "true" if value else "false"
        if hints:
            told["cdx:mcp:toolAnnotations"] = canonical.canonicalize({**hints}).decode("ascii")
    return told


def package(item: Item, snapshot: Snapshot) -> Component | None:
    """The package of a package item, or the one that a launch command installs."""
    known = package_of(item)
    if known is None:
        return None
    shown = portable(known.name).removeprefix(".../")
    group, _, short = shown.rpartition("/")
    return Component(
        ref=package_ref(known.purl) if known.purl else item_ref(snapshot.target.identity, f"package:{known.name}"),
        kind=str(ItemKind.PACKAGE),
        type="application",
        name=short or shown or "package",
        group=group,
        version=portable(known.version),
        purl=known.purl,
        tags=("mcp-server-package",),
        properties={
            "driftseal:package:pinned": "true" if known.pinned else "false",
            "driftseal:package:requirement": portable(known.requirement),
        },
        evidence=_places(item.evidence, snapshot),
    )


def technique(snapshot: Snapshot) -> str:
    """How the snapshot was come by, as CycloneDX calls it."""
    return "dynamic-analysis" if snapshot.origin is Origin.LIVE else "manifest-analysis"


def _described(content: Json) -> str:
    text = content.get("description", content.get("text")) if isinstance(content, dict) else content
    return nameless(text[: DEFAULT_LIMITS.evidence_chars]) if isinstance(text, str) else ""


def _places(evidence: Sequence[Evidence], snapshot: Snapshot) -> tuple[Evidence, ...]:
    how = technique(snapshot)
    places = {replace(at, uri=portable(at.uri), technique=at.technique or how) for at in evidence}
    return tuple(sorted(places, key=place))


def place(at: Evidence) -> tuple[str, int, str, str]:
    """In which order places are told."""
    return at.uri, at.line, at.symbol, at.pointer
