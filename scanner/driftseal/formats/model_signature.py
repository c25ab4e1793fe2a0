"""The statement of an OpenSSF Model Signing (OMS 1.0) signature: which files of a model it covers, by which digests.

The envelope around it is a Sigstore bundle with DSSE, and the statement is in-toto's. Nothing of it is believed
before the signature was checked; this only says what it claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import to_list, to_object, to_text
from driftseal.records import dataclass
from driftseal.regexes import regex

PREDICATE_TYPE: Final = "https://model_signing/signature/v1.0"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
GIT: Final = (".git", ".gitattributes", ".github", ".gitignore")
"""What ``model_signing`` leaves out at the top of a model unless it is told otherwise, said in the statement or not."""
SHA256: Final = "sha256"
ITSELF: Final = "."
"""The name of the only resource of a model that is one file."""
_SIZES: Final = {"sha256": 64, "blake2b": 128, "blake3": 64}
"""Hexadecimal digits by algorithm."""
_HEX: Final = regex("[0-9a-f]*")
_RANGE: Final = regex(r"(?s:(.+)):([0-9]{1,19}):([0-9]{1,19})")
_MOST: Final = 1 << 53
_FILES: Final = "files"
_SHARDS: Final = "shards"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is covered: a file, or bytes of it from ``start`` to before ``end``."""

    path: str
    digest: str
    """Lower-case hexadecimal."""
    start: int = 0
    end: int = -1
    """-1 for the whole file."""

    @property
    def name(self) -> str:
        """As the statement calls it."""
        return self.path if self.end < 0 else f"{self.path}:{self.start}:{self.end}"


@dataclass(frozen=True, slots=True)
class Covered:
    """What one statement says of a model."""

    model: str
    """What the signer calls it; binds nothing."""
    root: str
    """SHA-256 over the digests of all parts, in their order."""
    algorithm: str
    """``sha256``, ``blake2b`` or ``blake3``."""
    parts: tuple[Part, ...]
    ignored: tuple[str, ...]
    """Paths that the signer left out, with all below them."""
    links: bool
    """Whether links were followed."""

    @property
    def sharded(self) -> bool:
        """Whether files are covered in parts of a fixed size."""
        return any(part.end >= 0 for part in self.parts)


def plain(name: str) -> str:
    """The path as OMS writes it: relative, with forward slashes, without ``.`` in it.

    Raises:
        ValueError: it is empty, absolute or leads out of the model, or cannot be the name of a file.
    """
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name:
        raise ValueError(f"{name[:80]!r} is no path inside a model")
    return str(path)


def in_order(names: Iterable[str]) -> list[str]:
    """Names as OMS sorts them: part by part, so that a folder's files stay together."""
    return sorted(names, key=lambda name: PurePosixPath(name).parts)


def root(digests: Iterable[str]) -> str:
    """The digest of the model as a whole, from those of its parts in order."""
    hashed = hashlib.sha256()
    for digest in digests:
        hashed.update(bytes.fromhex(digest))
    return hashed.hexdigest()


def is_below(path: str, above: Iterable[str]) -> bool:
    """Whether a path is one of these, or lies in one of them."""
    parts = PurePosixPath(path).parts
    return any(parts[: len(one)] == one for one in (PurePosixPath(each).parts for each in above) if one)


def covering(files: Mapping[str, str], *, ignored: Iterable[str], links: bool) -> dict[str, Json]:
    """The predicate that covers these files by their SHA-256; all that is ignored has to be left out already."""
    serialization: dict[str, Json] = {
        "method": _FILES,
        "hash_type": SHA256,
        "allow_symlinks": links,
        "ignore_paths": [*ignored],
    }
    resources: list[Json] = [{"name": name, "algorithm": SHA256, "digest": files[name]} for name in in_order(files)]
    return {"serialization": serialization, "resources": resources}


