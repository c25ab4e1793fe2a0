"""Where a result points in SARIF: the file to blame first, the item beside it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from driftseal.canonical import show
from driftseal.model.finding import Location, Region
from driftseal.model.item import Json
from driftseal.report._index import Index

ROOT: Final = "%SRCROOT%"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_FILE: Final = re.compile(r"[^\s:?*\"<>|]+\.[A-Za-z0-9]+")
_STAND_IN: Final = "mcp-server/"


def place(where: Location, own: str, index: Index, *, code: str = "") -> dict[str, Json]:
    """A SARIF location (section 3.28). GitHub shows no result without a file, so there is always one.

    ``code`` is the line there, where it is known.
    """
    identity = where.target or own
    kind, name = index.kind_and_name(identity, where.item)
    target = index.target(identity)
    owner = target.name if target is not None else identity
    logical: dict[str, Json] = {
        "name": show(name) or kind,
        "fullyQualifiedName": show("/".join(part for part in (owner, where.item + where.pointer) if part)),
        "kind": kind,
    }
    uri, region = (where.uri, where.region) if _is_file(where.uri, identity, index) else _written_down(identity, index)
    snippet: dict[str, Json] = {"snippet": {"text": show(code)}} if code else {}
    return {
        "physicalLocation": {"artifactLocation": artifact(uri), "region": {**_region(region), **snippet}},
        "logicalLocations": [logical],
    }


def _region(region: Region) -> dict[str, Json]:
    """SARIF, section 3.30: lines and columns from 1; GitHub wants a line in any case."""
    told: dict[str, Json] = {"startLine": max(region.start_line, 1)}
    if region.start_line:
        told |= {"startColumn": region.start_column} if region.start_column else {}
        told |= {"endLine": region.end_line} if region.end_line >= region.start_line else {}
        if region.end_column and (region.end_line > region.start_line or region.end_column >= region.start_column):
            told["endColumn"] = region.end_column
    return told


def artifact(uri: str) -> dict[str, Json]:
    """An artifact location (section 3.4): a path relative to the scanned root, or an absolute one."""
    if _DRIVE.match(uri) or uri.startswith("/"):
        return {"uri": "file:///" + _escaped(uri.replace("\\", "/").lstrip("/"))}
    path = uri.removeprefix("./")
    # A colon in the first segment would read as a scheme (RFC 3986, section 4.2).
    return {"uri": _escaped(path).replace(":", "%3A"), "uriBaseId": ROOT}


def _escaped(path: str) -> str:
    return quote(path.encode("utf-8", "surrogatepass"), safe="/:@-._~")


def _is_file(uri: str, identity: str, index: Index) -> bool:
    """A command or a URL is where a server was found, too, but no file that GitHub could show."""
    target = index.target(identity)
    named = target is not None and uri == target.reference and not _FILE.fullmatch(uri)
    return bool(uri) and not _SCHEME.match(uri) and not named


def _written_down(identity: str, index: Index) -> tuple[str, Region]:
    """The file and line that the target was found in, or a name that stands for a server without any."""
    home = index.home(identity)
    if home is not None and _is_file(home.uri, identity, index):
        return home.uri, Region(start_line=home.line)
    target = index.target(identity)
    if target is None:
        return _STAND_IN + identity, Region()
    file = target.reference.partition("#")[0]
    return (file if _FILE.fullmatch(file) else _STAND_IN + target.name), Region()
