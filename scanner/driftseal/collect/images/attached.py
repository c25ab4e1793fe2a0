"""Signatures and attestations that a registry has for a manifest: fetched within bounds, believed by nobody here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from driftseal.collect.images import manifest
from driftseal.collect.images.registry import Absent
from driftseal.errors import TargetError
from driftseal.model.item import Gap, ItemKind, Json
from driftseal.model.signature import FoundSignature, SignatureForm

if TYPE_CHECKING:
    from driftseal.collect.images.manifest import Descriptor
    from driftseal.collect.images.registry import Registry
    from driftseal.limits import Limits
    from driftseal.model.digest import Digest

_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_FORMS: Final = {
    "application/vnd.dsse.envelope.v1+json": SignatureForm.ENVELOPE,
    "application/vnd.dev.cosign.simplesigning.v1+json": SignatureForm.SIMPLE,
}
_SIGNATURE: Final = "dev.cosignproject.cosign/signature"
_TAGS: Final = {".sig": "cosign", ".att": "cosign-attestation"}
"""Where cosign puts signatures and attestations as long as a registry knows no referrers, and what we call them."""


@dataclass(frozen=True, slots=True)
class Referrer:
    """One thing that the registry has for a manifest."""

    type: str
    digest: Digest

    def told(self) -> Json:
        """For the item of the model."""
        return {"type": self.type, "digest": str(self.digest)}


def referrers(registry: Registry, digest: Digest, limits: Limits) -> list[Referrer]:
    """Signatures, attestations and bills of materials that the registry has for a manifest, sorted.

    Raises:
        TargetError: the registry cannot be asked, or does not answer with an index.
    """
    found: list[Referrer] = []
    data = registry.referrers(digest, "referrers")
    if data is not None:
        listed = manifest.parse(data, "referrers", limits).manifests
        found += [Referrer(one.artifact_type or one.media_type, one.digest) for one in listed]
    for ending, kind in _TAGS.items():
        tag = str(digest).replace(":", "-") + ending
        try:
            signed = manifest.parse(registry.manifest(tag, "referrers"), "referrers", limits)
        except Absent:
            continue
        found.append(Referrer(kind, signed.digest))
    return sorted(found, key=lambda one: (str(one.digest), one.type))


def signatures(
    registry: Registry, found: Iterable[Referrer], subject: Digest, reference: str, limits: Limits
) -> Iterator[FoundSignature | Gap]:
    """Everything of these that is signed, with the manifest that it has to be about."""
    left = limits.bundles
    for one in found:
        if one.type not in _TAGS.values() and not one.type.startswith(_BUNDLE) and one.type not in _FORMS:
            continue
        name = f"referrer {one.digest}"
        try:
            layers = manifest.parse(registry.manifest(str(one.digest), name), name, limits).layers
            for layer in layers:
                form = _form(layer)
                if form is None:
                    continue
                left -= 1
                if left < 0:
                    yield Gap(reference, "referrers", "more signatures than are looked at (limits.bundles)")
                    return
                yield _signature(registry, layer, form, name, subject, limits)
        except TargetError as cause:
            why = str(cause).removeprefix(f"{name}: ")
            yield Gap(reference, name, f"{why}; {cause.hint}" if cause.hint else why)


def _form(layer: Descriptor) -> SignatureForm | None:
    if layer.media_type.startswith(_BUNDLE):
        return SignatureForm.BUNDLE
    return _FORMS.get(layer.media_type)


def _signature(
    registry: Registry, layer: Descriptor, form: SignatureForm, name: str, subject: Digest, limits: Limits
) -> FoundSignature:
    item = f"{ItemKind.MODEL}:"
    if layer.size > limits.file_bytes:
        unread = f"larger than {limits.file_bytes} bytes (limits.file_bytes)"
        return FoundSignature(name, b"", subject=subject, item=item, unread=unread)
    told = layer.annotations.get(_SIGNATURE)
    beside = told if isinstance(told, str) and form is SignatureForm.SIMPLE else ""
    return FoundSignature(name, registry.blob(layer, name), form, beside, subject, item=item)