def read(document: Mapping[str, Json], limits: Limits) -> Covered:
    """What a statement covers, strictly.

    Raises:
        KeyError: a member is missing.
        TypeError: a member is of another type.
        ValueError: it is no such statement, contradicts itself, or says what cannot be true of files.
    """
    if document["_type"] != STATEMENT_TYPE:
        raise ValueError("it holds no in-toto statement of version 1")
    if document["predicateType"] != PREDICATE_TYPE:
        raise ValueError(f"its predicate type {to_text(document['predicateType'])[:80]!r} is not that of a model")
    subjects = to_list(document["subject"], 1)
    if not subjects:
        raise ValueError("it has no subject")
    subject = to_object(subjects[0])
    predicate = to_object(document["predicate"])
    serialization = to_object(predicate["serialization"])
    method, algorithm = to_text(serialization["method"]), _algorithm(to_text(serialization["hash_type"]))
    if method not in {_FILES, _SHARDS}:
        raise ValueError(f"it covers a model in a way that is not known: {method[:40]!r}")
    size = _size(serialization["shard_size"]) if method == _SHARDS else 0
    named = f"{algorithm}-sharded-{size}" if size else algorithm
    parts = tuple(_parts(to_list(predicate["resources"], limits.files), algorithm, named, size))
    told = to_text(to_object(subject["digest"])[SHA256])
    if told != root(part.digest for part in parts):
        raise ValueError("the digest of its subject is not that of its resources")
    links = serialization["allow_symlinks"]
    ignored = to_list(serialization.get("ignore_paths", []), limits.files)
    if not isinstance(links, bool):
        raise TypeError("allow_symlinks is neither true nor false")
    return Covered(
        model=to_text(subject["name"]),
        root=told,
        algorithm=algorithm,
        parts=parts,
        # Whatever leads elsewhere leaves nothing out of this model.
        ignored=tuple(sorted({str(PurePosixPath(to_text(one))) for one in ignored})),
        links=links,
    )


def _algorithm(name: str) -> str:
    # 1.1 writes the hash's own name, and takes the name of its option as well.
    algorithm = "blake2b" if name == "blake2" else name
    if algorithm not in _SIZES:
        raise ValueError(f"its digests are made by an algorithm that is not known: {name[:40]!r}")
    return algorithm


def _size(value: Json) -> int:
    # Other tools write it as 7.0, since Protocol Buffers know numbers of one kind alone.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < _MOST or value != int(value):
        raise ValueError("shard_size is no number of bytes")
    return int(value)


def _parts(resources: list[Json], algorithm: str, named: str, size: int) -> Iterator[Part]:
    if not resources:
        raise ValueError("it covers no file")
    seen: dict[str, list[tuple[int, int]]] = {}
    for each in resources:
        resource = to_object(each)
        name, digest = to_text(resource["name"]), to_text(resource["digest"])
        if to_text(resource["algorithm"]) != named:
            raise ValueError(f"{name[:80]!r} has a digest of another algorithm than {named}")
        if len(digest) != _SIZES[algorithm] or not _HEX.fullmatch(digest):
            raise ValueError(f"{name[:80]!r} has no digest of {algorithm}")
        part = _shard(name, digest, size) if size else Part(name, digest)
        if part.path != ITSELF and plain(part.path) != part.path:
            raise ValueError(f"{name[:80]!r} is no plain path")
        seen.setdefault(part.path, []).append((part.start, part.end))
        yield part
    for path, ranges in seen.items():
        whole = sorted(ranges)
        if len(whole) > 1 and not (size and all(one[1] == two[0] for one, two in pairwise(whole))):
            raise ValueError(f"{path[:80]!r} is covered twice")
        if whole[0][0]:
            raise ValueError(f"the beginning of {path[:80]!r} is not covered")
    if ITSELF in seen and len(seen) > 1:
        raise ValueError("it covers a file and a folder at once")


def _shard(name: str, digest: str, size: int) -> Part:
    found = _RANGE.fullmatch(name)
    if found is None or not 0 < int(found[3]) - int(found[2]) <= size or int(found[2]) % size:
        raise ValueError(f"{name[:80]!r} names no part of a file")
    return Part(found[1], digest, int(found[2]), int(found[3]))
