"""Baselines of models as OpenSSF Model Signing 1.0 writes them, so that its verifier accepts them for the same files.

The whole Baseline rides along in ``predicate["x-baseline"]``, which other verifiers pass over.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from driftseal.errors import TargetError
from driftseal.formats import model_signature
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Snapshot

BASELINE: Final = "x-baseline"
_SHA256: Final = re.compile("[0-9a-f]{64}")
_IGNORED: Final = (*model_signature.GIT, ".driftseal", ".cache/huggingface")
"""What ``model_signing`` leaves out by itself, and what is no part of a model for us."""


def files(taken: Snapshot) -> dict[str, str]:
    """SHA-256 of every file of a model by its path, as OMS covers them; nothing for a target that is no model.

    Files of Git's own at the top are left out, as its verifiers do; the items of the baseline hold them.

    Raises:
        TargetError: a file has no digest, or a path that leads out of the model.
    """
    found: dict[str, str] = {}
    models = [item for item in taken.items if item.kind is ItemKind.MODEL_FILE]
    for item in models:
        told = item.content.get("sha256") if isinstance(item.content, dict) else None
        if not isinstance(told, str) or not _SHA256.fullmatch(told):
            raise TargetError(f"{item.key}: its SHA-256 is not known, so it cannot be signed", hint="scan it anew")
        try:
            name = model_signature.plain(item.name)
        except ValueError as cause:
            raise TargetError(f"{item.key}: cannot be signed: {cause}", hint="give the file a plain name") from cause
        if name in found:
            raise TargetError(f"{item.key}: two files go by this path", hint="give each file a name of its own")
        # A model that is one file has no path inside of itself.
        alone = any(place.uri == taken.target.reference for place in item.evidence)
        if alone and len(models) == 1:
            return {model_signature.ITSELF: told}
        if not model_signature.is_below(name, _IGNORED):
            found[name] = told
    return found


def statement(taken: Snapshot, covered: Mapping[str, str], baseline: Mapping[str, Json]) -> dict[str, Json]:
    """The statement over these files with this predicate of ours in it."""
    ordered = [covered[name] for name in model_signature.in_order(covered)]
    predicate = model_signature.covering(covered, ignored=_IGNORED, links=True)
    return {
        "_type": model_signature.STATEMENT_TYPE,
        "subject": [{"name": taken.target.name, "digest": {"sha256": model_signature.root(ordered)}}],
        "predicateType": model_signature.PREDICATE_TYPE,
        "predicate": {**predicate, BASELINE: dict(baseline)},
    }


def read(document: Mapping[str, Json], limits: Limits) -> dict[str, str]:
    """The files that a baseline of a model covers.

    Raises:
        KeyError: a member is missing.
        TypeError: a member is of another type.
        ValueError: it covers them otherwise than ``statement`` writes it.
    """
    covered = model_signature.read(document, limits)
    if covered.algorithm != model_signature.SHA256 or covered.sharded:
        raise ValueError("it covers the model otherwise than baselines do")
    return {part.path: part.digest for part in covered.parts}


def is_of_model(payload: bytes) -> bool:
    """Whether a statement of ours is that of a model."""
    document = json.loads(payload)
    return isinstance(document, dict) and document.get("predicateType") == model_signature.PREDICATE_TYPE


def key_hint(public_pem: bytes) -> str:
    """How ``model_signing`` names a key; it refuses a bundle that names it otherwise."""
    return hashlib.sha256(public_pem).hexdigest()
