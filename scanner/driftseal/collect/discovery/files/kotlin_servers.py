"""Servers in Kotlin: what is added to a server of MCP's own SDK, told from the text, for Kotlin is not lowered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._lines import Lines
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json
from driftseal.observe import aside

_SDK: Final = b"io.modelcontextprotocol"
_TEXT: Final = r'"(?:[^"\\\n$]|\\.){1,200}"'
_PASSED: Final = re.compile(
    r'//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|"""(?:[^"]|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+"?', re.DOTALL
)
"""Comments, and texts, in which nothing is a comment."""
_TOOL: Final = re.compile(rf"\b(?:addTool|Tool)[ \t\n]*+\([ \t\n]*+(?:name[ \t\n]*+=[ \t\n]*+)?({_TEXT})")
_DESCRIBED: Final = re.compile(
    rf'[ \t\n]*+,[ \t\n]*+(?:description[ \t\n]*+=[ \t\n]*+)?(?:({_TEXT})|"""((?:[^"$]|"(?!"")){{1,2000}})""")'
)
_SERVER: Final = re.compile(rf"\bImplementation[ \t\n]*+\([ \t\n]*+(?:name[ \t\n]*+=[ \t\n]*+)?({_TEXT})")
_SERVES: Final = re.compile(r"\b(?:addTools?|addPrompts?|addResources?|ServerOptions)\b")
_ESCAPED: Final = re.compile(r"\\(.)")
_SURE: Final = 0.85


class KotlinServers(FileFinder):
    """See the module."""

    name: ClassVar[str] = "kotlin_servers"
    technique: ClassVar[str] = "source-code-analysis"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return path.endswith(".kt") and not aside.is_aside(path)

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= min(limits.discovery_file_bytes, limits.slow_text_bytes)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``. A name that is put together at run time is none."""
        if _SDK not in source.data:
            return
        text = _PASSED.sub(_without_comment, source.text)
        lines = Lines(text)
        for found in _TOOL.finditer(text):
            name = _plain(found[1])
            content: dict[str, Json] = {"name": name}
            described = _DESCRIBED.match(text, found.end())
            if described is not None:
                content["description"] = _plain(described[1]) if described[1] else described[2].strip()
            line = lines.at(found.start(1))
            yield Sighting(ItemKind.TOOL, name, content, line=line, symbol="addTool", confidence=_SURE)
        for found in _SERVER.finditer(text) if _SERVES.search(text) else ():
            line = lines.at(found.start(1))
            name = _plain(found[1])
            yield Sighting(ItemKind.SERVICE, name, {"role": "mcp"}, line=line, symbol="Server", confidence=_SURE)


def _without_comment(found: re.Match[str]) -> str:
    """A text as it is; of a comment its lines."""
    return "\n" * found[0].count("\n") if found[0].startswith("/") else found[0]


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1])
