"""One model at one commit of the Hugging Face Hub: which files it has, and what the Hub claims of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from driftseal.canonical import canonicalize, parse_json, show
from driftseal.errors import ProtocolError, TargetError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty

if TYPE_CHECKING:
    from driftseal.collect.models.hub_client import HubClient

FORM: Final = "hf:ORG/NAME or hf:ORG/NAME@REVISION"
_PREFIX: Final = "hf:"
_NAME: Final = r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}"
_NAMED: Final = re.compile(_NAME, re.ASCII)
_REFERENCE: Final = re.compile(rf"hf:({_NAME})(?:@([\w./+-]{{1,250}}))?", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ODD: Final = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff]|(?:^|/)[.]{0,2}(?:/|$)")
"""Paths that no repository holds, and that would be asked for elsewhere than they say."""
_MOST: Final = 1 << 53
"""Bytes that no file has; the first number that readers of JSON may get wrong (RFC 8259, section 6)."""
_OTHERS: Final = ("datasets/", "spaces/")
_STATUS: Final = ("gated", "private", "disabled")
_KEPT: Final = ("pipeline_tag", "library_name")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model as a person names it."""

    name: str
    revision: str
    """Branch, tag, pull request or commit."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One file, as the Hub describes it. Nothing of it is proved."""

    path: str
    size: int
    sha256: str
    """Of a file that Git LFS or Xet holds; else empty."""
    git_oid: str
    """SHA-1 of the file as Git stores it, or of the pointer that stands for it; empty where it is not told."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A model at one commit."""

    name: str
    """As the Hub writes it, which differs where the model was renamed."""
    commit: str
    files: tuple[Claimed, ...]
    problems: tuple[tuple[str, str], ...]
    """Paths that were left out, and why."""
    said: Mapping[str, Json] = field(repr=False)
    """What the Hub says of the model as a whole, and its card too."""
    status: Mapping[str, Json] = field(repr=False)
    """What the Hub alone can say: who may read it, and what its own scanners found."""
    flags: Mapping[str, Json] = field(repr=False)
    """What they say of files, by path."""


def wanted(reference: str) -> Wanted:
    """The model that a reference names.

    Raises:
        TargetError: it names none.
    """
    found = _REFERENCE.fullmatch(reference)
    shown = show(reference[:200])
    if found is None or ".." in reference:
        if reference.removeprefix(_PREFIX).startswith(_OTHERS):
            raise TargetError(f"{shown}: is no model, and only models are read", hint=f"write {FORM}")
        raise TargetError(f"{shown}: names no model of the Hub", hint=f"write {FORM}")
    return Wanted(found[1], found[2] or "main")


def pin(asked: Wanted, client: HubClient, limits: Limits) -> Revision:
    """The commit that the revision is now, and its files. All else is asked for by this commit.

    Raises:
        TargetError: there is none, it may not be read, or the answer is not of the Hub's form.
    """
    about = f"hf:{asked.name}@{asked.revision}"
    url = (
        f"{client.index.url}api/models/{quote(asked.name)}/revision/{quote(asked.revision, safe='')}"
        "?blobs=true&securityStatus=true"
    )
    answer = object_or_empty(parse_json(client.document(url, about, "application/json").body, about, limits).value)
    commit = text_or_empty(answer.get("sha"))
    siblings = list_or_empty(answer.get("siblings"))
    if not _COMMIT.fullmatch(commit) or "siblings" not in answer:
        raise ProtocolError(
            f"{about}: the answer tells no commit and no files", hint="see whether HF_ENDPOINT is right"
        )
    if _COMMIT.fullmatch(asked.revision) and commit != asked.revision:
        raise ProtocolError(
            f"{about}: the answer is of another commit: {commit}", hint="see whether HF_ENDPOINT is right"
        )
    files: list[Claimed] = []
    problems: list[tuple[str, str]] = []
    for number, entry in enumerate(siblings):
        if number == limits.remote_files:
            problems.append((about, f"has more than {limits.remote_files} files (limits.remote_files)"))
            break
        file = _claimed(object_or_empty(entry))
        why = _why_not(file)
        if why:
            problems.append((show(file.path[: limits.name_chars]) or about, why))
        else:
            files.append(file)
    name = text_or_empty(answer.get("id")) or asked.name
    if not _NAMED.fullmatch(name):
        raise ProtocolError(f"{about}: the answer tells no name of a model", hint="see whether HF_ENDPOINT is right")
    said, status = (
        {key: value for key, value in told if len(canonicalize(value)) <= limits.model_property_bytes}
        for told in (_said(answer), _status(answer))
    )
    return Revision(name, commit, tuple(files), tuple(problems), said, status, _flags(answer))


def address(client: HubClient, revision: Revision, path: str) -> str:
    """Where the bytes of a file are."""
    return f"{client.index.url}{quote(revision.name)}/resolve/{revision.commit}/{quote(path)}"


def page(endpoint: str, name: str, commit: str = "", path: str = "") -> str:
    """Where a person sees the model, or a file of it."""
    return f"{endpoint}{quote(name)}" + (
        f"/blob/{commit}/{quote(path)}" if path else f"/tree/{commit}" if commit else ""
    )


def _claimed(entry: Mapping[str, Json]) -> Claimed:
    lfs = object_or_empty(entry.get("lfs"))
    size = lfs.get("size", entry.get("size"))
    known = isinstance(size, int) and not isinstance(size, bool) and size < _MOST
    return Claimed(
        text_or_empty(entry.get("rfilename")),
        size if known and isinstance(size, int) else -1,
        text_or_empty(lfs.get("sha256")) or ("?" if lfs else ""),
        text_or_empty(entry.get("blobId")),
    )


def _why_not(file: Claimed) -> str:
    if not file.path or _ODD.search(file.path):
        return "is no path that a repository can hold; it was not asked for"
    if file.size < 0:
        return "the Hub tells no size of it"
    if file.sha256 and not _SHA256.fullmatch(file.sha256):
        return "the Hub tells no digest of it"
    if file.git_oid and not _COMMIT.fullmatch(file.git_oid):
        return "the Hub tells no git object of it"
    return ""


def _said(answer: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """What belongs to the model; not what changes by itself, such as downloads and likes."""
    for key in _KEPT:
        if key in answer:
            yield key, answer[key]
    card = object_or_empty(answer.get("cardData"))
    for key in ("license", "base_model"):
        if key in card:
            yield key, card[key]


def _status(answer: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for key in _STATUS:
        if key in answer:
            yield key, answer[key]
    if object_or_empty(answer.get("securityRepoStatus")):
        yield "security_issues", dict(sorted(_flags(answer).items()))


def _flags(answer: Mapping[str, Json]) -> dict[str, Json]:
    """Which files the Hub's scanners do not call safe, and what they call them.

    Whether the scanners are done yet is left out: that they finish is no change of the model.
    """
    status = object_or_empty(answer.get("securityRepoStatus"))
    issues = [object_or_empty(one) for one in list_or_empty(status.get("filesWithIssues"))]
    return {text_or_empty(one.get("path")): text_or_empty(one.get("level")) for one in issues if one.get("path")}
