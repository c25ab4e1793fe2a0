"""Asks an MLflow server over REST; what another server answers than the one that the user named is never taken."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urlencode

from driftseal.canonical import parse_json
from driftseal.collect.mlflows.absent import Absent
from driftseal.collect.models.remote import Allowance
from driftseal.collect.registries import _addresses
from driftseal.collect.registries._client import Client
from driftseal.collect.registries._pour import Pour, PouringClient
from driftseal.collect.registries.base import Index
from driftseal.errors import AccessRefused, FormatError, ProtocolError, TargetError
from driftseal.limits import KIB, Limits
from driftseal.model.item import Json
from driftseal.narrow import text_or_empty

if TYPE_CHECKING:
    import requests

_API: Final = "api/2.0/"
_WORKSPACE: Final = "X-MLFLOW-WORKSPACE"
_RANGE: Final = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_FETCH: Final = "try --download, or download the model with MLflow and scan its folder"
_OK: Final = 200
_PARTIAL: Final = 206
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_UNKNOWN: Final = frozenset({400, 404})
_ERROR: Final = 4 * KIB
"""Bytes of an answer that are looked through for the word by which MLflow tells errors apart."""


class MlflowClient(Client):
    """See ``Client``. Only the server itself is asked: what sends on to another is refused."""

    def __init__(self, index: Index, environment: Mapping[str, str], limits: Limits, workspace: str = "") -> None:
        super().__init__(index, environment, limits)
        self._workspace = workspace

    def address(self, path: str, /, **query: str) -> str:
        """A URL of the server; what is empty is left out of the query."""
        told = urlencode({key: value for key, value in query.items() if value}, errors="replace")
        return f"{self.index.url}{path}" + (f"?{told}" if told else "")

    def api(self, path: str, name: str, /, **query: str) -> dict[str, Json]:
        """An answer of the REST interface; ``name`` is what it is about, for messages.

        Raises:
            Absent: the server does not know it.
            TargetError: the server cannot be asked, refuses, or is no MLflow server.
        """
        url = self.address(_API + path, **query)
        answer = self._get(url, name, {"Accept": "application/json"}, self.limits.file_bytes, packed=False)
        try:
            value = parse_json(answer.body, name, self.limits).value
        except FormatError:
            value = None
        if not isinstance(value, dict):
            raise self._stranger(name)
        return value

    def whole(self, url: str, name: str, most: int) -> bytes:
        """All of a small file.

        Raises:
            TargetError: it cannot be had, or is larger than ``most``.
        """
        return self._get(url, name, {"Accept": "*/*"}, most, packed=False).body

    def part(self, url: str, name: str, offset: int, count: int, size: int) -> bytes:
        """So many bytes from an offset on.

        Raises:
            TargetError: they cannot be had, or the server sends others than it was asked for.
        """
        last = offset + count - 1
        asked = {"Accept": "*/*", "Range": f"bytes={offset}-{last}"}
        answer = self._get(url, name, asked, self.limits.file_bytes, packed=True)
        told = _RANGE.fullmatch(answer.part.strip())
        if told is None or tuple(map(int, told.groups())) != (offset, last, size) or len(answer.body) != count:
            raise ProtocolError(f"{name}: the server sends another part than it was asked for", hint=_FETCH)
        return answer.body

    def download(self, url: str, name: str, size: int, file: IO[bytes], allowance: Allowance) -> None:
        """Write all of a file, ``size`` bytes long; a connection that breaks off costs what was not sent yet.

        Raises:
            TargetError: it cannot be had, or has another size.
            OSError: there is no room for it, or ``allowance`` is used up.
        """
        # A server that keeps its files elsewhere fetches all of one before it sends the first byte.
        patient = replace(
            self.limits,
            request_seconds=self.limits.download_seconds,
            download_seconds=self.limits.remote_whole_seconds,
        )
        with _Pouring(self.index, self._environment, patient, self._workspace) as client:
            client.pour(url, name, Pour(file, size, allowance.spend, patience=self.limits.download_seconds))

    def _asked(self, url: str, headers: dict[str, str], deadline: float) -> requests.Response:
        """See ``Client``."""
        own = {_WORKSPACE: self._workspace} if self._workspace else {}
        return super()._asked(url, {**headers, **own}, deadline)

    def _refuse_unsafe(self, url: str, name: str) -> None:
        """The address is the user's own choice, http too; any other origin is somebody else's."""
        if _addresses.origin(url) == _addresses.origin(self.index.url):
            return
        raise TargetError(
            f"{name}: the server sends on to {_addresses.shown(url, self.limits)}, which was not asked",
            hint=f"set {self.index.setting} to the address that answers itself, if you trust it",
        )

    def _refuse_failed(self, response: requests.Response, name: str, url: str) -> None:
        status = response.status_code
        ranged = "Range" in response.request.headers
        if ranged and status == _OK:
            # Told before a byte of it is read: it may be all of the weights.
            raise ProtocolError(f"{name}: the server sends whole files alone, so it was not looked into", hint=_FETCH)
        if status in {_OK, _PARTIAL} and ranged == (status == _PARTIAL):
            return
        if status == _UNAUTHORIZED:
            raise AccessRefused(
                f"{name}: the MLflow server refuses access ({status})",
                hint="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, as it wants",
            )
        if status == _FORBIDDEN:
            raise AccessRefused(
                f"{name}: the MLflow server refuses access ({status})",
                hint="see whether this user may read the model, and whether the server allows this host name",
            )
        if status in _UNKNOWN:
            raise Absent(f"{name}: is not known there ({status})") if _error(response) else self._stranger(name)
        super()._refuse_failed(response, name, url)

    def _stranger(self, name: str) -> ProtocolError:
        return ProtocolError(
            f"{name}: {_addresses.shown(self.index.url, self.limits)} does not answer as MLflow does",
            hint=f"see whether {self.index.setting} is right",
        )

    def _unreached(self, name: str, url: str, why: str) -> TargetError:
        return TargetError(
            f"{name}: {_addresses.shown(url, self.limits)} cannot be reached: {why}",
            hint=f"see whether the MLflow server runs, and whether {self.index.setting} is right",
        )


class _Pouring(PouringClient, MlflowClient):
    """Writes what it is sent into a file, where it has too many bytes to be held."""


def _error(response: requests.Response) -> str:
    """The word of MLflow for what went wrong; empty where somebody else answers."""
    from urllib3.exceptions import HTTPError

    try:
        value = json.loads(response.raw.read(_ERROR, decode_content=True))
    except (HTTPError, OSError, ValueError, RecursionError):
        return ""
    return text_or_empty(value.get("error_code")) if isinstance(value, dict) else ""
