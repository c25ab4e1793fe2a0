"""Signatures that lie beside a model: found by their names, kept as they are, and believed by nobody here.

A signature may cover parts of files, or files by BLAKE2; then these digests are made as well, of files of the model
alone. Whose signature it is, and whether it fits, is for the pipeline.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from driftseal import canonical
from driftseal.collect.clients import paths
from driftseal.collect.models import opening
from driftseal.errors import TargetError
from driftseal.formats import model_signature
from driftseal.formats.model_signature import Covered, Part
from driftseal.limits import MIB, Limits
from driftseal.model.item import ItemKind, Json
from driftseal.model.signature import FoundSignature
from driftseal.narrow import object_or_empty, text_or_empty

if TYPE_CHECKING:
    from driftseal.collect.models.stream import Measured

_DEFAULT: Final = "model.sig"
"""What ``model_signing`` calls it unless it is told otherwise."""
_NAMES: Final = (".sig", ".sigstore", ".sigstore.json")
_PIECE: Final = MIB


def is_named(name: str) -> bool:
    """Whether a file goes under a name that signatures have."""
    return PurePosixPath(name).name.lower().endswith(_NAMES)


def found(name: str, data: bytes, limits: Limits) -> FoundSignature | None:
    """The signature that a file is; ``None`` for one of another kind, OpenPGP's say, which covers one file.

    A file called ``model.sig`` has to be one, so that a broken one is told.
    """
    document = _object(data, name, limits)
    envelope = document.get("dsseEnvelope")
    if envelope is None and PurePosixPath(name).name != _DEFAULT:
        return None
    return FoundSignature(name, data, item=f"{ItemKind.MODEL_FILE}:{name}")


def among(name: str, data: bytes, limits: Limits) -> Iterator[FoundSignature]:
    """The signature that a file of a model is, where it is one."""
    one = found(name, data, limits) if data and is_named(name) else None
    if one is not None:
        yield one


def of_file(name: str, data: bytes, size: int, limits: Limits) -> Iterator[FoundSignature]:
    """The same for a file that lies elsewhere, of which ``data`` is all, or nothing where it is not small."""
    if size and not data and PurePosixPath(name).name == _DEFAULT:
        unread = f"larger than {limits.model_text_bytes} bytes (limits.model_text_bytes)"
        yield FoundSignature(name, b"", item=f"{ItemKind.MODEL_FILE}:{name}", unread=unread)
    yield from among(name, data, limits)


def of_files(files: Iterable[Measured], limits: Limits) -> Iterator[FoundSignature]:
    """The signatures among the files of a model that lies elsewhere."""
    for one in files:
        yield from of_file(one.member.name, one.text, one.size, limits)


def of_tree(root: Path, files: Iterable[Measured], limits: Limits) -> Iterator[FoundSignature]:
    """Every signature in a model's folder and beside it, with the digests that it asks for."""
    seen = {one.member.name: one.member.path for one in files}
    alone = not root.is_dir()
    places = {model_signature.ITSELF: root} if alone else seen
    for name, path in seen.items():
        one = _at(path, name, limits) if is_named(name) and not alone else None
        if one is not None:
            yield measured(one, places, limits)
    for one in beside(root, limits):
        yield measured(one, places, limits)


def beside(root: Path, limits: Limits) -> Iterator[FoundSignature]:
    """Signatures that lie beside a model's folder or file: under its name, or under the usual one and claiming it."""
    for name in dict.fromkeys((f"{root.name}.sig", f"{root.name}.sigstore.json", _DEFAULT)):
        path = root.parent / name
        if path.is_symlink() or not paths.is_file(path):
            continue
        one = _at(path, name, limits)
        covered = covering(one, limits) if one is not None else None
        claims = covered is not None and covered.model == root.name
        if one is not None and (name != _DEFAULT or claims):
            yield replace(one, name=f"../{name}", item="")


def covering(one: FoundSignature, limits: Limits) -> Covered | None:
    """What a signature says that it covers; ``None`` where it cannot be read."""
    envelope = object_or_empty(_object(one.data, one.name, limits).get("dsseEnvelope"))
    try:
        payload = base64.b64decode(text_or_empty(envelope.get("payload")), validate=True)
        return model_signature.read(_object(payload, one.name, limits), limits)
    except (binascii.Error, KeyError, TypeError, ValueError):
        return None


def measured(one: FoundSignature, files: Mapping[str, Path], limits: Limits) -> FoundSignature:
    """The signature with the digests that it asks for, where they are others than those of whole files by SHA-256."""
    covered = covering(one, limits)
    if covered is None or (covered.algorithm == model_signature.SHA256 and not covered.sharded):
        return one
    if covered.algorithm not in {"sha256", "blake2b"}:
        return one
    by_file: dict[str, list[Part]] = {}
    for part in covered.parts:
        by_file.setdefault(part.path, []).append(part)
    made: dict[str, str] = {}
    for path, parts in by_file.items():
        # A signature in a folder of the model may speak of that folder alone.
        place = files.get(path) or files.get(f"{one.name.rpartition('/')[0]}/{path}")
        if place is not None:
            made |= dict(_digests(place, parts, covered.algorithm))
    return replace(one, measured=made)


def _digests(path: Path, parts: Iterable[Part], algorithm: str) -> Iterator[tuple[str, str]]:
    """Of each part that is there whole; parts follow one another, so that the file is read once."""
    try:
        with opening.opened(path, path.name) as file:
            for part in sorted(parts, key=lambda one: one.start):
                hashed, left = hashlib.new(algorithm), part.end - part.start if part.end >= 0 else -1
                while left and (piece := file.read(_PIECE if left < 0 else min(_PIECE, left))):
                    hashed.update(piece)
                    left -= len(piece) if left > 0 else 0
                if left <= 0:
                    yield part.name, hashed.hexdigest()
    except (TargetError, OSError):
        # What cannot be read has no digest, and so is not what was signed.
        return


def _at(path: Path, name: str, limits: Limits) -> FoundSignature | None:
    try:
        return found(name, paths.read(path, name, limits), limits)
    except TargetError as cause:
        unread = str(cause).removeprefix(f"{name}: ")
        return FoundSignature(name, b"", item=f"{ItemKind.MODEL_FILE}:{name}", unread=unread)


def _object(data: bytes, name: str, limits: Limits) -> Mapping[str, Json]:
    try:
        return object_or_empty(canonical.parse_json(data, name, limits).value)
    except TargetError:
        return {}
