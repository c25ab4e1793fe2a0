"""XML as settings files need it: elements with attributes, and where they stand.

Nothing can expand and nothing is fetched, since what could is refused: document types, and so every entity but the
five of XML 1.0 §4.6; processing instructions; encodings other than UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits

_NAME: Final = r"[A-Za-z_][\w.:-]*+"
_ATTRIBUTE: Final = rf"""\s++{_NAME}\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')"""
# Each alternative begins unlike the others and gives nothing back, so that no character is read twice.
_TOKEN: Final = re.compile(
    rf"(?P<text>[^<]++)|<!--(?:[^-]|-(?!-))*+-->|<!\[CDATA\[(?:[^\]]|\](?!\]>))*+\]\]>"
    rf"|</(?P<closed>{_NAME})\s*+>|<(?P<opened>{_NAME})(?P<attributes>(?:{_ATTRIBUTE})*+)\s*+(?P<empty>/?)>"
)
_PAIR: Final = re.compile(rf"""({_NAME})\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_DECLARATION: Final = re.compile(
    r"""<\?xml\s++version\s*+=\s*+["']1\.\d["'](?:\s++encoding\s*+=\s*+["'](?i:utf-8)["'])?"""
    r"""(?:\s++standalone\s*+=\s*+["'](?:yes|no)["'])?\s*+\?>"""
)
_ENTITY: Final = re.compile(r"&(?:#(\d{1,7});|#x([0-9A-Fa-f]{1,6});|(lt|gt|amp|quot|apos);)?")
_ENTITIES: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_SURROGATES: Final = range(0xD800, 0xE000)
_LAST: Final = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Element:
    """One element with everything in it."""

    tag: str
    attributes: Mapping[str, str] = field(repr=False)
    line: int
    """Line from 1 on which it opens."""
    children: list[Element] = field(default_factory=list, repr=False)
    texts: list[str] = field(default_factory=list, repr=False)
    """What stands between its children, as written: entities are not replaced, CDATA is left out."""

    @property
    def text(self) -> str:
        """Its own text without the blanks around it."""
        return "".join(self.texts).strip()


def parse(data: bytes, name: str, limits: Limits) -> Element:
    """The root element.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not XML of this kind; ``line`` says where.
    """
    if len(data) > limits.slow_text_bytes:
        raise LimitExceeded(
            f"{name}: larger than {limits.slow_text_bytes} bytes",
            hint="raise limits.slow_text_bytes if this file is meant to be that large",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise FormatError(f"{name}: not UTF-8 at byte {cause.start}", hint="save the file as UTF-8") from cause
    return _Reader(text, name, limits).read()


class _Reader:
    def __init__(self, text: str, name: str, limits: Limits) -> None:
        self._text, self._name, self._limits = text, name, limits
        self._line = 1
        self._open = [Element("", {}, 0)]
        """What stands around the whole document, then every element that is not closed yet."""

    def read(self) -> Element:
        at = found.end() if (found := _DECLARATION.match(self._text)) else 0
        while at < len(self._text):
            token = _TOKEN.match(self._text, at)
            if token is None:
                self._refuse("no element, comment or text that is read here")
            self._take(token)
            self._line += self._text.count("\n", at, token.end())
            at = token.end()
        if len(self._open) > 1 or not self._open[0].children:
            self._refuse("the root element never ends")
        return self._open[0].children[0]

    def _take(self, token: re.Match[str]) -> None:
        outside = len(self._open) == 1
        if token["text"] and outside and token["text"].strip():
            self._refuse("text outside of the root element")
        if token["text"] and not outside:
            self._open[-1].texts.append(token["text"])
        if token["closed"]:
            if self._open[-1].tag != token["closed"]:
                self._refuse("an element is closed that is not open")
            self._open.pop()
        elif token["opened"]:
            if outside and self._open[0].children:
                self._refuse("a second root element")
            element = Element(token["opened"], self._attributes(token["attributes"]), self._line)
            self._open[-1].children.append(element)
            if not token["empty"]:
                self._open.append(element)
            if len(self._open) > self._limits.json_depth:
                raise LimitExceeded(f"{self._name}: nested deeper than {self._limits.json_depth} levels")

    def _attributes(self, text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for pair in _PAIR.finditer(text):
            if pair[1] in found:
                self._refuse("an attribute that comes twice")
            found[pair[1]] = _ENTITY.sub(self._character, pair[2] or pair[3] or "")
        return found

    def _character(self, found: re.Match[str]) -> str:
        decimal, hexadecimal, name = found.groups()
        if name:
            return _ENTITIES[name]
        number = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0
        if not 0 < number <= _LAST or number in _SURROGATES:
            self._refuse("an entity that stands for no character; only those of XML itself are read")
        return chr(number)

    def _refuse(self, problem: str) -> NoReturn:
        raise FormatError(
            f"{self._name}:{self._line}: not XML as settings are written in: {problem}",
            hint="have the program that owns the file write it again",
            line=self._line,
        )
