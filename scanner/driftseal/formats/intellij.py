"""Settings of JetBrains' IDEs: components that their serializer writes as XML, as plain JSON.

``<component name="C"><option name="a" value="1"/><X><envs><env name="N" value="v"/></envs></X></component>`` is
``{"C": {"a": "1", "X": [{"envs": {"N": "v"}}]}}``: what has a name is a member, what has none is in a list under its
tag. Values stay texts, but for the switch ``enabled``.
"""

from __future__ import annotations

from typing import Final

from driftseal.canonical import escape_pointer, names_too_long
from driftseal.formats import xml
from driftseal.formats.base import Document
from driftseal.formats.xml import Element
from driftseal.limits import Limits
from driftseal.model.item import Json

_SWITCH: Final = "enabled"
_SWITCHED: Final = {"true": True, "false": False}
_MEMBERS: Final = frozenset({"option", "entry", "env"})
_LISTS: Final = frozenset({"list", "set", "array"})
_MAPS: Final = frozenset({"map", "envs"})


def parse(data: bytes, name: str, limits: Limits) -> Document:
    """The components of one settings file, by name.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not XML as settings are written in; ``line`` says where.
    """
    root = xml.parse(data, name, limits)
    settings = _Settings(name, limits)
    components: dict[str, Json] = {}
    for element in root.children:
        if element.tag == "component" and element.attributes.get("name"):
            settings.put(components, element.attributes["name"], element, "")
    return Document(components, tuple(dict.fromkeys(settings.twice)), settings.line)


class _Settings:
    """Turns elements into values, and remembers where each stood and which name came twice."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.twice: list[str] = []
        self._name = name
        self._left = limits.pointer_chars
        self._lines: dict[str, int] = {"": 1}
        self._times: dict[tuple[str, str], int] = {}
        """How often each name came that came more than once in one object, by the pointer of that."""

    def line(self, pointer: str) -> int:
        """See ``Document.line``."""
        return self._lines.get(pointer, 0)

    def put(self, members: dict[str, Json], name: str, element: Element, above: str) -> None:
        """Add a named element to an object; a further one of the same name as ``name#2``."""
        key = name
        if name in members:
            self.twice.append(name)
            # Counted on from the last one, so that many of one name do not look for a free number from 2 on each time.
            number = self._times.get((above, name), 1)
            while key in members:
                number += 1
                key = f"{name}#{number}"
            self._times[above, name] = number
        pointer = f"{above}/{escape_pointer(key)}"
        self._stands(pointer, element)
        members[key] = self._value(element, pointer)

    def _stands(self, pointer: str, element: Element) -> None:
        self._left -= len(pointer)
        if self._left < 0:
            raise names_too_long(self._name)
        self._lines[pointer] = element.line

    def _value(self, element: Element, pointer: str) -> Json:
        if element.tag in _LISTS:
            return [self._entry(child, f"{pointer}/{index}") for index, child in enumerate(element.children)]
        if element.children and element.children[0].tag in _LISTS | _MAPS and element.tag in _MEMBERS:
            return self._value(element.children[0], pointer)
        if element.tag in _MEMBERS and not element.children:
            value = element.attributes.get("value")
            if element.tag == "option" and element.attributes.get("name") == _SWITCH:
                return _SWITCHED.get(value or "", value)
            return value
        return self._object(element, pointer)

    def _entry(self, element: Element, pointer: str) -> Json:
        self._stands(pointer, element)
        return self._value(element, pointer)

    def _object(self, element: Element, pointer: str) -> dict[str, Json]:
        members: dict[str, Json] = {}
        unnamed: dict[str, list[Element]] = {}
        for child in element.children:
            name = child.attributes.get("name") or child.attributes.get("key")
            if child.tag in _MEMBERS and name:
                self.put(members, name, child, pointer)
            elif child.tag in _MAPS:
                self.put(members, child.tag, child, pointer)
            else:
                unnamed.setdefault(child.tag, []).append(child)
        for tag, children in unnamed.items():
            key = tag if tag not in members else f"<{tag}>"
            below = f"{pointer}/{escape_pointer(key)}"
            self._stands(below, children[0])
            members[key] = [self._entry(child, f"{below}/{index}") for index, child in enumerate(children)]
        return members
