"""One form for every JSON value: parsed under bounds, canonicalised, digested, shown without tricks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.records import dataclass
from driftseal.regexes import regex

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that RFC 8785 (through IEEE 754) can tell from its neighbours."""

_ITEM_DOMAIN: Final = b"driftseal-item-v1\0"
_FIELD_DOMAIN: Final = b"driftseal-field-v1\0"
_INDEX: Final = 8
"""Characters of an index in a JSON pointer, about."""
_LARGE_INTEGER: Final = "$int"
_ESCAPED_OBJECT: Final = "$object"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON document, and what is odd about how it was written."""

    value: Json
    duplicate_keys: tuple[str, ...] = ()
    """Names that one object holds twice. The further value is kept under ``name#2``, so that it is
    digested and scanned too."""


class _Duplicates:
    """Object hook that keeps every member, and remembers which names came twice."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        built = dict(pairs)
        if len(built) == len(pairs):
            return built
        built = {}
        # How often each name came, so that a million of one name do not look for a free number from 2 on each time.
        times: dict[str, int] = {}
        for name, value in pairs:
            key, number = name, times.get(name, 1)
            while key in built:
                number += 1
                key = f"{name}#{number}"
            times[name] = number
            if number > 1:
                self.names.append(name)
            built[key] = value
        return built


def _refuse_constant(word: str) -> Json:
    raise ValueError(f"{word} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(f"number out of range: {text[:40]}")
    return value


def parse_json(data: bytes | str, name: str, limits: Limits) -> Parsed:
    """Parse one JSON document (RFC 8259) from outside.

    Lone surrogates and integers of any size are kept; duplicate member names are kept and reported.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not JSON; ``line`` says where.
    """
    if len(data) > limits.file_bytes:
        raise LimitExceeded(
            f"{name}: larger than {limits.file_bytes} bytes",
            hint="raise limits.file_bytes if this file is meant to be that large",
        )
    duplicates = _Duplicates()
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except RecursionError:
        raise _too_deep(name, limits) from None
    except UnicodeDecodeError as cause:
        raise FormatError(f"{name}: not UTF-8 at byte {cause.start}", hint="save the file as UTF-8") from cause
    except json.JSONDecodeError as cause:
        raise FormatError(
            f"{name}:{cause.lineno}:{cause.colno}: not valid JSON: {cause.msg}",
            hint="mend the syntax on that line",
            line=cause.lineno,
        ) from cause
    except ValueError as cause:
        raise FormatError(f"{name}: not valid JSON: {cause}", hint="mend the number") from cause
    check_depth(value, name, limits)
    return Parsed(value, tuple(duplicates.names))


def _too_deep(name: str, limits: Limits) -> LimitExceeded:
    return LimitExceeded(f"{name}: nested deeper than {limits.json_depth} levels")


_NESTED: Final = (dict, list)
"""Written once, since a union is made anew each time that it is read."""


def check_depth(value: Json, name: str, limits: Limits) -> None:
    """Make sure that recursive readers of this value are safe, and those that write down a pointer to each part of it.

    Raises:
        LimitExceeded: nested deeper than ``limits.json_depth``, or under names longer than ``limits.pointer_chars``.
    """
    left = limits.pointer_chars
    level: list[tuple[Json, int]] = [(value, 0)]
    for _ in range(limits.json_depth):
        below: list[tuple[Json, int]] = []
        for node, above in level:
            if isinstance(node, dict):
                left -= above * len(node)
                below.extend((child, above + len(key) + 1) for key, child in node.items() if isinstance(child, _NESTED))
            elif isinstance(node, list):
                left -= above * len(node)
                below.extend((child, above + _INDEX) for child in node if isinstance(child, _NESTED))
        if left < 0:
            raise names_too_long(name)
        if not below:
            return
        level = below
    raise _too_deep(name, limits)


def names_too_long(name: str) -> LimitExceeded:
    """What to raise where pointers to all values of a document take more than ``limits.pointer_chars``."""
    return LimitExceeded(
        f"{name}: too many values below too long names (limits.pointer_chars)", hint="shorten the names"
    )


# --- canonical bytes -------------------------------------------------------------------------


_encode_plain = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def canonicalize(value: Json) -> bytes:
    """The RFC 8785 bytes of a value, with two extensions that keep different values different.

    An integer beyond ±(2^53-1), which RFC 8785 cannot carry, becomes ``{"$int":"…"}``; a member of
    that reserved name is itself wrapped in ``{"$object":…}``. A lone surrogate, which UTF-8 cannot
    carry, is written as its three WTF-8 bytes.
    """
    if is_plain(value):
        # Sorting by code point equals sorting by UTF-16 unit here, and json writes the same escapes.
        return _encode_plain(value).encode("utf-8")
    return _encode_any(_tag(value))


def is_plain(value: Json) -> bool:
    """Whether the encoder of the standard library writes this value as RFC 8785 does; it holds no lone surrogate."""
    stack: list[Json] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            if not node.isascii() and _LONE_SURROGATE.search(node):
                return False
        elif isinstance(node, dict):
            for key in node:
                if not key.isascii() or key in _RESERVED:
                    return False
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, float) or (node is not None and not -MAX_SAFE_INTEGER <= node <= MAX_SAFE_INTEGER):
            return False
    return True


