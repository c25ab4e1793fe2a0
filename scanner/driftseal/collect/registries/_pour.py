"""A large file, written as it comes; where the connection breaks off, the rest of it is asked for, and no more.

What came before counts only while the file is the same one: ``If-Range`` (RFC 9110, section 13.1.5) makes the server
send all of another one, and an answer that does not fit is begun anew.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Final

from driftseal.collect.registries._client import Client, TryAgain
from driftseal.errors import ProtocolError
from driftseal.limits import MIB

if TYPE_CHECKING:
    import requests

_RANGE: Final = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_OK: Final = 200
_PARTIAL: Final = 206
_BEYOND: Final = 416
_WEAK: Final = "W/"


class Pour:
    """How far one file has come."""

    def __init__(self, file: IO[bytes], size: int, spend: Callable[[int], None], *, patience: float) -> None:
        """``size`` is what the file is told to have; ``spend`` is told of every byte, and may refuse it.

        ``patience`` is how many seconds a server may ask us to wait at once, however long the file may take.
        """
        self.size = size
        self.patience = patience
        self.at = 0
        self._file = file
        self._spend = spend
        self._version = ""

    def headers(self) -> dict[str, str]:
        """What asks for the rest."""
        if not self.at:
            return {}
        return {"Range": f"bytes={self.at}-"} | ({"If-Range": self._version} if self._version else {})

    def begin(self, response: requests.Response, name: str) -> bool:
        """Whether the answer holds bytes that are wanted; all of the file where it is another than before.

        Raises:
            TryAgain: it holds other bytes than those that were asked for.
            ProtocolError: the file ends before the size that it is told to have.
        """
        version = _version(response)
        if response.status_code == _OK:
            self._restart()
        elif response.status_code == _PARTIAL and self.at:
            told = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
            fits = told is not None and (int(told[1]), int(told[3])) == (self.at, self.size)
            if not fits or version != self._version:
                self._restart()
                raise TryAgain("the file changed while it was fetched")
        elif response.status_code == _BEYOND and self.at:
            raise self._short(name)
        else:
            return False
        self._version = version
        return True

    def take(self, chunk: bytes, name: str) -> None:
        """Write what came.

        Raises:
            ProtocolError: more than the file is told to have.
            OSError: there is no room for it, or ``spend`` refuses.
        """
        if self.at + len(chunk) > self.size:
            raise ProtocolError(
                f"{name}: more than the {self.size} bytes were sent that it is told to have",
                hint="try again; if it stays so, whoever tells its size or serves it is wrong",
            )
        self._spend(len(chunk))
        self._file.write(chunk)
        self.at += len(chunk)

    def _restart(self) -> None:
        if not self.at:
            return
        self.at = 0
        self._file.seek(0)
        self._file.truncate()

    def _short(self, name: str) -> ProtocolError:
        return ProtocolError(
            f"{name}: ends after {self.at} of the {self.size} bytes that it is told to have",
            hint="try again; if it stays so, it was never uploaded whole",
        )


class PouringClient(Client):
    """A client that writes what it is sent; to be put before another kind of client."""

    _pour: Pour

    def pour(self, url: str, name: str, pour: Pour) -> None:
        """All of a file. It is given up after ``limits.download_tries`` tries in a row that brought nothing.

        Raises:
            TargetError: it cannot be had, or has another size than it is told to have.
            OSError: there is no room for it.
        """
        self._pour = pour
        deadline = time.monotonic() + self.limits.download_seconds
        failed, furthest = 0, 0
        while True:
            try:
                self._timed(url, name, {"Accept": "*/*"}, pour.size, deadline, packed=True)
            except TryAgain as cause:
                # What was fetched before and begun anew is no way forward.
                failed = 1 if pour.at > furthest else failed + 1
                furthest = max(furthest, pour.at)
                self._wait(cause, failed, name, url, min(deadline, time.monotonic() + pour.patience))
            else:
                return

    def _asked(self, url: str, headers: dict[str, str], deadline: float) -> requests.Response:
        """See ``Client``."""
        return super()._asked(url, {**headers, **self._pour.headers()}, deadline)

    def _refuse_failed(self, response: requests.Response, name: str, url: str) -> None:
        """See ``Client``."""
        if not self._pour.begin(response, name):
            super()._refuse_failed(response, name, url)

    def _body(self, response: requests.Response, name: str, most: int, deadline: float, *, packed: bool) -> bytes:
        """See ``Client``. Nothing of it is held."""
        from urllib3.exceptions import HTTPError

        del most
        chunks = response.raw.stream(MIB, decode_content=not packed)
        while True:
            try:
                chunk = next(chunks, b"")
            except (HTTPError, OSError):
                raise TryAgain("the connection broke off") from None
            if not chunk:
                break
            self._pour.take(chunk, name)
            if time.monotonic() > deadline:
                raise self._slow(name)
        if self._pour.at < self._pour.size:
            # An old proxy tells the end of a file by hanging up, and so does one that breaks off.
            raise TryAgain(f"it ends after {self._pour.at} of {self._pour.size} bytes")
        return b""


def _version(response: requests.Response) -> str:
    """What tells one file from another at the same address; a weak tag does not."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith(_WEAK) else response.headers.get("Last-Modified", "")
