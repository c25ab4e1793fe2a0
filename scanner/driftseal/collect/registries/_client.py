"""Asks a package registry over HTTP: bounded in time and size, its redirects followed by hand."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from driftseal import __version__
from driftseal.collect.registries import _addresses
from driftseal.collect.registries.base import Index
from driftseal.errors import AccessRefused, LimitExceeded, TargetError
from driftseal.limits import KIB, Limits

if TYPE_CHECKING:
    import requests

_CHUNK: Final = 64 * KIB
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_OK: Final = 200
_REFUSED: Final = frozenset({401, 403})
_ABSENT: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sent in the end."""

    url: str
    """After redirects; relative links start from here."""
    kind: str
    """Content type without parameters, in lower case."""
    body: bytes = field(repr=False)
    part: str = ""
    """Which part of the whole it is, as ``Content-Range`` tells it; empty for all of it."""


class TryAgain(Exception):
    """This try failed in a way that another may not."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Client:
    """Speaks to one index, and to where it sends us; use as a context manager."""

    def __init__(self, index: Index, environment: Mapping[str, str], limits: Limits) -> None:
        from requests.adapters import HTTPAdapter

        self.index = index
        self.limits = limits
        self._environment = environment
        # No session around it: that would read ~/.netrc, the process's own variables, and redirects' endless bodies.
        self._adapter = HTTPAdapter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._adapter.close()

    def document(self, url: str, name: str, accept: str) -> Answer:
        """A document of the index; ``name`` is what it is about, for messages.

        Raises:
            TargetError: there is none, or it cannot be had; the message holds no credentials.
        """
        return self._get(url, name, {"Accept": accept}, self.limits.file_bytes, packed=False)

    def archive(self, url: str, name: str) -> bytes:
        """The bytes of an archive, as they were hashed. Raises as ``document`` does."""
        return self._get(url, name, {"Accept": "*/*"}, self.limits.package_bytes, packed=True).body

    def _get(self, url: str, name: str, headers: dict[str, str], most: int, *, packed: bool) -> Answer:
        deadline = time.monotonic() + self.limits.download_seconds
        for failed in range(1, self.limits.download_tries + 1):
            try:
                return self._timed(url, name, headers, most, deadline, packed=packed)
            except TryAgain as cause:
                self._wait(cause, failed, name, url, deadline)
        raise self._unreached(name, url, "limits.download_tries allows no try")

    def _wait(self, cause: TryAgain, failed: int, name: str, url: str, deadline: float) -> None:
        """Before it is asked again, after so many tries that failed.

        Raises:
            TargetError: there were enough of them, or the wait is longer than the time that is left.
        """
        wait = cause.wait
        if wait is None:
            # Spread, so that many runs that failed together do not come back together.
            wait = self.limits.retry_seconds * 2 ** (failed - 1) * random.uniform(1, 1.5)  # noqa: S311  # guards nothing
        if failed >= self.limits.download_tries or time.monotonic() + wait > deadline:
            raise self._unreached(name, url, str(cause)) from None
        time.sleep(wait)

    def _timed(
        self, url: str, name: str, headers: dict[str, str], most: int, deadline: float, *, packed: bool
    ) -> Answer:
        """One try in a thread of its own, since a server that drips bytes outlasts every time-out of a socket."""
        answer: Future[Answer] = Future()

        def work() -> None:
            try:
                answer.set_result(self._follow(url, name, headers, most, deadline, packed=packed))
            except BaseException as cause:  # noqa: BLE001  # raised again by whoever waits
                answer.set_exception(cause)

        threading.Thread(target=work, daemon=True).start()
        try:
            return answer.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise self._slow(name) from None

    def _follow(
        self, url: str, name: str, headers: dict[str, str], most: int, deadline: float, *, packed: bool
    ) -> Answer:
        for _ in range(self.limits.redirects + 1):
            self._refuse_unsafe(url, name)
            with self._asked(url, headers, deadline) as response:
                if response.status_code in _REDIRECTS and "Location" in response.headers:
                    url = _addresses.bare(_addresses.joined(url, response.headers["Location"]))
                    continue
                self._refuse_failed(response, name, url)
                kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                body = self._body(response, name, most, deadline, packed=packed)
                return Answer(url, kind, body, response.headers.get("Content-Range", ""))
        raise TargetError(
            f"{name}: more than {self.limits.redirects} redirects, the last to {_addresses.shown(url, self.limits)}",
            hint=f"see whether {self.index.setting} is right",
        )

    def _asked(self, url: str, headers: dict[str, str], deadline: float) -> requests.Response:
        import requests

        # Unpacked by nobody on the way: what is hashed is what was sent.
        sent = {**headers, "User-Agent": f"driftseal/{__version__}", "Accept-Encoding": "identity"}
        if self.index.authorization and _addresses.origin(url) == _addresses.origin(self.index.url):
            sent["Authorization"] = self.index.authorization
        left = max(0.001, min(self.limits.request_seconds, deadline - time.monotonic()))
        try:
            return self._adapter.send(
                requests.Request("GET", url, headers=sent).prepare(),
                stream=True,
                timeout=left,
                verify=self.index.certificates or True,
                proxies=_addresses.proxies(url, self._environment),
            )
        # The causes tell addresses of proxies, with passwords in them: none is shown or kept.
        except requests.exceptions.SSLError:
            raise TargetError(
                f"{_addresses.shown(url, self.limits)}: its certificate is not trusted",
                hint="for a mirror with a certificate of its own, set PIP_CERT or npm's cafile",
            ) from None
        except requests.exceptions.ProxyError:
            raise TryAgain("the proxy does not let us through") from None
        except requests.exceptions.Timeout:
            raise TryAgain("no answer in time") from None
        except requests.exceptions.ConnectionError:
            raise TryAgain("no connection") from None
        except (requests.exceptions.RequestException, OSError, ValueError):
            raise TargetError(
                f"{_addresses.shown(url, self.limits)}: cannot be asked",
                hint=f"see whether {self.index.setting} and the file of certificates are right",
            ) from None

    def _body(self, response: requests.Response, name: str, most: int, deadline: float, *, packed: bool) -> bytes:
        from urllib3.exceptions import HTTPError

        received = bytearray()
        try:
            for chunk in response.raw.stream(_CHUNK, decode_content=not packed):
                received += chunk
                if len(received) > most:
                    raised = "package_bytes" if packed else "file_bytes"
                    raise LimitExceeded(f"{name}: more than {most} bytes were sent", hint=f"raise limits.{raised}")
                if time.monotonic() > deadline:
                    raise self._slow(name)
        except (HTTPError, OSError):
            raise TryAgain("the connection broke off") from None
        return bytes(received)

    def _refuse_unsafe(self, url: str, name: str) -> None:
        """HTTPS alone; HTTP on this machine, where the index lies there too, so that no stranger sends us to it."""
        parts = urlsplit(url)
        local = _addresses.is_loopback(parts.hostname or "")
        if parts.hostname and (
            parts.scheme == "https"
            or (parts.scheme == "http" and local and _addresses.is_loopback(urlsplit(self.index.url).hostname or ""))
        ):
            return
        raise TargetError(
            f"{name}: is offered at {_addresses.shown(url, self.limits)}, and only https is asked",
            hint=f"set an address with https in {self.index.setting}",
        )

    def _refuse_failed(self, response: requests.Response, name: str, url: str) -> None:
        status = response.status_code
        if status == _OK:
            return
        place = _addresses.shown(url, self.limits)
        if status in _AGAIN:
            wait = _addresses.retry_after(response.headers.get("Retry-After", ""))
            raise TryAgain(f"it answers {status}", wait)
        if status in _REFUSED:
            raise AccessRefused(
                f"{name}: {place} refuses access ({status})",
                hint=f"give its credentials where {self.index.setting} is set, or see whether the name is right",
            )
        if status in _ABSENT:
            raise TargetError(
                f"{name}: is not known at {place} ({status})",
                hint=f"see how it is written, and whether {self.index.setting} names the registry that has it",
            )
        raise TargetError(f"{name}: {place} answers {status}", hint=f"see whether {self.index.setting} is right")

    def _unreached(self, name: str, url: str, why: str) -> TargetError:
        return TargetError(
            f"{name}: {_addresses.shown(url, self.limits)} cannot be reached: {why}",
            hint=f"see whether this machine is online, or set {self.index.setting} to a mirror that it reaches",
        )

    def _slow(self, name: str) -> LimitExceeded:
        return LimitExceeded(
            f"{name}: not there after {self.limits.download_seconds:g} s",
            hint="try again, or raise limits.download_seconds",
        )
