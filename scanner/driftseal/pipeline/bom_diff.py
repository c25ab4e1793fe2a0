"""``bom diff``: two written bills of materials, read under bounds and compared."""

from __future__ import annotations

from pathlib import Path

from driftseal.compare import bom
from driftseal.compare.bom import Difference
from driftseal.errors import UsageError
from driftseal.formats import bom_document
from driftseal.formats.bom_document import Document
from driftseal.limits import Limits


def diff(old: Path, new: Path, limits: Limits) -> Difference:
    """What differs between two documents.

    Raises:
        UsageError: a file cannot be read, or the two are of different formats.
        FormatError: one is no bill of materials.
        LimitExceeded: one is larger than ``limits`` allow.
    """
    before, after = _read(old, limits), _read(new, limits)
    if before.form != after.form:
        raise UsageError(
            f"{old} is {before.form} and {new} is {after.form}", hint="write both in one format, then compare them"
        )
    return bom.compare(before, after)


def _read(path: Path, limits: Limits) -> Document:
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except OSError as cause:
        raise UsageError(f"{path}: cannot be read: {cause.strerror}", hint="name a file that is there") from cause
    return bom_document.read(data, str(path), limits)
