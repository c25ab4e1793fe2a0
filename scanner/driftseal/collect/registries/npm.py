"""The npm registry and its mirrors."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from driftseal.canonical import parse_json, show
from driftseal.collect.registries import _addresses, _settings
from driftseal.collect.registries._integrity import from_hex
from driftseal.collect.registries.base import Index, Registry, Release, Wanted
from driftseal.errors import TargetError
from driftseal.formats.archive import Contents, Problem
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty

if TYPE_CHECKING:
    from driftseal.collect.registries._client import Client

_DEFAULT: Final = "https://registry.npmjs.org/"
_SETTING: Final = "npm_config_registry (or registry= in ~/.npmrc)"
# The short form tells all that is needed, in a tenth of the bytes.
_ACCEPT: Final = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
_REFERENCE: Final = re.compile(r"((?:@[A-Za-z0-9~-][\w.~-]*/)?[A-Za-z0-9~-][\w.~-]*)(?:@([\w.+~-]+))?", re.ASCII)
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,256}")  # no longer than npm's own parser takes
_FORM: Final = "npm:NAME, npm:NAME@VERSION or npm:NAME@TAG; ranges are not resolved"
_MANIFEST: Final = "package.json"


class Npm(Registry):
    """See `Registry`."""

    name = "npm"

    def wanted(self, text: str) -> Wanted:
        """See `Registry.wanted`."""
        found = _REFERENCE.fullmatch(text)
        if found is None:
            raise self.refused(text, _FORM)
        return Wanted(found[1], found[2] or "")

    def index(self, wanted: Wanted) -> Index:
        """See `Registry.index`. A scope has a registry of its own where the user has set one."""
        settings = _settings.npm(self.environment, self.home, self.limits)
        scope = wanted.name.partition("/")[0] if wanted.name.startswith("@") else ""
        scoped = settings.get(f"{scope}:registry", "") if scope else ""
        setting = f"{scope}:registry in ~/.npmrc" if scoped else _SETTING
        url, given = _addresses.parse(scoped or settings.get("registry") or _DEFAULT, setting)
        certificates = _settings.bundle(self.environment, self.home, settings.get("cafile", ""), "NODE_EXTRA_CA_CERTS")
        return Index(url, setting, given or _authorization(url, settings), certificates)

    def release(self, wanted: Wanted, client: Client) -> Release:
        """See `Registry.release`."""
        about = f"npm:{wanted.name}"
        answer = client.document(client.index.url + quote(wanted.name, safe="@"), about, _ACCEPT)
        document = object_or_empty(parse_json(answer.body, about, self.limits).value)
        versions = object_or_empty(document.get("versions"))
        if not versions:
            raise TargetError(f"{about}: has no version, or is withdrawn", hint="see its page at the registry")
        tags = object_or_empty(document.get("dist-tags"))
        asked = wanted.version or "latest"
        version = asked if asked in versions else text_or_empty(tags.get(asked))
        described = object_or_empty(versions.get(version))
        if not described or not _VERSION.fullmatch(version):
            newest = show(text_or_empty(tags.get("latest"))[: self.limits.name_chars])
            raise TargetError(f"{about}: has no version {asked}", hint=f"its newest is {newest or 'not told'}")
        dist = object_or_empty(described.get("dist"))
        url = _tarball(text_or_empty(dist.get("tarball")), client.index.url)
        return Release(wanted.name, version, urlsplit(url).path.rpartition("/")[2], url, tuple(_hashes(dist)), strip=1)

    def metadata(self, release: Release, contents: Contents) -> tuple[dict[str, Json], list[Problem]]:
        """See `Registry.metadata`. The archive's own file: what the registry tells of it may be another."""
        data = dict(contents.members).get(_MANIFEST)
        if data is None:
            return {}, [Problem(_MANIFEST, "is not in the package")]
        try:
            manifest = parse_json(data, _MANIFEST, self.limits).value
        except TargetError as cause:
            return {}, [Problem(_MANIFEST, show(str(cause)))]
        if not isinstance(manifest, dict):
            return {}, [Problem(_MANIFEST, "is no JSON object")]
        problems = [
            Problem(_MANIFEST, f"says another {key} than the registry: {show(str(manifest.get(key))[:120])}")
            for key, told in (("name", release.name), ("version", release.version))
            if manifest.get(key) != told
        ]
        return {_MANIFEST: manifest}, problems


def _authorization(url: str, settings: Mapping[str, str]) -> str:
    """Credentials that ``.npmrc`` holds for this registry, or for a folder above it on the same host."""
    place = url.partition(":")[2]
    while place.count("/") > 2:  # noqa: PLR2004  # //host/ is the shortest
        for form in (place, place.rstrip("/")):
            if token := settings.get(f"{form}:_authToken"):
                return f"Bearer {token}"
            if pair := settings.get(f"{form}:_auth"):
                return f"Basic {pair}"
            user, password = settings.get(f"{form}:username", ""), settings.get(f"{form}:_password", "")
            if user and password:
                return _addresses.basic(user, _decoded(password).decode("utf-8", "replace"))
        place = place.rstrip("/").rpartition("/")[0] + "/"
    return ""


def _tarball(url: str, index: str) -> str:
    """Where the archive lies: a mirror often hands on the address at npmjs, which its users cannot reach."""
    parts = urlsplit(_addresses.bare(url))
    default = urlsplit(_DEFAULT).hostname
    if parts.hostname == default and urlsplit(index).hostname != default:
        return index + parts.path.lstrip("/")
    return parts.geturl()


def _hashes(dist: Mapping[str, Json]) -> list[tuple[str, bytes]]:
    """What the registry tells (Subresource Integrity; SHA-1 alone for what is old)."""
    told: list[tuple[str, bytes]] = []
    for entry in text_or_empty(dist.get("integrity")).split():
        algorithm, _, value = entry.partition("?")[0].partition("-")
        told.append((algorithm, _decoded(value)))
    if shasum := text_or_empty(dist.get("shasum")):
        told.append(("sha1", from_hex(shasum)))
    return told


def _decoded(text: str) -> bytes:
    """Empty, which fits nothing, where it is no Base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
