"""Credentials that are written into text: known forms, and random values under a name that says what they are.

Precision comes first: a placeholder, an example, a hash or a key for the public is no secret. What is looked for
is data (``rules/lists/hard-coded-secrets.yaml``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from driftseal import narrow
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.observe import randomness, written
from driftseal.observe.text.patterns import Pattern, Screen
from driftseal.records import dataclass

LIST: Final = "hard-coded-secrets"
KEYED: Final = "keyed-value"
"""Kind of a secret that only its name gives away."""
URL: Final = "url-password"
PEM: Final = "private-key"
_SHOWN: Final = 4
_LEAST_HIDDEN: Final = 12
"""Characters of a value below which fewer are shown."""
_LONGEST: Final = 4000
"""Characters of the longest credential; what goes on is encoded data."""
_PIECE: Final = 1 << 20
"""Bytes of a file that are looked at at once."""
_AROUND: Final = 1 << 14
"""Bytes before and behind a piece that are looked at with it: the longest credential, in characters of four bytes."""
_WIDEST: Final = 4
_URL: Final = r"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._~%+-]*:[^\s/:@'\"`<>(){}\[\]\\$,;|]{6,}@[A-Za-z0-9.\[_-]+"


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One credential in a text."""

    kind: str
    """``github-token``, ``private-key``, ``url-password``, ``keyed-value`` …"""
    name: str
    """For people: ``GitHub token``; of a keyed value what it is assigned to."""
    start: int
    end: int
    """Characters of the text; the secret alone, without quotes and name."""


class Written(NamedTuple):
    """One credential in a file."""

    found: Found
    """As in the piece of the file that it was found in."""
    value: str
    line: int
    """In which it begins, from 1."""


@dataclass(frozen=True, slots=True)
class _Form:
    kind: str
    name: str
    starts: tuple[str, ...]
    source: str
    group: int
    dull: bool
    classes: int


@dataclass(frozen=True, slots=True)
class _Forms:
    forms: tuple[_Form, ...]
    screen: Screen
    starts: tuple[str, ...]
    """Every literal beginning, the longest first."""
    dummies: tuple[str, ...]


def find(text: str) -> Iterator[Found]:
    """Every credential in a text, in order, none inside another."""
    end = 0
    for found in sorted((*_formed(text), *_in_urls(text), *_keyed(text)), key=_first_and_surest):
        if found.start >= end:
            end = found.end
            yield found


def in_file(data: bytes) -> Iterator[Written]:
    """Every credential in a file, in order.

    A large file is read a piece at a time: one character beyond ASCII makes the text of all of it four times as large.
    Pieces overlap, so that each credential is seen with what stands around it.
    """
    line, before, end = 1, 0, 0
    for begin, after in itertools.pairwise(_cuts(data)):
        first = _cut(data, max(begin - _AROUND, 0))
        text = data[first : after + _AROUND].decode("utf-8", "replace")
        low = len(data[first:begin].decode("utf-8", "replace"))
        size = len(data[begin:after].decode("utf-8", "replace"))
        for found in find(text):
            start = before + found.start - low
            if low <= found.start < low + size and start >= end:
                end = start + found.end - found.start
                yield Written(found, text[found.start : found.end], line + text.count("\n", low, found.start))
        before += size
        line += data.count(b"\n", begin, after)


def _cuts(data: bytes) -> Iterator[int]:
    yield from (_cut(data, at) for at in range(0, len(data), _PIECE))
    yield len(data)


def _cut(data: bytes, at: int) -> int:
    """The beginning of a character of UTF-8 at a place, or just behind it."""
    return next((each for each in range(at, min(at + _WIDEST, len(data))) if data[each] & 0xC0 != 0x80), at)  # noqa: PLR2004  # RFC 3629, section 3


def mask(text: str) -> str:
    """A credential fit to be shown: its literal beginning, which names its maker, and at most four characters more."""
    start = next((start for start in _forms().starts if text.startswith(start)), "")
    rest = len(text) - len(start)
    shown = _SHOWN if rest >= _LEAST_HIDDEN else rest // _SHOWN
    return text[: len(start) + shown] + "…"


def blot(text: str) -> str:
    """A text with every credential in it masked."""
    parts, end = [], 0
    for found in find(text):
        parts += [text[end : found.start], mask(text[found.start : found.end])]
        end = found.end
    return "".join((*parts, text[end:]))


def _first_and_surest(found: Found) -> tuple[int, bool, bool, int]:
    return found.start, found.kind == KEYED, found.kind == URL, -found.end


