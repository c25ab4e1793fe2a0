"""What a bill of materials says of models: their digests, and what they state of themselves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal import canonical
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.snapshot import Snapshot
from driftseal.pipeline._bom_names import item_ref, nameless

_SHA256: Final = re.compile("[0-9a-f]{64}")
_STATED: Final = {
    "architectures": "architectures",
    "architecture": "architectures",
    "model_type": "type",
    "license": "licence",
    "base_model": "base",
    "pipeline_tag": "task",
    "datasets": "datasets",
    "formats": "formats",
    "auto_map": "runsCode",
}
"""Members of a model's content, and what the property is called."""


def digests(item: Item, snapshot: Snapshot) -> tuple[Digest, ...]:
    """SHA-256 of a file's bytes; of a model that of its only file, or over the digests of all, in order of their paths.

    The latter is the root digest of OpenSSF Model Signing, so that a signature names the same model.
    """
    if item.kind is ItemKind.MODEL_FILE:
        told = _sha256(item)
        return (Digest("sha256", told),) if told else ()
    files = [part for part in snapshot.items if part.kind is ItemKind.MODEL_FILE]
    told_of_all = [_sha256(part) for part in sorted(files, key=lambda part: part.name)]
    if not told_of_all or not all(told_of_all):
        return ()
    if len(told_of_all) == 1:
        return (Digest("sha256", told_of_all[0]),)
    return (Digest("sha256", hashlib.sha256(b"".join(map(bytes.fromhex, told_of_all))).hexdigest()),)


def _sha256(item: Item) -> str:
    told = item.content.get("sha256") if isinstance(item.content, dict) else None
    return told if isinstance(told, str) and _SHA256.fullmatch(told) else ""


def properties(item: Item, snapshot: Snapshot) -> dict[str, str]:
    """What the model, or a file of it, states."""
    content: Mapping[str, Json] = item.content if isinstance(item.content, dict) else {}
    if item.kind is ItemKind.MODEL_FILE:
        told = {f"driftseal:model:{name}": _text(content.get(name)) for name in ("format", "size")}
        if any(item.name in _executes(part) for part in snapshot.items if part.kind is ItemKind.MODEL):
            told["driftseal:model:executesOnLoad"] = "true"
    else:
        told = {f"driftseal:model:{name}": _text(content.get(key)) for key, name in _STATED.items() if key in content}
        # Harmless or not: whoever loads the model runs it.
        runs = _executes(item)
        if runs:
            told |= {"driftseal:model:executesOnLoad": "true", "driftseal:model:runsCode": _text(list(runs))}
    return {name: value for name, value in told.items() if value}


def _executes(item: Item) -> Mapping[str, Json]:
    """What runs when a model is loaded, by its path or name."""
    told = item.content.get("executes") if isinstance(item.content, dict) else None
    return told if isinstance(told, dict) else {}


def _text(value: Json) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = " ".join(map(str, value))
    told = "" if value is None else value if isinstance(value, str) else canonical.compact(value)
    return nameless(told[: DEFAULT_LIMITS.evidence_chars])


def owner(item: Item, snapshot: Snapshot) -> str:
    """The reference of the model that a file belongs to; empty for anything else."""
    if item.kind is not ItemKind.MODEL_FILE:
        return ""
    return next(_models(snapshot), "")


def _models(snapshot: Snapshot) -> Iterator[str]:
    for part in snapshot.items:
        if part.kind is ItemKind.MODEL:
            yield item_ref(snapshot.target.identity, part.key)
