"""Manifests and indexes of OCI and Docker: which bytes an artifact is made of (OCI image specification 1.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty

ACCEPTED: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_TITLE: Final = "org.opencontainers.image.title"
_ROLE: Final = re.compile(r"(?:\A|[^a-z])(template|system|prompt|params|messages)(?![a-z])")
_MEND: Final = "push or pull it again; if it stays so, the registry holds something else than a model"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One blob or manifest, as another manifest names it."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, Json]
    platform: str = ""
    """``os/architecture/variant`` of a manifest in an index."""
    artifact_type: str = ""

    @property
    def title(self) -> str:
        """The name of the file that the blob is; empty where none is told."""
        told = self.annotations.get(_TITLE)
        return told if isinstance(told, str) else ""

    @property
    def role(self) -> str:
        """``template``, ``system``, ``prompt``, ``params`` or ``messages``: what a model is told; else empty."""
        found = _ROLE.search(self.media_type.partition(";")[0].rpartition("/")[2].lower())
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one manifest or index says."""

    digest: Digest
    """Of the bytes as they came."""
    media_type: str
    artifact_type: str
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    manifests: tuple[Descriptor, ...]
    """Of an index."""
    annotations: Mapping[str, Json]
    subject: Digest | None
    """What it says something about: a signature's model."""
    twice: tuple[str, ...]
    """Members that one object has twice; readers disagree on which one counts."""


def parse(data: bytes, name: str, limits: Limits) -> Manifest:
    """Read a manifest; ``name`` is what it is of, for messages.

    Raises:
        FormatError: no manifest, one of the first schema, or one that names a blob without digest or size.
        LimitExceeded: more layers than ``limits`` allow.
    """
    read = canonical.parse_json(data, f"{name}: its manifest", limits)
    value = read.value
    if not isinstance(value, dict) or not any(key in value for key in ("layers", "manifests", "config")):
        told = (
            "a manifest of Docker's first schema" if isinstance(value, dict) and "fsLayers" in value else "no manifest"
        )
        raise FormatError(f"{name}: what was sent is {told}", hint=_MEND)
    config = value.get("config")
    subject = value.get("subject")
    return Manifest(
        Digest.of(data),
        _text(value.get("mediaType")),
        _text(value.get("artifactType")),
        _descriptor(config, name) if config is not None else None,
        _descriptors(value.get("layers"), name, limits),
        _descriptors(value.get("manifests"), name, limits),
        object_or_empty(value.get("annotations")),
        _descriptor(subject, name).digest if subject is not None else None,
        read.duplicate_keys,
    )


def _descriptors(value: Json, name: str, limits: Limits) -> tuple[Descriptor, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise FormatError(f"{name}: its manifest holds no list of layers", hint=_MEND)
    if len(value) > limits.items:
        raise LimitExceeded(f"{name}: more than {limits.items} layers", hint="raise limits.items")
    return tuple(_descriptor(one, name) for one in value)


def _descriptor(value: Json, name: str) -> Descriptor:
    told = object_or_empty(value)
    size = told.get("size")
    try:
        digest = Digest.parse(_text(told.get("digest")))
    except ValueError:
        raise FormatError(f"{name}: its manifest names a layer without a digest that is known", hint=_MEND) from None
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise FormatError(f"{name}: its manifest names the layer {digest} without its size", hint=_MEND)
    platform = object_or_empty(told.get("platform"))
    parts = (_text(platform.get(key)) for key in ("os", "architecture", "variant"))
    return Descriptor(
        _text(told.get("mediaType")),
        digest,
        size,
        object_or_empty(told.get("annotations")),
        "/".join(filter(None, parts)),
        _text(told.get("artifactType")),
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