def _formed(text: str) -> Iterator[Found]:
    known = _forms()
    for number in sorted(known.screen.occurring(text)):
        form = known.forms[number]
        for start, end in _compiled(number).spans(text, form.group):
            if form.kind == PEM and written.is_quoted(text, start):
                continue
            if written.is_shown(text, start):
                continue
            if _stands_alone(text, start, end) and _is_live(form, text[start:end], known.dummies):
                yield Found(form.kind, form.name, start, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether it is no piece of a longer run, as in encoded data."""
    before, after = text[start - 1 : start], text[end : end + 1]
    inside = text[start : start + 1]
    glued = before.isalnum() or before in {"_", "+"} or (before == "/" and text[start - 2 : start - 1].isalnum())
    escape = glued and text[start - 2 : start - 1] == "\\" and before in {"n", "t", "r"}
    return (not glued or escape or not inside.isalnum()) and not (after.isalnum() or after == "_")


def _is_live(form: _Form, value: str, dummies: Sequence[str]) -> bool:
    if len(value) > _LONGEST or written.is_dummy(value, dummies):
        return False
    if form.kind == "jwt":
        return written.is_private_token(value)
    if form.dull:
        return True
    body = value[max((len(start) for start in form.starts if value.startswith(start)), default=0) :]
    return not randomness.is_typed(body) and randomness.classes(body) >= form.classes and randomness.bits(body) > 2.5  # noqa: PLR2004  # below it, nothing is drawn


def _in_urls(text: str) -> Iterator[Found]:
    if "://" not in text or "@" not in text:
        return
    known = _forms()
    for start, end in _url().spans(text):
        user, _, after = text[start:end].partition("://")[2].partition(":")
        password, _, host = after.rpartition("@")
        if written.is_live_password(user, password, host, known.dummies):
            begin = end - len(host) - 1 - len(password)
            yield Found(URL, "password in a URL", begin, begin + len(password))


def _keyed(text: str) -> Iterator[Found]:
    known = _forms()
    for start, end in _assignment().spans(text):
        quote = text[end - 1]
        opening = text.rfind(quote, start, end - 1)
        name = written.name_before(text, start, opening)
        value = text[opening + 1 : end - 1]
        if not written.says_secret(name) or written.is_dummy(value, known.dummies):
            continue
        if written.is_shown(text, opening) or written.is_sample(text, opening):
            continue
        if written.is_secret(name, value) and not written.is_for_everyone(text, start, end):
            yield Found(KEYED, name, opening + 1, end - 1)


# --- data ------------------------------------------------------------------------------------


@cache
def _forms() -> _Forms:
    listed = written.lists()
    given = listed.get("forms")
    if not isinstance(given, list):
        raise RuleError(f"rules/lists/{LIST}.yaml: forms is a list")
    forms = tuple(_form(entry) for entry in given)
    starts = sorted({start for form in forms for start in form.starts}, key=len, reverse=True)
    screen = Screen([form.source for form in forms], LIST)
    return _Forms(forms, screen, tuple(starts), written.words("dummies"))


def _form(given: Json) -> _Form:
    entry = narrow.to_object(given)
    starts = tuple(narrow.to_text(start) for start in narrow.to_list(entry.get("starts", []), 100))
    if starts:
        source = f"(?:{'|'.join(map(re.escape, starts))})(?:{narrow.to_text(entry['rest'])})"
    else:
        source = narrow.to_text(entry["pattern"])
    return _Form(
        kind=narrow.to_text(entry["kind"]),
        name=narrow.to_text(entry["name"]),
        starts=starts,
        source=source,
        group=0 if starts else 1,
        dull=bool(entry.get("dull")),
        classes=int(str(entry.get("classes", 1))),
    )


@cache
def _compiled(number: int) -> Pattern:
    return Pattern(_forms().forms[number].source, LIST)


@cache
def _url() -> Pattern:
    return Pattern(_URL, LIST)


@cache
def _assignment() -> Pattern:
    """A name that may mean a secret, what joins it to a value, and the value in quotes."""
    word = "|".join(written.words("tails"))
    kind = r"(?:[:?]{1,2}\s{0,2}[A-Za-z][A-Za-z\[\]|.]*\s{0,4})?"
    set_to = rf"""["'`\])]{{0,3}}\s{{0,4}}{kind}(?:=>|:=|=|:|,|\|\||\?\?)"""
    # Prose names two things in backquotes: `db_password` or `api_value`.
    unless = r"""["'\])]{0,3}\s{1,4}or\b"""
    # ``secret: z.string().min(24).default("…")``, ``secret: str = Field(default="…")``
    chain = r"""[a-z]\.\w{1,12}\(\)(?:\.\w{1,16}\([^()"'`\n]{0,60}\)){0,6}\.default\("""
    default = rf"(?:(?:{chain}|Field\((?:\s{{0,4}}default\s?=)?)\s{{0,4}})?"
    joint = rf"[\w-]*(?:{set_to}|{unless})\s{{0,4}}{default}(?:[bruf]{{1,2}})?"
    values = "|".join(rf"{quote}[^\s\"'`<>{{}}()\[\]$\\,;]{{8,}}{quote}" for quote in ('"', "'", "`"))
    return Pattern(f"(?i)(?:{word}){joint}(?:{values})", LIST)
