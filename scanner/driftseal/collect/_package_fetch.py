"""A package of npm or PyPI, fetched to be read: nothing of it is installed, unpacked to disk or run.

The registry is asked where the user's own installers would ask it, mirrors and certificates included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from driftseal.canonical import show
from driftseal.collect.registries.base import Registry, Release, Wanted
from driftseal.errors import TargetError
from driftseal.formats import archive
from driftseal.formats.archive import Problem
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json

_FORMS = "write npm:NAME@VERSION, pypi:NAME==VERSION, pkg:npm/NAME@VERSION or pkg:pypi/NAME@VERSION"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One version of a package."""

    kind: str
    """``npm`` or ``pypi``."""
    name: str
    version: str
    purl: str
    """Without version: what the package is called from one version to the next."""
    members: tuple[tuple[str, bytes], ...] = field(repr=False)
    """Files by path; those of an npm package without the folder around them."""
    problems: tuple[Problem, ...]
    """What is odd about the archive, or of it could not be read."""
    metadata: Mapping[str, Json] = field(repr=False)
    """By file: ``package.json``; ``METADATA`` and ``entry_points.txt``. ``archive`` tells which file was read, its
    digest, and which others the version has."""


def fetch(reference: str, limits: Limits, *, environment: Mapping[str, str], home: Path) -> Fetched:
    """Ask the registry for the package, and read the archive that it answers with.

    Raises:
        TargetError: no such package or version, no answer, or an archive other than the registry promised.
    """
    from packageurl import PackageURL

    from driftseal.collect.registries import _integrity
    from driftseal.collect.registries._client import Client

    registry, wanted = _wanted(reference, limits, environment, home)
    with Client(registry.index(wanted), environment, limits) as client:
        release = registry.release(wanted, client)
        about = f"{registry.name}:{release.name} {release.version}"
        data = client.archive(release.url, about)
    problems = [*release.problems, *_integrity.check(data, release.hashes, about)]
    contents = archive.read(
        data, f"{about} ({show(release.filename[: limits.name_chars])})", limits, strip=release.strip
    )
    metadata, further = registry.metadata(release, contents)
    namespace, _, name = release.name.rpartition("/")
    return Fetched(
        registry.name,
        release.name,
        release.version,
        PackageURL(registry.name, namespace or None, name).to_string(),
        contents.members,
        (*problems, *contents.problems, *further),
        {**metadata, "archive": _archive(release, data)},
    )


def _archive(release: Release, data: bytes) -> Json:
    return {"filename": release.filename, "digest": str(Digest.of(data)), "others": list(release.others)}


def _wanted(reference: str, limits: Limits, environment: Mapping[str, str], home: Path) -> tuple[Registry, Wanted]:
    kind, _, text = reference.partition(":")
    if kind == "pkg":
        kind, text = _from_purl(reference, limits)
    if kind == "npm":
        from driftseal.collect.registries.npm import Npm

        registry: Registry = Npm(environment, home, limits)
    elif kind == "pypi":
        from driftseal.collect.registries.pypi import PyPi

        registry = PyPi(environment, home, limits)
    else:
        raise TargetError(f"{show(reference[: limits.name_chars])}: is of no registry that is asked", hint=_FORMS)
    return registry, registry.wanted(text)


def _from_purl(reference: str, limits: Limits) -> tuple[str, str]:
    """Registry and the rest of a reference, as ``npm:`` and ``pypi:`` take it."""
    from packageurl import PackageURL

    shown = show(reference[: limits.name_chars])
    try:
        purl = PackageURL.from_string(reference)
    except ValueError as cause:
        raise TargetError(f"{shown}: is no package URL", hint=_FORMS) from cause
    if "repository_url" in (purl.qualifiers or {}):
        # Whoever wrote the URL would choose whom we ask; and asking ours finds a stranger's package of that name.
        raise TargetError(
            f"{shown}: names a registry of its own, which is not asked",
            hint="leave repository_url out, and set the registry as for npm or pip",
        )
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    separator = "==" if purl.type == "pypi" else "@"
    return purl.type, f"{name}{separator}{purl.version}" if purl.version else name
