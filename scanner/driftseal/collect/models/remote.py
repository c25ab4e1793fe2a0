"""A file that lies elsewhere, read in the parts that its analyser asks for."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import SEEK_END
from shutil import disk_usage
from tempfile import TemporaryFile, gettempdir
from typing import IO, Final

from driftseal.errors import TargetError
from driftseal.formats.blob import Blob, File
from driftseal.limits import Limits

_AHEAD: Final = 16
"""Pieces that are asked for at once where a file is read in order."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room on the disk, in the user's share of it, or for a file that large."""


class Allowance:
    """What may still be fetched of one model, and until when."""

    def __init__(self, limits: Limits, *, whole: bool) -> None:
        """``whole`` is for models that are fetched to the last byte."""
        self._bytes = "remote_whole_bytes" if whole else "remote_bytes"
        self._seconds = "remote_whole_seconds" if whole else "remote_seconds"
        self._left = limits.remote_whole_bytes if whole else limits.remote_bytes
        self._deadline = time.monotonic() + (limits.remote_whole_seconds if whole else limits.remote_seconds)

    @property
    def late(self) -> bool:
        """Whether the time for the model is over."""
        return time.monotonic() > self._deadline

    def spend(self, count: int) -> None:
        """Take so many bytes.

        Raises:
            OSError: they are not left, or the time is over.
        """
        self._left -= count
        if self._left < 0:
            raise OSError(f"more of the model would have to be fetched than is allowed (limits.{self._bytes})")
        if self.late:
            raise OSError(f"not read in the time for the model (limits.{self._seconds})")


def why(cause: Exception, name: str) -> str:
    """What a person is told of a file that could not be looked at."""
    if isinstance(cause, OSError) and cause.errno in _FULL:
        return (
            "there is no room for it among temporary files, and nothing of it was kept; "
            "set TMPDIR to a folder that has room, or scan without --download"
        )
    hint = cause.hint if isinstance(cause, TargetError) else ""
    told = str(cause).removeprefix(f"{name}: ")
    return f"{told}; {hint}" if hint else told


@contextmanager
def downloaded(fetch: Callable[[IO[bytes]], None], size: int) -> Iterator[tuple[Blob, str]]:
    """All of a remote file and its SHA-256, in a file without a name that is gone after the block.

    ``fetch`` writes it there, ``size`` bytes of it. What is hashed is what lies on the disk and is looked into.

    Raises:
        OSError: there is no room for it.
    """
    if size > disk_usage(gettempdir()).free:
        # Before a byte is fetched: to fill the disk would harm whoever else writes there.
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with TemporaryFile(prefix="driftseal-") as file:
        fetch(file)
        size = file.seek(0, SEEK_END)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield File(file, size), digest


class Remote(Blob):
    """A remote file of known size. Pieces that were fetched last are kept, for headers are read again and again."""

    distant = True

    def __init__(self, fetch: Callable[[int, int], bytes], size: int, allowance: Allowance, limits: Limits) -> None:
        """``fetch`` gives exactly so many bytes from an offset on, or raises ``TargetError``."""
        self.size = size
        self._fetch = fetch
        self._allowance = allowance
        self._limits = limits
        self._left = limits.remote_file_bytes
        self._pieces: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0
        self._ahead = 1

    def read_at(self, offset: int, count: int) -> bytes:
        """See ``Blob.read_at``."""
        if offset < 0 or count <= 0 or offset >= self.size:
            return b""
        end = min(offset + count, self.size)
        piece = self._limits.remote_piece_bytes
        parts: list[bytes] = []
        last = (end - 1) // piece
        for number in range(offset // piece, last + 1):
            data = self._pieces.get(number)
            if data is None:
                data = self._get(number, last)
            else:
                self._pieces.move_to_end(number)
            start = number * piece
            parts.append(data[max(offset - start, 0) : end - start])
        return b"".join(parts)

    def _get(self, number: int, last: int) -> bytes:
        """This piece; with it those that are wanted too, and more of them as long as the file is read in order."""
        piece = self._limits.remote_piece_bytes
        self._ahead = min(self._ahead * 2, _AHEAD) if number == self._next else 1
        most = max(1, self._limits.remote_request_bytes // piece)
        stop = min(max(last + 1, number + self._ahead), number + most, -(-self.size // piece))
        stop = next((known for known in range(number + 1, stop) if known in self._pieces), stop)
        start, end = number * piece, min(stop * piece, self.size)
        self._spend(end - start)
        try:
            data = self._fetch(start, end - start)
        except TargetError as cause:
            raise OSError(f"{cause}; {cause.hint}" if cause.hint else str(cause)) from cause
        for at in range(number, stop):
            self._pieces[at] = data[(at - number) * piece : (at - number + 1) * piece]
        self._next = stop
        found = self._pieces[number]
        while len(self._pieces) * piece > self._limits.remote_cache_bytes:
            self._pieces.popitem(last=False)
        return found

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            told = f"more than {self._limits.remote_file_bytes} bytes of it would have to be fetched"
            raise OSError(f"{told} (limits.remote_file_bytes)")
        self._allowance.spend(count)
