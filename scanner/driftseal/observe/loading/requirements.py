"""Packages that are installed for a model: from which index, from where else, and whether their names imitate others.

Facts, each of the file that names them:

- ``requirements-other-index``: packages are looked up in another index than the public ones (subject: its host).
- ``requirements-from-repository``, ``requirements-from-address``: a package comes from a host of repositories, or from
  any other address (subject: its host and path).
- ``requirements-look-alike``: a name is drawn like, or one letter off, one that many install (subject: the two).
- ``requirements-trusted-host``: a host is believed without a certificate (subject: it).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from driftseal import rulebook
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe import lookalike, words
from driftseal.observe.files.base import Fact
from driftseal.observe.loading.base import Files, Told
from driftseal.observe.lookalike import Likeness

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_FILE: Final = re.compile(r"(?:[\w.-]{0,40}[-_.])?requirements(?:[-_.][\w.-]{0,40})?\.(?:txt|in)", re.ASCII)
_INDEX: Final = ("--index-url", "--extra-index-url", "--find-links", "-i", "-f")
_TELLING: Final = frozenset({Likeness.DRAWN, Likeness.TYPO})
_LINE: Final = 2000
"""Characters of one line that are looked at."""
_LINES: Final = 500
"""Lines of one file that are looked at."""
_LONGER: Final = 2
"""Characters that an imitation may have more or fewer: two letters can be drawn as one."""


def find(files: Files, limits: Limits) -> Iterator[Told]:
    """See the module."""
    for name, file in files.items():
        if file.text and _FILE.fullmatch(posixpath.basename(name).lower()):
            for number, fact in enumerate(_of_text(file.text.decode("utf-8", "replace"))):
                if number == limits.file_facts:
                    break
                yield Told(name, fact)


def _of_text(text: str) -> Iterator[Fact]:
    offset = 0
    for raw in text.splitlines(keepends=True)[:_LINES]:
        line = raw[:_LINE].strip().removeprefix("\ufeff").strip()
        line = re.split(r"\s#|^#", line, maxsplit=1)[0].strip()
        if line:
            yield from of_line(line, offset)
        offset += len(raw.encode("utf-8", "replace"))


def of_line(line: str, offset: int) -> Iterator[Fact]:
    """Facts of one line, without its comment, that begins at ``offset``."""
    option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("-") else ("", "", "")
    if option == "--trusted-host":
        yield Fact("requirements-trusted-host", line, offset, subject=value.strip())
    elif option in _INDEX:
        host = _host(value.strip())
        if host and not _is_public(host):
            yield Fact("requirements-other-index", line, offset, subject=host)
    elif option in {"-e", "--editable"}:
        yield from of_line(value.strip(), offset)
    elif not option:
        yield from _of_package(line, offset)


def _of_package(line: str, offset: int) -> Iterator[Fact]:
    _, at, behind = line.partition("@")
    url = line if "://" in line.split(" ", 1)[0] else behind.strip() if at and "://" in behind else ""
    if url:
        try:
            parts = urlsplit(url.split("#", 1)[0].split(" ", 1)[0].removeprefix("git+"))
        except ValueError:
            yield Fact("requirements-from-address", line, offset, subject=url[:80])
            return
        if not _is_package_host(parts.hostname or ""):
            yield Fact("requirements-from-address", line, offset, subject=f"{parts.hostname or ''}{parts.path}")
        else:
            yield Fact("requirements-from-repository", line, offset, subject=f"{parts.hostname or ''}{parts.path}")
        return
    named = _NAME.match(line)
    if named is None:
        return
    name = re.sub(r"[-_.]+", "-", named[0]).lower()
    known = _known()
    near = [one for one in known if abs(len(one) - len(name)) <= _LONGER] if name not in known else []
    found = lookalike.nearest(name, near, _TELLING)
    if found is not None and not lookalike.is_plural(name, found[0]):
        shown = f"{named[0]!r} is {found[1]} to {found[0]!r}"
        yield Fact("requirements-look-alike", shown, offset, subject=f"{named[0]} {found[0]}")


def _host(url: str) -> str:
    try:
        return urlsplit(url.split(" ", 1)[0]).hostname or ""
    except ValueError:
        return url[:80]


def _is_public(host: str) -> bool:
    known = words.vocabulary("model-packages", "indexes")
    return any(host == one or host.endswith(f".{one}") for one in known)


def _is_package_host(host: str) -> bool:
    return host.lower() in words.vocabulary("model-packages", "repositories") or _is_public(host)


@cache
def _known() -> tuple[str, ...]:
    given = rulebook.load_list("model-packages")
    names: Json = given.get("names") if isinstance(given, dict) else None
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
