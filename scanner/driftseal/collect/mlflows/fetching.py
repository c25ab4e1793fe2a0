"""Files of one version, one after the other: fetched whole and hashed, since MLflow keeps no digest of anything.

What is too large for that without ``--download`` is looked into in the parts that its analyser asks for, and has no
digest then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from driftseal.collect.mlflows.artifacts import Listed, Unlisted, walk
from driftseal.collect.models import remote, tree
from driftseal.collect.models.stream import Measured
from driftseal.errors import TargetError
from driftseal.formats.blob import Blob, Bytes
from driftseal.limits import Limits
from driftseal.observe.files.base import Reading
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.collect.mlflows.artifacts import Shelf
    from driftseal.collect.mlflows.client import MlflowClient

_WHOLE: Final = "so that no digest of it is known; scan with --download"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one file."""

    path: str
    measured: Measured | None
    """Nothing where it could not be read."""
    why: str = ""
    """What of it was not looked at."""


class Fetching:
    """See the module."""

    def __init__(self, shelf: Shelf, client: MlflowClient, limits: Limits, *, whole: bool) -> None:
        """``client`` speaks to the server that sends the bytes; ``whole`` hashes files of any size."""
        self._shelf = shelf
        self._client = client
        self._limits = limits
        self._whole = whole
        self._allowance = remote.Allowance(limits, whole=whole)
        self._left = limits.remote_bytes

    def seen(self, progress: Callable[[str], None]) -> Iterator[Seen]:
        """Every file, in the order of paths, then what of the list was not asked for.

        Raises:
            TargetError: the files cannot be listed.
        """
        listed: dict[str, Listed] = {}
        for one in walk(self._shelf, self._limits):
            if isinstance(one, Unlisted):
                yield Seen(one.path, None, one.why)
            elif one.path in listed:
                yield Seen(one.path, None, "is listed twice, and was asked for once")
            else:
                listed[one.path] = one
        for number, (path, file) in enumerate(sorted(listed.items())):
            if self._allowance.late:
                rest = len(listed) - number
                yield Seen(path, None, f"{rest} files were not reached in time (limits.remote_seconds)")
                return
            progress(f"reads {path}")
            try:
                yield self._look(file)
            except (TargetError, OSError) as cause:
                yield Seen(path, None, remote.why(cause, path))

    def _look(self, file: Listed) -> Seen:
        limits = self._limits
        url = self._shelf.address(file.path)
        if file.size <= limits.model_text_bytes:
            most = file.size if file.size >= 0 else limits.file_bytes
            data = self._client.whole(url, file.path, max(most, limits.model_text_bytes))
            self._spend(len(data))
            text = data if len(data) <= limits.model_text_bytes else b""
            one = self._read(file, Bytes(data), text, hashlib.sha256(data).hexdigest())
            told = file.size if file.size >= 0 else len(data)
            return Seen(file.path, one, _differs(told, len(data)))
        if not self._whole and file.size > self._left:
            return self._in_parts(file, url)

        def into(stream: IO[bytes]) -> None:
            self._client.download(url, file.path, file.size, stream, self._allowance)

        with remote.downloaded(into, file.size) as (blob, digest):
            self._left -= file.size
            return Seen(file.path, self._read(file, blob, b"", digest))

    def _in_parts(self, file: Listed, url: str) -> Seen:
        """A file too large to be fetched whole unasked."""

        def part(offset: int, count: int) -> bytes:
            return self._client.part(url, file.path, offset, count, file.size)

        blob = remote.Remote(part, file.size, self._allowance, self._limits)
        one = self._read(file, blob, b"", "")
        return Seen(file.path, one, f"was not fetched whole (limits.remote_bytes), {_WHOLE}")

    def _read(self, file: Listed, blob: Blob, text: bytes, sha256: str) -> Measured:
        """What a file shows; that it was not read to its end is a blank, as its digest may be known all the same."""
        from driftseal.observe import reading
        from driftseal.observe.files.base import Blank

        try:
            shown = reading.read(blob, PurePosixPath(file.path).name, self._limits)
        except OSError as cause:
            shown = Reading("", blanks=(Blank(remote.why(cause, file.path)),))
        member = tree.Member(file.path, Path(file.path))
        return Measured(member, blob.size, sha256, text, shown, hashed=bool(sha256))

    def _spend(self, count: int) -> None:
        self._allowance.spend(count)
        self._left -= count


def _differs(told: int, size: int) -> str:
    return "" if told == size else f"the server lists {told} bytes, and sent {size}"
