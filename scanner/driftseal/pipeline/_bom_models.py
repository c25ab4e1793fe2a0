"""Models whose files were read, as components with those files and a card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from driftseal import canonical
from driftseal.formats import model_signature
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Ancestor, Component
from driftseal.model.digest import Digest
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.model.snapshot import Snapshot
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.pipeline import _bom_card, _bom_hubs
from driftseal.pipeline._bom_hubs import HUB, MLFLOW, OLLAMA
from driftseal.pipeline._bom_items import places
from driftseal.pipeline._bom_join import Draft
from driftseal.pipeline._bom_names import Names, endpoint, nameless, portable
from driftseal.pipeline._bom_stated import stated

if TYPE_CHECKING:
    from driftseal.observe.files.base import Reading

_SHA256: Final = re.compile("[0-9a-f]{64}")


def is_model(snapshot: Snapshot) -> bool:
    """Whether the target is a model."""
    return any(item.kind is ItemKind.MODEL and not item.name for item in snapshot.items)


def ref(snapshot: Snapshot, names: Names) -> str:
    """The reference of the draft of a target's model."""
    return names.item(snapshot.target.identity, f"{ItemKind.MODEL}:")


def with_files(
    snapshot: Snapshot, names: Names, readings: Mapping[str, Reading], parts: tuple[Component, ...]
) -> tuple[Draft, _bom_card.Told]:
    """The model of a target that is one; ``parts`` are its files."""
    told = _bom_card.told(stated(snapshot, readings))
    item = next(item for item in snapshot.items if item.kind is ItemKind.MODEL and not item.name)
    content = item.content if isinstance(item.content, dict) else {}
    provider, id_, version = _known_as(snapshot, content)
    group, _, name = id_.rpartition("/") if provider == HUB else ("", "", id_)
    digests, of = _digests(snapshot)
    component = Component(
        ref=ref(snapshot, names),
        kind=str(item.kind),
        type="machine-learning-model",
        name=portable(name) or portable(snapshot.target.name) or "model",
        group=group,
        version=version,
        purl=_bom_hubs.purl(provider, id_, version, endpoint(item.evidence[0].uri) if item.evidence else ""),
        publisher=group,
        digests=digests,
        licences=told.licences,
        ancestors=tuple(_ancestors(told, sure=provider == HUB or told.by.get("ancestors", "").endswith("README.md"))),
        card=told.card,
        links=tuple(_bom_hubs.links(provider, id_, version)),
        parts=parts,
        tags=("model",),
        properties={
            "driftseal:item:kind": str(item.kind),
            "driftseal:item:digest": str(item.digest),
            **_properties(content, provider, id_, of),
            **_signed(snapshot),
        },
        evidence=places(item.evidence, snapshot),
    )
    thing = _bom_hubs.thing(provider, id_) if provider else _bom_hubs.thing("file", names.local(snapshot.target))
    return Draft(component, thing, version, rank=0), told


def _known_as(snapshot: Snapshot, content: Mapping[str, Json]) -> tuple[str, str, str]:
    """Provider, id and version of a model that is kept somewhere; nothing for files that just lie here."""
    kind, reference = snapshot.target.kind, snapshot.target.reference
    if kind == "hf":
        told = text_or_empty(content.get("id"))
        id_ = told if _bom_hubs.ID.fullmatch(told) else snapshot.target.name
        return HUB, id_, portable(text_or_empty(content.get("commit")))
    if kind == OLLAMA:
        return OLLAMA, reference.removeprefix("ollama:"), ""
    if kind == MLFLOW:
        registered = object_or_empty(content.get("registry"))
        name, version = (portable(text_or_empty(registered.get(key))) for key in ("name", "version"))
        return MLFLOW, name, version
    return "", "", ""


def _digests(snapshot: Snapshot) -> tuple[tuple[Digest, ...], str]:
    """Of a model: the digest of its only file, or one over those of all, in the order of their paths.

    The latter is the root digest of OpenSSF Model Signing, which leaves Git's own files out, so that a signature names
    the same model.
    """
    told = {part.name: _sha256(part) for part in snapshot.items if part.kind is ItemKind.MODEL_FILE}
    if not told or not all(told.values()):
        return (), ""
    if len(told) == 1:
        return tuple(Digest("sha256", one) for one in told.values()), "file"
    names = [name for name in told if not model_signature.is_below(name, model_signature.GIT)]
    ordered = [told[name] for name in model_signature.in_order(names)]
    return (Digest("sha256", model_signature.root(ordered)),), "files"


def _sha256(item: Item) -> str:
    told = item.content.get("sha256") if isinstance(item.content, dict) else None
    return told if isinstance(told, str) and _SHA256.fullmatch(told) else ""


def file(item: Item, base: Component) -> Component:
    """One file of a model."""
    content = item.content if isinstance(item.content, dict) else {}
    told = _sha256(item)
    format_ = text_or_empty(content.get("format"))
    mime = text_or_empty(content.get("mediaType"))
    properties = {
        "driftseal:model:format": format_,
        "driftseal:model:size": _plain(content.get("size")),
        "driftseal:digestOf": "file" if told else "",
        "driftseal:digestBy": text_or_empty(content.get("sha256_by")),
    }
    return Component(
        ref=base.ref,
        kind=str(item.kind),
        type="file",
        name=portable(item.name) or "file",
        digests=(Digest("sha256", told),) if told else (),
        mime=mime if re.fullmatch(r"[-+a-z0-9.]+/[-+a-z0-9.]+", mime) else "",
        tags=("model-file",),
        properties={**base.properties, **properties},
        # The structure of weights was read from their bytes; of a configuration and a card, what they say.
        evidence=base.evidence if "document" in content or not format_ else _of_bytes(base.evidence),
    )


def _of_bytes(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(replace(at, technique="binary-analysis") for at in evidence)


def _properties(content: Mapping[str, Json], provider: str, id_: str, of: str) -> dict[str, str]:
    told = {
        "driftseal:model:provider": provider,
        "driftseal:model:formats": " ".join(_texts(content.get("formats"))),
        "driftseal:model:runsCode": _plain(content.get("auto_map")),
        # Harmless or not: whoever loads the model runs it.
        "driftseal:model:executesOnLoad": "true" if content.get("executes") else "",
        "driftseal:model:executes": _plain(content.get("executes")),
        "driftseal:model:manifest": text_or_empty(content.get("manifest")),
        "driftseal:ollama:ref": id_ if provider == OLLAMA else "",
        "driftseal:digestOf": of,
    }
    return {name: value for name, value in told.items() if value}


def _signed(snapshot: Snapshot) -> dict[str, str]:
    """What became of signatures that others made, and whose they are: ``model.sig verified, signed by alice``."""
    told = [
        f"{one.name} {one.status}" + (f", signed by {', '.join(one.signers)}" if one.signers else "")
        for one in snapshot.signatures
    ]
    return {"driftseal:model:signature": portable("; ".join(told))} if told else {}


def _ancestors(told: _bom_card.Told, *, sure: bool) -> Iterator[Ancestor]:
    """What it was made from; ``sure`` where names are those of the hub, and no paths that look like them."""
    for base in told.bases[: DEFAULT_LIMITS.matches]:
        yield _bom_hubs.ancestor(base, told.relation, sure=sure)


def _texts(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _plain(value: Json) -> str:
    told = "" if value in (None, "", [], {}) else value if isinstance(value, str) else canonical.compact(value)
    return nameless(told[: DEFAULT_LIMITS.evidence_chars])
