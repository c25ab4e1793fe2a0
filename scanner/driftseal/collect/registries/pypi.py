"""The Python Package Index and its mirrors, by the simple repository API."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING, Final

from driftseal.canonical import show
from driftseal.collect.registries import _addresses, _settings, _simple
from driftseal.collect.registries._simple import File
from driftseal.collect.registries.base import Index, Registry, Release, Wanted
from driftseal.errors import TargetError
from driftseal.formats.archive import Contents, Problem
from driftseal.model.item import Json

if TYPE_CHECKING:
    from packaging.version import Version

    from driftseal.collect.registries._client import Client

_DEFAULT: Final = "https://pypi.org/simple/"
_SETTING: Final = "PIP_INDEX_URL (or index-url= in the user's pip.conf)"
_REFERENCE: Final = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[\w,. -]*\])?(?:==([\w.!+-]+))?", re.ASCII)
_FORM: Final = "pypi:NAME or pypi:NAME==VERSION; ranges are not resolved"
_SDISTS: Final = (".tar.gz", ".zip")
_METADATA: Final = "METADATA"
_ENTRY_POINTS: Final = "entry_points.txt"


class PyPi(Registry):
    """See `Registry`."""

    name = "pypi"

    def wanted(self, text: str) -> Wanted:
        """See `Registry.wanted`. Extras are other packages, and left out."""
        from packaging.utils import canonicalize_name

        found = _REFERENCE.fullmatch(text)
        if found is None:
            raise self.refused(text, _FORM)
        return Wanted(canonicalize_name(found[1]), found[2] or "")

    def index(self, wanted: Wanted) -> Index:
        """See `Registry.index`. An ``extra-index-url`` is not asked: whoever registers a name there first, wins."""
        del wanted
        settings = _settings.pip(self.environment, self.home, self.limits)
        url, authorization = _addresses.parse(settings.get("index-url") or _DEFAULT, _SETTING)
        certificates = _settings.bundle(self.environment, self.home, settings.get("cert", ""))
        return Index(url, _SETTING, authorization, certificates)

    def release(self, wanted: Wanted, client: Client) -> Release:
        """See `Registry.release`."""
        about = f"pypi:{wanted.name}"
        answer = client.document(f"{client.index.url}{wanted.name}/", about, _simple.ACCEPT)
        listed = _simple.files(answer.body, answer.kind, answer.url, about, self.limits)
        by_version: dict[Version, list[File]] = {}
        for file in listed:
            version = _version(file.filename[: self.limits.url_bytes], wanted.name)
            if version is not None:
                by_version.setdefault(version, []).append(file)
        version = _chosen(wanted, by_version)
        best, *others = sorted(by_version[version], key=_preference)
        problems = () if best.yanked is None else (Problem("", f"was yanked: {show(best.yanked) or 'no reason told'}"),)
        return Release(
            wanted.name,
            str(version),
            best.filename,
            _addresses.bare(best.url),
            best.hashes,
            0 if best.filename.endswith(".whl") else 1,
            problems,
            tuple(sorted(file.filename for file in others)),
        )

    def metadata(self, release: Release, contents: Contents) -> tuple[dict[str, Json], list[Problem]]:
        """See `Registry.metadata`: core metadata under ``METADATA``, of a source archive too."""
        said: dict[str, Json] = {}
        problems: list[Problem] = []
        for path, data in contents.members:
            what = _describes(path, release)
            if not what:
                continue
            if len(data) > self.limits.document_bytes:
                problems.append(Problem(show(path), f"larger than {self.limits.document_bytes} bytes"))
            elif what == _METADATA:
                said[what], further = _metadata(data, release)
                problems += [Problem(show(path), why) for why in further]
            else:
                try:
                    said[what] = _entry_points(data)
                except (configparser.Error, UnicodeDecodeError):
                    problems.append(Problem(show(path), "is no list of entry points"))
        if _METADATA not in said:
            problems.append(Problem(_METADATA, "is not in the package"))
        return said, problems


def _version(filename: str, name: str) -> Version | None:
    """The version that an archive's name tells; None for another package's, and for forms that are not read."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        canonicalize_name,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    try:
        if filename.endswith(".whl"):
            found, version, *_ = parse_wheel_filename(filename)
        elif filename.endswith(_SDISTS):
            found, version = parse_sdist_filename(filename)
        else:
            return None
    except (InvalidSdistFilename, InvalidWheelFilename, ValueError):
        return None
    return version if canonicalize_name(found) == name else None


def _chosen(wanted: Wanted, by_version: dict[Version, list[File]]) -> Version:
    """The pinned version, yanked or not (PEP 592); else the newest that is neither yanked nor a pre-release."""
    from packaging.version import Version

    standing = [version for version, files in by_version.items() if any(file.yanked is None for file in files)]
    candidates = [version for version in standing if not version.is_prerelease] or standing
    newest = max(candidates, default=None)
    if not wanted.version:
        if newest is None:
            raise TargetError(f"pypi:{wanted.name}: has no version that can be read", hint="pin one with ==")
        return newest
    try:
        version = Version(wanted.version)
    except ValueError:  # also where a number in it is too long to count with
        version = None
    if version is None or version not in by_version:
        raise TargetError(
            f"pypi:{wanted.name}: has no version {wanted.version}", hint=f"its newest is {newest or 'not told'}"
        )
    return next(known for known in by_version if known == version)


def _preference(file: File) -> tuple[bool, bool, bool, bool, str]:
    """What is not yanked first, then wheels, which hold what installs; among them the one for every platform."""
    wheel = file.filename.endswith(".whl")
    return (
        file.yanked is not None,
        not wheel,
        not file.filename.endswith("-any.whl"),
        "linux" not in file.filename,
        file.filename,
    )


def _describes(path: str, release: Release) -> str:
    """Which document a member is, told by its place; a wheel's folder for them bears its name, as pip demands."""
    from packaging.utils import canonicalize_name

    folder, _, file = path.rpartition("/")
    if not release.filename.endswith(".whl"):
        if file == _ENTRY_POINTS and folder.endswith(".egg-info"):
            return _ENTRY_POINTS
        return _METADATA if path == "PKG-INFO" else ""
    owner = folder.removesuffix(".dist-info").rpartition("-")[0]
    own = folder.endswith(".dist-info") and canonicalize_name(owner) == release.name
    return file if own and file in {_METADATA, _ENTRY_POINTS} else ""


def _metadata(data: bytes, release: Release) -> tuple[Json, list[str]]:
    """Core metadata, and what is odd about it."""
    from packaging.metadata import parse_email
    from packaging.utils import canonicalize_name, canonicalize_version

    raw, rest = parse_email(data)
    odd = [f"cannot be read: {show(key[:120])}" for key in rest]
    if canonicalize_name(raw.get("name", "")) != release.name:
        odd.append(f"says another name than the index: {show(raw.get('name', '')[:120])}")
    if canonicalize_version(raw.get("version", "")) != canonicalize_version(release.version):
        odd.append(f"says another version than the index: {show(raw.get('version', '')[:120])}")
    return {key: _json(value) for key, value in raw.items()}, odd


def _entry_points(data: bytes) -> dict[str, Json]:
    """Groups of names and what they call, as the entry points specification writes them."""
    parser = configparser.RawConfigParser(delimiters=("=",), default_section="\0", strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case, the manual says so
    parser.read_string(data.decode("utf-8"))
    return {group: dict(parser.items(group)) for group in parser.sections()}


def _json(value: object) -> Json:
    if isinstance(value, dict):
        return {str(key): str(text) for key, text in value.items()}
    return [str(text) for text in value] if isinstance(value, list) else str(value)
