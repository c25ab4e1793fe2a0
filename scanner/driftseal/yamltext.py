"""YAML from outside, as plain JSON values: built from parser events, so that depth, aliases and cost are ours to bound.

The loaders of PyYAML are not used: the C one unfolds aliases, recurses until the process dies, and counts
``1:1:1…`` in base 60 in quadratic time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, Final

from driftseal.canonical import escape_pointer, names_too_long
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.records import dataclass
from driftseal.regexes import regex

_WORDS: Final[dict[str, bool | None]] = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"), None)
    | dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True)
    | dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False)
)
_INTEGER: Final = regex(r"[-+]?(?:0x[0-9a-fA-F_]{1,64}|0b[01_]{1,256}|0o?[0-7_]{0,64}|[1-9][0-9_]{0,300})")
_FLOAT: Final = regex(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER: Final = 310
_STRING_TAG: Final = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document, and where its parts stand."""

    value: Json
    lines: dict[str, int] = field(default_factory=dict)
    """Line from 1 of each value, or of its key in a mapping, by JSON pointer."""
    duplicate_keys: tuple[str, ...] = ()
    """Names that one mapping holds twice. The further value is kept under ``name#2``."""


def documents(data: bytes, name: str, limits: Limits) -> Iterator[Json]:
    """Every document of a YAML stream, one at a time, so that a later one costs nothing until asked for.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not YAML, or it uses aliases; ``line`` says where.
    """
    for document in positioned(data, name, limits):
        yield document.value


def positioned(data: bytes, name: str, limits: Limits, *, past_aliases: bool = False) -> Iterator[Document]:
    """See ``documents``; with the line of every value and the keys that come twice.

    With ``past_aliases`` an alias is read as null instead of refused: what it repeats stands elsewhere in the file, and
    nothing is unfolded.
    """
    if len(data) > limits.slow_text_bytes:
        raise LimitExceeded(
            f"{name}: larger than {limits.slow_text_bytes} bytes",
            hint="raise limits.slow_text_bytes if this file is meant to be that large",
        )
    import yaml

    loader: Any = None
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(data.decode("utf-8-sig"))
        while (builder := _Builder(name, limits, past_aliases=past_aliases)).build(loader.get_event):
            yield Document(builder.value, builder.lines, tuple(builder.duplicates))
    except UnicodeDecodeError as cause:
        raise FormatError(f"{name}: not UTF-8 at byte {cause.start}", hint="save the file as UTF-8") from cause
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        problem = getattr(cause, "problem", None) or getattr(cause, "reason", None) or "unreadable"
        raise FormatError(
            f"{name}:{line}: not valid YAML: {problem}", hint="mend the syntax on that line", line=line
        ) from cause
    finally:
        if loader is not None:
            loader.dispose()


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been met."""

    value: dict[str, Json] | list[Json]
    pointer: str
    key: str | None = None
    """In a mapping: the key whose value comes next."""
    line: int = 0
    """Where that key stands."""
    times: dict[str, int] = field(default_factory=dict)
    """In a mapping: how often each key came that came more than once."""


class _Builder:
    """Builds one document out of events, with a stack of its own instead of recursion."""

    def __init__(self, name: str, limits: Limits, *, past_aliases: bool) -> None:
        self.value: Json = None
        self.lines: dict[str, int] = {}
        self.duplicates: list[str] = []
        self._name = name
        self._depth = limits.json_depth
        self._left = limits.pointer_chars
        self._past_aliases = past_aliases
        self._stack: list[_Open] = []

    def build(self, next_event: Callable[[], Any]) -> bool:
        """Read up to the end of a document; false where the stream has none left."""
        import yaml

        while True:
            event = next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._open({}, event)
            elif kind is yaml.SequenceStartEvent:
                self._open([], event)
            elif kind in {yaml.MappingEndEvent, yaml.SequenceEndEvent}:
                self._stack.pop()
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentEndEvent:
                return True
            elif kind is yaml.StreamEndEvent or event is None:
                return False

    def _scalar(self, event: Any) -> None:
        parent = self._stack[-1] if self._stack else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            parent.key = self._unused(parent, event.value)
            parent.line = event.start_mark.line + 1
        else:
            self._put(_plain(event), event)

    def _alias(self, event: Any) -> None:
        parent = self._stack[-1] if self._stack else None
        is_key = parent is not None and isinstance(parent.value, dict) and parent.key is None
        if is_key or not self._past_aliases:
            line = event.start_mark.line + 1
            raise FormatError(f"{self._name}:{line}: YAML aliases are not read", hint="write the value out", line=line)
        self._put(None, event)

    def _unused(self, parent: _Open, name: str) -> str:
        if name not in parent.value:
            return name
        self.duplicates.append(name)
        # Counted on from the last one, so that a million of one name do not look for a free number from 2 on each time.
        number = parent.times.get(name, 1) + 1
        while f"{name}#{number}" in parent.value:
            number += 1
        parent.times[name] = number
        return f"{name}#{number}"

    def _open(self, value: dict[str, Json] | list[Json], event: Any) -> None:
        if len(self._stack) >= self._depth:
            raise LimitExceeded(f"{self._name}: nested deeper than {self._depth} levels")
        line = event.start_mark.line + 1
        parent = self._stack[-1] if self._stack else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            raise FormatError(
                f"{self._name}:{line}: not valid YAML here: a key is a collection", hint="use text", line=line
            )
        self._stack.append(_Open(value, self._put(value, event)))

    def _put(self, value: Json, event: Any) -> str:
        """Hang a value under the open collection; its pointer."""
        line = event.start_mark.line + 1
        if not self._stack:
            self.value, pointer = value, ""
        else:
            parent = self._stack[-1]
            if isinstance(parent.value, list):
                pointer = f"{parent.pointer}/{len(parent.value)}"
                parent.value.append(value)
            else:
                key, line = parent.key or "", parent.line
                pointer = f"{parent.pointer}/{escape_pointer(key)}"
                parent.value[key] = value
                parent.key = None
        self._left -= len(pointer)
        if self._left < 0:
            raise names_too_long(self._name)
        self.lines[pointer] = line
        return pointer


def _plain(event: Any) -> Json:
    text: str = event.value
    # A quoted or block scalar is text; so is a plain one under a tag that is not resolved here.
    if not event.implicit[0] or event.tag == _STRING_TAG:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER or text[:1] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(text):
        return _integer(digits)
    if _FLOAT.fullmatch(text):
        number = float(digits)
        # No JSON number stands for infinity; the text as written tells as much.
        return number if number - number == 0 else text
    return text


def _integer(digits: str) -> int | str:
    unsigned = digits.lstrip("+-")
    # YAML 1.1 reads a leading zero as octal.
    base = 8 if unsigned.startswith("0") and len(unsigned) > 1 and unsigned[1].isdigit() else 0
    try:
        return int(digits, base)
    except ValueError:
        return digits
