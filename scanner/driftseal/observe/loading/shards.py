"""Weights in several files: whether the files hold what their index says.

Blanks, of the file that lacks something: tensors that the index places in a file that does not hold them. Facts:

- ``index-omits-tensor``: a shard holds a tensor that the index does not know, so that some loaders leave it out
  (subject: it).
- ``index-moves-tensor``: the tensor lies in another shard than the index says (subject: it).
- ``index-size-differs``: the index tells another number of bytes than the tensors take (subject: both).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.canonical import parse_json
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe.files.base import Blank, Fact
from driftseal.observe.loading.base import File, Files, Missing, Told

INDEX: Final = ".index.json"
_BITS: Final = {"F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16}
_SMALL: Final = {"U16": 16, "I8": 8, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4}
_TOLD: Final = 20


def find(files: Files, limits: Limits) -> Iterator[Told | Missing]:
    """See the module."""
    for file in files.values():
        if file.name.endswith(INDEX):
            document = _document(file, limits)
            weights = document.get("weight_map")
            if isinstance(weights, dict):
                yield from _of_index(file, weights, document.get("metadata"), files)


def _document(file: File, limits: Limits) -> Mapping[str, Json]:
    if isinstance(file.document, dict):
        return file.document
    try:
        value = parse_json(file.text, file.name, limits).value if file.text else None
    except TargetError:
        return {}  # told by its analyser
    return value if isinstance(value, dict) else {}


def _of_index(file: File, weights: Mapping[str, Json], metadata: Json, files: Files) -> Iterator[Told | Missing]:
    folder = posixpath.dirname(file.name)
    wanted: dict[str, set[str]] = {}
    for tensor, shard in weights.items():
        if isinstance(shard, str):
            wanted.setdefault(posixpath.join(folder, shard), set()).add(tensor)
    held = {shard: _tensors(files[shard]) for shard in wanted if shard in files}
    known = {tensor: shard for shard, tensors in held.items() for tensor in tensors or ()}
    for shard, names in sorted(wanted.items()):
        tensors = held.get(shard)
        if tensors is None:
            continue
        absent = sorted(names - tensors.keys())
        moved = [name for name in absent if name in known]
        gone = [name for name in absent if name not in known]
        if gone:
            why = f"{len(gone)} tensors are not in it that {posixpath.basename(file.name)} promises: {gone[0]}"
            yield Missing(shard, Blank(f"{why}; download it again"))
        for name in moved[:_TOLD]:
            shown = f"{name} lies in {posixpath.basename(known[name])}, not in {posixpath.basename(shard)}"
            yield Told(file.name, Fact("index-moves-tensor", shown, subject=name))
        for name in sorted(tensors.keys() - names)[:_TOLD]:
            if name not in weights:
                shown = f"{name} of {posixpath.basename(shard)} is not in the index"
                yield Told(file.name, Fact("index-omits-tensor", shown, subject=name))
    if wanted and len(held) == len(wanted) and all(tensors is not None for tensors in held.values()):
        yield from _size(file, metadata, [tensors or {} for tensors in held.values()])


def _tensors(file: File) -> Mapping[str, Json] | None:
    """The tensors of a file with type and shape; None where they are not known."""
    if file.reading.format != "safetensors" or file.reading.blanks:
        return None
    told = next((one.value for one in file.reading.properties if one.name == "tensors" and not one.path), None)
    if not isinstance(told, dict) or not all(isinstance(one, dict) for one in told.values()):
        return None
    return told


def _size(file: File, metadata: Json, tensors: list[Mapping[str, Json]]) -> Iterator[Told]:
    said = metadata.get("total_size") if isinstance(metadata, dict) else None
    if not isinstance(said, int | float):
        return
    counted = [_bytes(one) for held in tensors for one in held.values()]
    if None not in counted:
        there = sum(one for one in counted if one is not None)
        if there != said:
            shown = f"the index tells {said} bytes of tensors, and the files hold {there}"
            yield Told(file.name, Fact("index-size-differs", shown, subject=f"{said} {there}"))


def _bytes(tensor: Json) -> int | None:
    kind = str(tensor.get("dtype")) if isinstance(tensor, dict) else ""
    shape = tensor.get("shape") if isinstance(tensor, dict) else None
    bits = _BITS.get(kind) or _SMALL.get(kind)
    if bits is None or not isinstance(shape, list):
        return None
    count = 1
    for part in shape:
        if not isinstance(part, int):
            return None
        count *= part
    return count * bits // 8
