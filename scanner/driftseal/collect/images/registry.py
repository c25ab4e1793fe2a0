"""Asks a registry that speaks the OCI distribution protocol (1.1): manifests, blobs, referrers, tokens.

Every digest is computed from the bytes that came; what the registry says of them is only compared.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode, urlsplit

from driftseal import canonical
from driftseal.canonical import show
from driftseal.collect.images import credentials
from driftseal.collect.images.manifest import ACCEPTED, Descriptor
from driftseal.collect.registries import _addresses, _settings
from driftseal.collect.registries._client import Client
from driftseal.collect.registries._pour import Pour, PouringClient
from driftseal.collect.registries.base import Index
from driftseal.errors import AccessRefused, FormatError, ProtocolError, TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.narrow import object_or_empty

if TYPE_CHECKING:
    import requests

T = TypeVar("T")
_OK: Final = 200
_PARTIAL: Final = 206
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_ABSENT: Final = 404
_DIGEST: Final = "Docker-Content-Digest"
_RANGE: Final = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")
_PARAMETER: Final = re.compile(r'(?<![A-Za-z_])([A-Za-z_]+)\s?=\s?(?:"([^"\\]*)"|([^\s,"]+))')
_TAMPERED: Final = "fetch it again; if it stays so, the registry or somebody on the way changes what it serves"


class Absent(TargetError):
    """The registry does not have it."""


class _Challenged(AccessRefused):
    """The registry wants a token, or a password, first."""

    def __init__(self, message: str, challenge: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.challenge = challenge


class Registry(Client):
    """One repository of one registry."""

    def __init__(
        self, host: str, repository: str, environment: Mapping[str, str], home: Path, limits: Limits, *, private: str
    ) -> None:
        """``host`` may have a port; on this machine it is asked over HTTP, as container tools do.

        ``private`` says how to get at what is not for everybody.
        """
        scheme = "http" if _addresses.is_loopback(urlsplit(f"//{host}").hostname or "") else "https"
        index = Index(f"{scheme}://{host}/", "the reference", "", _settings.bundle(environment, home, ""))
        super().__init__(index, environment, limits)
        self._host = host
        self._repository = repository
        self._home = home
        self._private = private
        self._told = ""

    def manifest(self, reference: str, name: str) -> bytes:
        """The bytes of a manifest or index, by tag or digest.

        Raises:
            Absent: there is none.
            TargetError: it cannot be had, or is not what its digest or the registry says.
        """
        self._told = ""
        data = self._document("manifests", reference, name)
        found = Digest.of(data)
        if reference.startswith("sha256:") and str(found) != reference:
            raise ProtocolError(
                f"{name}: its manifest has the digest {found}, and not the one asked for", hint=_TAMPERED
            )
        if self._told.startswith("sha256:") and self._told != str(found):
            told = show(self._told[: self.limits.name_chars])
            raise ProtocolError(
                f"{name}: its manifest has the digest {found}, and the registry says {told}", hint=_TAMPERED
            )
        return data

    def referrers(self, digest: Digest, name: str) -> bytes | None:
        """The index of what says something about a manifest; ``None`` where there is none.

        Raises:
            TargetError: the registry cannot be asked.
        """
        for kind, reference in (("referrers", str(digest)), ("manifests", str(digest).replace(":", "-"))):
            try:
                return self._document(kind, reference, name)
            except Absent:
                continue
        return None

    def blob(self, wanted: Descriptor, name: str) -> bytes:
        """All of a small blob, checked.

        Raises:
            TargetError: it cannot be had, or its bytes are others than its digest says.
        """
        data = self._allowed(lambda: self.archive(self._url("blobs", str(wanted.digest)), name))
        algorithm = wanted.digest.algorithm
        if Digest(algorithm, hashlib.new(algorithm, data).hexdigest()) != wanted.digest or len(data) != wanted.size:
            raise ProtocolError(
                f"{name}: its bytes are not those that the manifest names ({wanted.digest})", hint=_TAMPERED
            )
        return data

    def part(self, wanted: Descriptor, name: str, offset: int, count: int) -> bytes:
        """So many bytes of a blob from an offset on; no digest can be computed from them.

        Raises:
            TargetError: they cannot be had, or the registry sends others than it was asked for.
        """
        last = offset + count - 1
        asked = {"Accept": "*/*", "Range": f"bytes={offset}-{last}"}
        url = self._url("blobs", str(wanted.digest))
        answer = self._allowed(lambda: self._get(url, name, asked, self.limits.file_bytes, packed=True))
        told = _RANGE.fullmatch(answer.part.strip())
        if told is None or tuple(map(int, told.groups())) != (offset, last, wanted.size) or len(answer.body) != count:
            raise ProtocolError(f"{name}: the registry sends another part than it was asked for", hint=_TAMPERED)
        return answer.body

    def download(self, wanted: Descriptor, name: str, file: IO[bytes], spend: Callable[[int], None]) -> None:
        """Write all of a blob, and ``spend`` its bytes. Nothing of it is compared here. See ``_pour``.

        Raises:
            TargetError: it cannot be had, or has another size than the manifest names.
            OSError: there is no room for it, or ``spend`` refuses.
        """
        patient = replace(self.limits, download_seconds=self.limits.remote_whole_seconds)
        parts = (self._host, self._repository, self._environment, self._home, patient)
        pour = Pour(file, wanted.size, spend, patience=self.limits.download_seconds)
        with _Pouring(*parts, private=self._private) as client:
            client.index = self.index
            client.fetch(wanted, name, pour)

    def _document(self, kind: str, reference: str, name: str) -> bytes:
        url = self._url(kind, reference)
        return self._allowed(lambda: self.document(url, name, ", ".join(ACCEPTED)).body)

    def _url(self, kind: str, reference: str) -> str:
        return f"{self.index.url}v2/{self._repository}/{kind}/{reference}"

    def _allowed(self, ask: Callable[[], T]) -> T:
        """Ask; where the registry wants a token, get one and ask once more."""
        try:
            return ask()
        except _Challenged as cause:
            authorization = self._authorization(cause)
        self.index = replace(self.index, authorization=authorization)
        try:
            return ask()
        except _Challenged as cause:
            raise AccessRefused(str(cause), hint=cause.hint) from None

    def _authorization(self, refusal: _Challenged) -> str:
        scheme, _, rest = refusal.challenge.strip().partition(" ")
        user = credentials.basic(self._host, self._environment, self._home, self.limits)
        if scheme.lower() == "basic" and user and not self.index.authorization:
            return user
        found = {match[1].lower(): match[2] or match[3] or "" for match in _PARAMETER.finditer(rest)}
        realm = _addresses.bare(found.get("realm", ""))
        if scheme.lower() != "bearer" or not realm:
            raise AccessRefused(str(refusal), hint=refusal.hint) from None
        # By the rules for the registry itself, or it could send us to whatever listens on this machine.
        self._refuse_unsafe(realm, self._host)
        query = {"scope": f"repository:{self._repository}:pull"}
        if found.get("service"):
            query["service"] = found["service"]
        index = Index(realm, "the registry", user, self.index.certificates)
        with Client(index, self._environment, self.limits) as client:
            name = f"a token for {self._repository}"
            data = client.document(f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}", name, "application/json")
        try:
            value = object_or_empty(canonical.parse_json(data.body, name, self.limits).value)
        except FormatError as cause:
            raise ProtocolError(f"{self._host}: what should be a token is no JSON", hint=refusal.hint) from cause
        token = value.get("token") or value.get("access_token")
        if not isinstance(token, str) or not token.isprintable() or not token.isascii():
            raise ProtocolError(f"{self._host}: gives no token", hint=refusal.hint)
        return f"Bearer {token}"

    def _refuse_failed(self, response: requests.Response, name: str, url: str) -> None:
        status = response.status_code
        own = _addresses.origin(url) == _addresses.origin(self.index.url)
        ranged = "Range" in response.request.headers
        if ranged and status == _OK:
            # Told before a byte of it is read: it may be all of the weights.
            hint = "try --download, or pull it and scan the folder"
            raise ProtocolError(f"{name}: the registry sends whole blobs alone, so it was not looked into", hint=hint)
        if status in {_OK, _PARTIAL} and ranged == (status == _PARTIAL):
            self._told = response.headers.get(_DIGEST, "").strip() if own else self._told
            return
        if status == _UNAUTHORIZED and own:
            raise _Challenged(
                f"{name}: {show(self._host)} refuses access (401): it does not exist, is private, or wants a login",
                response.headers.get("WWW-Authenticate", "")[: self.limits.header_bytes],
                hint=f"see how it is written; {self._private}",
            )
        if status == _FORBIDDEN and own:
            raise AccessRefused(
                f"{name}: {show(self._host)} refuses access (403)", hint=f"see who may read it; {self._private}"
            )
        if status == _ABSENT:
            raise Absent(
                f"{name}: is not known at {show(self._host)} (404)", hint="see how its name and its tag are written"
            )
        super()._refuse_failed(response, name, url)

    def _unreached(self, name: str, url: str, why: str) -> TargetError:
        if why.endswith("429"):
            return TargetError(
                f"{name}: {show(self._host)} is asked too often from here (429)",
                hint="try again later; most registries answer those more often who have logged in",
            )
        return super()._unreached(name, url, why)


class _Pouring(PouringClient, Registry):
    """Writes what it is sent into a file, where it has too many bytes to be held."""

    def fetch(self, wanted: Descriptor, name: str, pour: Pour) -> None:
        """All of a blob, with as many tokens as end on the way. Raises as ``Registry.download`` does."""
        before = 0
        while True:
            try:
                self._allowed(lambda: self.pour(self._url("blobs", str(wanted.digest)), name, pour))
            except AccessRefused:
                if pour.at <= before:
                    raise
                before = pour.at
            else:
                return
