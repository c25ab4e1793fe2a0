"""Files of a model that the Hub is asked for: small ones whole, of large ones what tells what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from driftseal.collect.models import hub, tree
from driftseal.collect.models.hub_client import AskedTooOften
from driftseal.collect.models.hub_source import Fetched, Seen
from driftseal.collect.models.remote import Allowance, Remote, downloaded, why
from driftseal.collect.models.stream import Measured
from driftseal.errors import TargetError
from driftseal.formats.blob import Blob, Bytes
from driftseal.limits import Limits

if TYPE_CHECKING:
    from driftseal.collect.models.hub_client import HubClient


class Asking:
    """One model at one commit, file by file."""

    def __init__(self, client: HubClient, revision: hub.Revision, limits: Limits, *, whole: bool) -> None:
        """``whole`` fetches and hashes every byte."""
        self._client = client
        self._revision = revision
        self._limits = limits
        self._whole = whole
        self._allowance = Allowance(limits, whole=whole)

    def seen(self, progress: Callable[[str], None]) -> Iterator[Seen]:
        """Every file in the Hub's order. Once the time is over or the Hub has had enough, nothing more is asked for."""
        stopped = ""
        for number, claimed in enumerate(self._revision.files):
            if stopped:
                yield Seen(claimed, None)
                continue
            rest = len(self._revision.files) - number
            if self._allowance.late:
                stopped = f"{rest} files were not reached in time (limits.remote_seconds)"
                yield Seen(claimed, None, stopped)
                continue
            progress(f"reads {claimed.path}")
            try:
                yield Seen(claimed, self._look(claimed))
            except (TargetError, OSError) as cause:
                told = why(cause, claimed.path)
                # An analyser that asked for a part of the file is told as of any file that cannot be read.
                if isinstance(cause, AskedTooOften) or isinstance(cause.__cause__, AskedTooOften):
                    stopped = told = f"{told}; {rest} of {len(self._revision.files)} files were not looked at"
                yield Seen(claimed, None, told)

    def _look(self, claimed: hub.Claimed) -> Fetched:
        limits = self._limits
        url = hub.address(self._client, self._revision, claimed.path)
        if not claimed.sha256 or claimed.size <= limits.model_text_bytes:
            if claimed.size > limits.file_bytes:
                raise OSError(f"larger than {limits.file_bytes} bytes, and of unknown digest (limits.file_bytes)")
            self._allowance.spend(claimed.size)
            data = self._client.whole(url, claimed.path)
            return self._read(claimed, Bytes(data), data, hashlib.sha256(data).hexdigest(), hashed=True)

        def part(offset: int, count: int) -> bytes:
            return self._client.part(url, claimed.path, offset, count, claimed.size)

        if not self._whole:
            blob = Remote(part, claimed.size, self._allowance, limits)
            return self._read(claimed, blob, b"", claimed.sha256, hashed=False)

        def into(file: IO[bytes]) -> None:
            self._client.download(url, claimed.path, claimed.size, file, self._allowance.spend)

        with downloaded(into, claimed.size) as (whole, digest):
            return self._read(claimed, whole, b"", digest, hashed=True)

    def _read(self, claimed: hub.Claimed, blob: Blob, data: bytes, sha256: str, *, hashed: bool) -> Fetched:
        from driftseal.observe import reading

        shown = reading.read(blob, PurePosixPath(claimed.path).name, self._limits)
        text = data if len(data) <= self._limits.model_text_bytes else b""
        member = tree.Member(claimed.path, Path(claimed.path))
        return Fetched(Measured(member, blob.size, sha256, text, shown, hashed), data)
