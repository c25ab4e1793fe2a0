"""What changed in how a server is started or reached, in what it may do and in what it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from driftseal import canonical, rulebook
from driftseal.compare.facts import ABSENT, Edit, Fact
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty

# name@version, name==version, image:tag and image@sha256:…; each character is looked at once or twice.
_PINNED: Final = re.compile(r"(@?[A-Za-z0-9][\w./-]*(?:\[[\w,-]*\])?)(?:@|==|:)([\w.+*^~-][\w.+:*^~-]*)")
_PLAIN: Final = re.compile(r"@?[A-Za-z0-9][\w./-]*(?:\[[\w,-]*\])?")
_EXACT: Final = re.compile(r"v?\d++(?:\.\d++)++[\w.+-]*+|sha256:[0-9a-f]{64}|\d[\w.-]*-[\w.]+")
_URL_MEMBERS: Final = frozenset({"url", "serverUrl", "httpUrl", "endpoint", "uri", "authorization_server", "resource"})
_HANDED_OVER: Final = {
    "env": Edit.VARIABLE_ADDED,
    "environment": Edit.VARIABLE_ADDED,
    "env_names": Edit.VARIABLE_ADDED,
    "envFile": Edit.VARIABLE_ADDED,
    "headers": Edit.HEADER_ADDED,
    "header_names": Edit.HEADER_ADDED,
}
_APPROVAL: Final = ("approve", "allow", "trust", "always", "yolo", "bypass", "permission")


def of_launch(old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[Fact]:
    """Facts on a launch, a package, a permission or a credential, member by member."""
    for member in sorted({**old, **new}):
        before, after = old.get(member, ABSENT), new.get(member, ABSENT)
        if before != after:
            yield from _member(member, before, after, old, new)


def _member(member: str, before: Json, after: Json, old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[Fact]:
    pointer = f"/{canonical.escape_pointer(member)}"
    if member == "command":
        yield Fact(Edit.COMMAND_CHANGED, pointer, member, before, after)
    elif member in _HANDED_OVER:
        for name in sorted(_names(after) - _names(before)):
            yield Fact(_HANDED_OVER[member], pointer, name, new=name)
    elif member == "args":
        yield from _arguments(_texts(before), _texts(after), pointer)
    elif member == "package":
        yield from _package(before, after, pointer)
    elif member in _URL_MEMBERS:
        yield from of_address(before, after, pointer, member)
    elif any(word in member.lower() for word in _APPROVAL):
        wider = bool(_names(after) - _names(before)) or (after is True and before is not True)
        yield Fact(Edit.APPROVAL_WIDENED if wider else Edit.MEMBER_CHANGED, pointer, member, before, after)
    elif member == "version" and "name" in {**old, **new}:
        yield from _version(before, after, pointer)
    else:
        yield Fact(Edit.MEMBER_CHANGED, pointer, member, before, after)


def of_address(before: Json, after: Json, pointer: str, member: str) -> Iterator[Fact]:
    """Facts on a URL that is not what it was."""
    try:
        was, now = urlsplit(str(before)), urlsplit(str(after))
    except ValueError:
        yield Fact(Edit.URL_CHANGED, pointer, member, before, after)
        return
    if was.netloc.rpartition("@")[2].lower() != now.netloc.rpartition("@")[2].lower():
        yield Fact(Edit.URL_CHANGED, pointer, member, before, after)
    elif was.scheme in {"https", "wss"} and now.scheme not in {"https", "wss"}:
        yield Fact(Edit.URL_UNENCRYPTED, pointer, member, before, after)
    else:
        yield Fact(Edit.URL_PATH_CHANGED, pointer, member, before, after)


def _package(before: Json, after: Json, pointer: str) -> Iterator[Fact]:
    was = object_or_empty(before)
    now = object_or_empty(after)
    if (was.get("type"), was.get("name")) != (now.get("type"), now.get("name")):
        yield Fact(Edit.PACKAGE_CHANGED, pointer, "package", was.get("name", ABSENT), now.get("name", ABSENT))
    else:
        yield from _version(was.get("version", ""), now.get("version", ""), f"{pointer}/version")


def _version(before: Json, after: Json, pointer: str) -> Iterator[Fact]:
    if isinstance(before, str) and _EXACT.fullmatch(before) and not _EXACT.fullmatch(str(after or "")):
        yield Fact(Edit.PACKAGE_UNPINNED, pointer, "version", before, after or ABSENT)
    elif before != after:
        yield Fact(Edit.PACKAGE_VERSION_CHANGED, pointer, "version", before or ABSENT, after or ABSENT)


def _arguments(before: Sequence[str], after: Sequence[str], pointer: str) -> Iterator[Fact]:
    gone = [word for word in before if word not in after]
    come = [word for word in after if word not in before]
    facts = [*_code(come, pointer), *_sources(before, after, pointer), *_packages(gone, come, before, pointer)]
    for was, now in zip(gone, come, strict=False):
        if "://" in was and "://" in now:
            facts += of_address(was, now, pointer, "args")
    yield from facts
    if not facts:
        yield Fact(Edit.ARGUMENT_CHANGED, pointer, "args", [*before], [*after])


def _code(come: Sequence[str], pointer: str) -> Iterator[Fact]:
    marks = _words("code_arguments")
    for word in come:
        if word.lower() in marks or any(mark in word for mark in _words("code_marks")):
            yield Fact(Edit.CODE_IN_ARGUMENTS, pointer, "args", new=word)
            return


def _sources(before: Sequence[str], after: Sequence[str], pointer: str) -> Iterator[Fact]:
    flags = _words("source_flags")
    was, now = _values(before, flags), _values(after, flags)
    for flag in sorted(now):
        if was.get(flag) != now[flag]:
            yield Fact(Edit.REGISTRY_CHANGED, pointer, flag, was.get(flag, ABSENT), now[flag])
    for word in after:
        if word not in before and any(mark in word for mark in _words("source_marks")):
            yield Fact(Edit.REGISTRY_CHANGED, pointer, "args", ABSENT, word)


def _values(words: Sequence[str], flags: frozenset[str]) -> dict[str, str]:
    found = {}
    for index, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag.lower() in flags:
            found[flag.lower()] = value if equals else (words[index + 1] if index + 1 < len(words) else "")
    return found


def _packages(gone: Sequence[str], come: Sequence[str], before: Sequence[str], pointer: str) -> Iterator[Fact]:
    """The first word that is no option names the package, for every runner that we know."""
    first = next((word for word in before if not word.startswith("-")), "")
    for was in gone:
        name, version = _split(was)
        if not name:
            continue
        for now in come:
            new_name, new_version = _split(now)
            if new_name == name and version != new_version:
                yield from _version(version, new_version, pointer)
                return
        if (version and _EXACT.fullmatch(version)) or was == first:
            other = next((word for word in come if not word.startswith("-")), None)
            if other is not None:
                yield Fact(Edit.PACKAGE_CHANGED, pointer, "package", was, other)
                return


def _split(word: str) -> tuple[str, str]:
    pinned = _PINNED.fullmatch(word)
    if pinned is not None and "://" not in word:
        return pinned[1], pinned[2]
    return (word, "") if _PLAIN.fullmatch(word) else ("", "")


def _texts(value: Json) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else []


def _names(value: Json) -> frozenset[str]:
    if isinstance(value, dict):
        return frozenset(value)
    if isinstance(value, list):
        return frozenset(str(part.get("name", part)) if isinstance(part, dict) else str(part) for part in value)
    return frozenset({value}) if isinstance(value, str) and value != ABSENT else frozenset()


def _words(group: str) -> frozenset[str]:
    given = rulebook.load_list("drift")
    words = given.get(group) if isinstance(given, dict) else None
    if not isinstance(words, list):
        raise RuleError(f"rules/lists/drift.yaml has no list {group!r}")
    return frozenset(str(word) for word in words)
