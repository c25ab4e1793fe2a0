"""Asks the Hugging Face Hub, or a server that speaks as it does; its errors are told in its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final

from driftseal.collect.models.hub_settings import Settings
from driftseal.collect.registries import _addresses
from driftseal.collect.registries._client import Client, TryAgain
from driftseal.collect.registries._pour import Pour, PouringClient
from driftseal.errors import AccessRefused, ProtocolError, TargetError
from driftseal.limits import Limits

if TYPE_CHECKING:
    import requests

_RANGE: Final = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_RESET: Final = re.compile(r";\s*t=([0-9]{1,9})")
"""Seconds until the quota is filled again, in the header ``RateLimit``: ``"api";r=0;t=42``."""
_FETCH: Final = "try --download, or download the model and scan its folder"
_OK: Final = 200
_PARTIAL: Final = 206
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_ABSENT: Final = 404
_TOO_OFTEN: Final = 429

_MEANINGS: Final = {
    "GatedRepo": (
        "is gated: only those whom its owner lets in may read it",
        "ask for access at {page}, {token}",
    ),
    "RevisionNotFound": ("has no branch, tag or commit of that name", "see those at {page}"),
    "EntryNotFound": ("is not there", "see the files at {page}"),
    "DisabledRepo": ("was disabled by the Hub", "see {page}"),
}
"""What ``X-Error-Code`` says, and what to do about it."""
_CLOSED: Final = frozenset({"GatedRepo", "DisabledRepo"})


class AskedTooOften(TargetError):
    """The Hub answers nobody who asks from here any more, for longer than we wait."""


class Unknown(AccessRefused):
    """The Hub does not know what was asked for, or hides it."""


class HubClient(Client):
    """See ``Client``."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], limits: Limits, *, page: str) -> None:
        """``page`` is where a person sees the model, for messages."""
        super().__init__(settings.index, environment, limits)
        self._settings = settings
        self._page = page

    def known(self, url: str, name: str, accept: str) -> bytes | None:
        """A document that not every server has which stands for the Hub; ``None`` where this one has none.

        Raises:
            TargetError: it cannot be had.
        """
        try:
            return self.document(url, name, accept).body
        except Unknown:
            return None

    def whole(self, url: str, name: str) -> bytes:
        """All of a small file.

        Raises:
            TargetError: it cannot be had, or is larger than ``limits.file_bytes``.
        """
        return self._get(url, name, {"Accept": "*/*"}, self.limits.file_bytes, packed=False).body

    def part(self, url: str, name: str, offset: int, count: int, size: int) -> bytes:
        """So many bytes from an offset on, of a file that the Hub says to be ``size`` bytes long.

        Raises:
            TargetError: they cannot be had, the server sends other bytes than it was asked for, or the size is a lie.
        """
        last = offset + count - 1
        asked = {"Accept": "*/*", "Range": f"bytes={offset}-{last}"}
        answer = self._get(url, name, asked, self.limits.file_bytes, packed=True)
        told = _RANGE.fullmatch(answer.part.strip())
        if told is None or (int(told[1]), int(told[2])) != (offset, last):
            raise ProtocolError(f"{name}: the server sends another part than it was asked for", hint=_FETCH)
        if int(told[3]) != size:
            raise ProtocolError(
                f"{name}: is told to have {size} bytes, and the server says {int(told[3])}", hint=_FETCH
            )
        if len(answer.body) != count:
            raise ProtocolError(f"{name}: {len(answer.body)} bytes were sent where {count} were asked for", hint=_FETCH)
        return answer.body

    def download(self, url: str, name: str, size: int, file: IO[bytes], spend: Callable[[int], None]) -> None:
        """Write all of a file that the Hub says to be ``size`` bytes long, and ``spend`` them. See ``_pour``.

        Raises:
            TargetError: it cannot be had, or has another size.
            OSError: there is no room for it, or ``spend`` refuses.
        """
        patient = replace(self.limits, download_seconds=self.limits.remote_whole_seconds)
        with _Pouring(self._settings, self._environment, patient, page=self._page) as client:
            client.pour(url, name, Pour(file, size, spend, patience=self.limits.download_seconds))

    def _refuse_failed(self, response: requests.Response, name: str, url: str) -> None:
        status = response.status_code
        if "Range" in response.request.headers and status in {_OK, _PARTIAL}:
            if status == _OK:
                # Told before a byte of it is read: it may be all of the weights.
                raise ProtocolError(
                    f"{name}: the server sends whole files alone, so it was not looked into", hint=_FETCH
                )
            return
        if status == _TOO_OFTEN:
            told = _RESET.search(response.headers.get("RateLimit", "")[: self.limits.header_bytes])
            wait = _addresses.retry_after(response.headers.get("Retry-After", ""))
            raise TryAgain("it answers 429", float(told[1]) if wait is None and told else wait)
        refused = self._refusal(status, response.headers.get("X-Error-Code", ""), name)
        if refused is not None:
            raise refused
        super()._refuse_failed(response, name, url)

    def _refusal(self, status: int, code: str, name: str) -> TargetError | None:
        """What the Hub means, which it says in a header of its own; it hides private models behind 401 and 404."""
        token = self._settings.token_from
        if code in _MEANINGS:
            why, mend = _MEANINGS[code]
            kind = AccessRefused if code in _CLOSED else TargetError
            whose = (
                f"as the account of the token in {token}" if token else "and set HF_TOKEN to a token of that account"
            )
            return kind(f"{name}: {why} ({status})", hint=mend.format(page=self._page, token=whose))
        if status == _UNAUTHORIZED and token and code != "RepoNotFound":
            why = f"the token in {token} is not accepted"
            mend = f"make a new one that may read, or {'run: hf auth login' if '/' in token else 'unset it'}"
        elif status in {_UNAUTHORIZED, _ABSENT}:
            why = "does not exist, or is private"
            needed = f"a token of an account with access, which that in {token} is not" if token else "HF_TOKEN"
            mend = f"see how it is written; a private one needs {needed}"
        elif status == _FORBIDDEN:
            why = "the Hub refuses access"
            mend = f"see whether the token in {token} may read this model" if token else "set HF_TOKEN"
        else:
            return None
        kind = Unknown if status == _ABSENT else AccessRefused
        return kind(f"{name}: {why} ({status})", hint=mend)

    def _unreached(self, name: str, url: str, why: str) -> TargetError:
        if why.endswith(str(_TOO_OFTEN)):
            return AskedTooOften(
                f"{name}: {_addresses.shown(url, self.limits)} is asked too often from here (429)",
                hint="try again in five minutes; with HF_TOKEN set it answers more often",
            )
        return TargetError(
            f"{name}: {_addresses.shown(url, self.limits)} cannot be reached: {why}",
            hint=f"see whether this machine is online, or set {self.index.setting} to a mirror that it reaches; "
            "what was downloaded before is read with HF_HUB_OFFLINE=1",
        )


class _Pouring(PouringClient, HubClient):
    """Writes what it is sent into a file, where it has too many bytes to be held."""