def holds_lone_surrogate(value: Json) -> bool:
    """Whether any string of a value, or any key, holds text that UTF-8 cannot carry."""
    text = _encode_plain(value)
    return not text.isascii() and _LONE_SURROGATE.search(text) is not None


_RESERVED: Final = frozenset({_LARGE_INTEGER, _ESCAPED_OBJECT})
_LONE_SURROGATE: Final = regex("[\ud800-\udfff]")


def _tag(value: Json) -> Json:
    if isinstance(value, dict):
        tagged: dict[str, Json] = {key: _tag(child) for key, child in value.items()}
        return {_ESCAPED_OBJECT: tagged} if _RESERVED & value.keys() else tagged
    if isinstance(value, list):
        return [_tag(child) for child in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_SAFE_INTEGER:
        return {_LARGE_INTEGER: str(value)}
    return value


def _encode_any(value: Json) -> bytes:
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (UnicodeEncodeError, rfc8785.CanonicalizationError):
        # Only lone surrogates are left to fail; RFC 8785 has no form for them.
        return b"".join(_encode_wtf8(value))


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _encode_wtf8(value: Json) -> Iterator[bytes]:
    import rfc8785

    if isinstance(value, dict):
        yield b"{"
        for index, key in enumerate(sorted(value, key=_utf16)):
            yield (b"," if index else b"") + _encode_plain(key).encode("utf-8", "surrogatepass") + b":"
            yield from _encode_wtf8(value[key])
        yield b"}"
    elif isinstance(value, list):
        yield b"["
        for index, child in enumerate(value):
            yield b"," if index else b""
            yield from _encode_wtf8(child)
        yield b"]"
    elif isinstance(value, str):
        yield _encode_plain(value).encode("utf-8", "surrogatepass")
    else:
        yield rfc8785.dumps(value)


def digest_item(kind: str, content: Json) -> tuple[Digest, int, dict[str, Digest]]:
    """Digest of an item's whole content, the size of its canonical form in bytes, and a digest for each field."""
    if isinstance(content, dict) and is_plain(content):
        # An object's canonical form is made of those of its members, so that nothing is written down twice.
        parts = {key: _encode_plain(value).encode("utf-8") for key, value in content.items()}
        members = [_encode_plain(key).encode() + b":" + parts[key] for key in sorted(parts)]
        data = b"{" + b",".join(members) + b"}"
    else:
        parts = {key: canonicalize(value) for key, value in content.items()} if isinstance(content, dict) else {}
        data = canonicalize(content)
    fields = {key: Digest.of(_FIELD_DOMAIN + part) for key, part in parts.items()}
    return Digest.of(_ITEM_DOMAIN + kind.encode() + b"\0" + data), len(data), fields


# --- walking ---------------------------------------------------------------------------------


def escape_pointer(token: str) -> str:
    """One reference token of a JSON pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1") if "/" in token or "~" in token else token


def leaves(value: Json, pointer: str = "") -> Iterator[tuple[str, str, bool]]:
    """Every string in a value, as ``(pointer, text, is_key)``; keys too, in document order.

    A key's pointer is that of its value.
    """
    # A stack of our own: generators within generators hand every string up through each level.
    left: list[tuple[str, Json, str | None]] = [(pointer, value, None)]
    while left:
        at, inner, key = left.pop()
        if key is not None:
            yield at, key, True
        if isinstance(inner, str):
            yield at, inner, False
        elif isinstance(inner, dict):
            left += [(f"{at}/{escape_pointer(name)}", inner[name], name) for name in reversed(inner)]
        elif isinstance(inner, list):
            left += [(f"{at}/{index}", inner[index], None) for index in range(len(inner) - 1, -1, -1)]


def compact(value: Json) -> str:
    """A value as one line of JSON for people; strings as they stand."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- showing ---------------------------------------------------------------------------------

# Combining or blank characters that count as printable and still hide text.
_INVISIBLE: Final = regex(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)


def show(text: str, *, multiline: bool = False) -> str:
    r"""Text from outside, safe for a terminal: every invisible or controlling character as ``\\u{…}``.

    With ``multiline`` line feeds stay; all else that is not plainly visible is escaped.
    """
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(_visible(char, multiline=multiline) for char in text)


def _visible(char: str, *, multiline: bool) -> str:
    if char == "\n" and multiline:
        return char
    if (char.isprintable() or char == "\u3000") and not _INVISIBLE.match(char):
        return char
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char) or f"\\u{{{ord(char):x}}}"
