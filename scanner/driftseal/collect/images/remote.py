"""Blobs of a registry, looked at one after the other: small ones whole and checked, large ones in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from driftseal.collect.images.layers import Layer
from driftseal.collect.models import tree
from driftseal.collect.models.remote import Allowance, Remote, downloaded, why
from driftseal.collect.models.stream import Measured
from driftseal.errors import TargetError
from driftseal.formats.blob import Blob, Bytes
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.observe.files.base import Blank, Reading

if TYPE_CHECKING:
    from driftseal.collect.images.registry import Registry


def measure(
    registry: Registry, layers: Iterable[Layer], limits: Limits, *, whole: bool
) -> Iterator[Measured | tree.Member]:
    """Every layer with its digest and what it shows; a member with its reason where it could not be fetched.

    The digest of a large blob is the one that the manifest names, and is not proved: whoever pulls it compares all of
    its bytes with that. With ``whole`` it is computed here.
    """
    allowance = Allowance(limits, whole=whole)
    for layer in layers:
        member = tree.Member(layer.name, Path(layer.name))
        try:
            yield _measured(registry, layer, member, allowance, limits, whole=whole)
        except (TargetError, OSError) as cause:
            yield tree.Member(layer.name, member.path, why(cause, layer.name))


def _measured(
    registry: Registry, layer: Layer, member: tree.Member, allowance: Allowance, limits: Limits, *, whole: bool
) -> Measured:
    wanted = layer.blob

    def part(offset: int, count: int) -> bytes:
        return registry.part(wanted, layer.name, offset, count)

    if wanted.size <= limits.remote_request_bytes:
        allowance.spend(wanted.size)
        data = registry.blob(wanted, layer.name)
        text = data if wanted.size <= limits.model_text_bytes else b""
        return Measured(member, wanted.size, Digest.of(data).value, text, _read(Bytes(data), member, limits))
    if whole:

        def into(file: IO[bytes]) -> None:
            registry.download(wanted, layer.name, file, allowance.spend)

        with downloaded(into, wanted.size) as (blob, sha256):
            return Measured(member, wanted.size, sha256, b"", _read(blob, member, limits))
    if wanted.digest.algorithm != "sha256":
        raise TargetError(f"{layer.name}: the manifest tells no SHA-256 of it", hint="scan with --download")
    remote = Remote(part, wanted.size, allowance, limits)
    return Measured(member, wanted.size, wanted.digest.value, b"", _read(remote, member, limits), hashed=False)


def _read(blob: Blob, member: tree.Member, limits: Limits) -> Reading:
    """What a file shows; that it could not be read to its end is a blank, for its digest is known all the same."""
    from driftseal.observe import reading

    try:
        return reading.read(blob, member.path.name, limits)
    except OSError as cause:
        return Reading("", blanks=(Blank(str(cause).removeprefix(f"{member.name}: ")),))
