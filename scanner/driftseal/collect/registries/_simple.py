"""The files of a Python project, as a package index lists them: JSON (PEP 691) or HTML (PEP 503)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote, urlsplit

from driftseal.canonical import parse_json
from driftseal.collect.registries._addresses import joined
from driftseal.collect.registries._integrity import from_hex
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty

ACCEPT: Final = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.01"
_JSON: Final = frozenset({"application/vnd.pypi.simple.v1+json", "application/json"})
_HTML: Final = frozenset({"application/vnd.pypi.simple.v1+html", "text/html"})
_ANCHOR_END: Final = re.compile(r"</a\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """One archive that the index offers."""

    filename: str
    url: str
    hashes: tuple[tuple[str, bytes], ...]
    yanked: str | None
    """Why it was withdrawn, where it was (PEP 592)."""


def files(body: bytes, kind: str, url: str, name: str, limits: Limits) -> list[File]:
    """What a page lists, in its order; ``url`` is where it was found.

    Raises:
        FormatError: neither of the two forms, or of a later major version.
        LimitExceeded: larger or slower to read than ``limits`` allow.
    """
    if kind in _JSON:
        return list(_from_json(object_or_empty(parse_json(body, name, limits).value), url, name))
    if kind in _HTML:
        return list(_from_html(body.decode("utf-8", "replace"), url, name, limits))
    raise FormatError(f"{name}: what the index answers is no list of files", hint="set its …/simple/ address")


def _from_json(document: Mapping[str, Json], url: str, name: str) -> Iterator[File]:
    _refuse_later(text_or_empty(object_or_empty(document.get("meta")).get("api-version")), name)
    for entry in map(object_or_empty, list_or_empty(document.get("files"))):
        hashes = object_or_empty(entry.get("hashes")).items()
        yanked = entry.get("yanked")
        yield File(
            text_or_empty(entry.get("filename")),
            joined(url, text_or_empty(entry.get("url"))),
            tuple((algorithm, from_hex(text_or_empty(value))) for algorithm, value in hashes),
            text_or_empty(yanked) if yanked is True or isinstance(yanked, str) else None,
        )


class _Anchors(HTMLParser):
    """The attributes of the tags that matter."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser.handle_starttag`."""
        if tag in {"a", "base", "meta"}:
            self.tags.append((tag, dict(attrs)))


def _from_html(page: str, url: str, name: str, limits: Limits) -> Iterator[File]:
    base = url
    for tag, attributes in _tags(page, name, limits):
        href = attributes.get("href") or ""
        if tag == "meta" and attributes.get("name") == "pypi:repository-version":
            _refuse_later(attributes.get("content") or "", name)
        elif tag == "base" and href:
            base = joined(url, href)
        elif tag == "a" and href:
            target = joined(base, href)
            algorithm, equals, value = urlsplit(target).fragment.partition("=")
            yield File(
                unquote(urlsplit(target).path.rpartition("/")[2]),
                target,
                ((algorithm, from_hex(value)),) if equals else (),
                attributes["data-yanked"] or "" if "data-yanked" in attributes else None,
            )


def _tags(page: str, name: str, limits: Limits) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Anchor by anchor: on an unclosed tag the parser takes a time that grows faster than the text does."""
    deadline = time.monotonic() + limits.download_seconds
    for piece in _ANCHOR_END.split(page):
        if len(piece) > limits.url_bytes or time.monotonic() > deadline:
            raise LimitExceeded(f"{name}: the index's page is no list of links", hint="set its …/simple/ address")
        parser = _Anchors()
        parser.feed(piece)
        yield from parser.tags


def _refuse_later(version: str, name: str) -> None:
    if version.partition(".")[0] not in {"", "1"}:
        raise FormatError(f"{name}: the index speaks version {version[:20]!r} of its protocol", hint="update driftseal")
