"""The packages of a project, and which of them hold the source of MCP servers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal.code import front_ends
from driftseal.collect.clients import paths
from driftseal.collect.discovery.compiled import is_compiled
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.regexes import regex

if TYPE_CHECKING:
    import re2

    from driftseal.observe.program import Program
    from driftseal.observe.tools.declared import Declared, Dynamic

MANIFESTS: Final = ("package.json", "pyproject.toml", "Cargo.toml", "go.mod", "setup.cfg", "setup.py", "pom.xml")
"""Files that a package's root holds, those that name it best first."""
_ENDS: Final = (".csproj", ".gradle", ".gradle.kts")
_SERVES: Final = (
    r"\bFastMCP\b|\b(?:new|import|using|extends|:|\.)\s*(?:\{\s*)?McpServer\b|\bMcpServer[.(<]|\bMCPServer\(|"
    r"\[McpServer(?:Tool|Prompt|Resource)|McpAgent\b|createMcpHandler|ListToolsRequestSchema|setRequestHandler\(|"
    r"modelcontextprotocol/sdk/server|modelcontextprotocol/server[\"'/]|modelcontextprotocol/go-sdk/mcp|"
    r"modelcontextprotocol\.server|\bmcp\.server\b|mcp-go/server|[\"']mcp-framework[\"']|\brmcp\b|tool_router|"
    r"@(?:mcp|server|app)\.tool\b|@\w+\.list_tools\(|tools/list|ModelContextProtocol\.Server|springframework\.ai\.mcp|"
    r"@McpTool"
)
"""What the source of a server says somewhere, and that of a mere client hardly ever."""
_USES: Final = (
    r"|modelcontextprotocol/(?:sdk|client|core)\b|\bredirectToAuthorization\s*\(|\bmcp\.client\b|\bfrom mcp import\b"
)
"""What the source of a client says, besides that of a server."""
_ASKS: Final = regex(rb"spring-ai-(?:starter-)?mcp-server")
"""What a manifest asks for whose annotated methods become tools of a server."""
_NEEDS: Final = regex(
    rb"\"@modelcontextprotocol/(?:sdk|server|client|core)\"\s*:|"
    rb"[\"'](?:mcp|fastmcp|mcp-server-[\w-]{1,80})(?:\[[\w, -]{0,80}\])?\s{0,4}(?:[<>=~!;@][^\"'\n]{0,200})?[\"']|"
    rb"\bname[\"']?\s{0,8}[:=]\s{0,8}[\"'](?:@[\w.-]{1,80}/)?(?:[\w.-]{1,80}[-_.])?mcp[-_]server(?:[-_.][\w.-]{1,80})?[\"']"
)
"""What the manifest asks for of a program that serves a server beside it, and may speak of the protocol nowhere."""
_EXPOSED: Final = regex(rb"springframework\.ai\.tool\.annotation\.Tool\b")
_SPOKEN: Final = regex(rb"mcp|modelcontextprotocol", re.IGNORECASE)
_LOOSE: Final = frozenset({"class", "decorator"})
"""Idioms by which other frameworks declare tools too."""
_LARGE: Final = 4 * 1024 * 1024
"""Bytes of source of a package above which only the folders that hold a server are read."""
_GO_MODULE: Final = regex(r"^module\s+(\S+)", re.MULTILINE)


def is_manifest(name: str) -> bool:
    """Whether a file of this name stands in the root of a package."""
    return name in MANIFESTS or name.endswith(_ENDS)


def grouped(files: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Paths by the root of their package: the nearest folder above that holds a manifest; else the whole."""
    listed = sorted(files)
    roots = {posixpath.dirname(path) for path in listed if is_manifest(posixpath.basename(path))}
    groups: dict[str, list[str]] = {}
    for path in listed:
        folder = posixpath.dirname(path)
        while folder and folder not in roots:
            folder = posixpath.dirname(folder)
        groups.setdefault(folder, []).append(path)
    return groups


def serving(members: Iterable[tuple[str, bytes]]) -> list[str]:
    """The files of a package that may be those of a server; none where nothing speaks of one."""
    sizes: dict[str, int] = {}
    speaking: set[str] = set()
    exposed: set[str] = set()
    asks = False
    for path, data in members:
        asks = asks or (is_manifest(posixpath.basename(path)) and _ASKS.search(data) is not None)
        if path.endswith(".java") and _EXPOSED.search(data):
            exposed.add(posixpath.dirname(path))
        serves = front_ends.language(path) is not None and _pattern(_SERVES).search(data)
        # What was compiled is no source, unless it is how the server was published.
        if serves or not is_compiled(path, data):
            sizes[path] = len(data)
        if serves:
            speaking.add(posixpath.dirname(path))
    # The starter of a server makes tools of annotated methods; without it they are those of an agent.
    speaking |= exposed if asks else set()
    if not speaking or sum(sizes.values()) <= _LARGE:
        return list(sizes) if speaking else []
    return [path for path in sizes if _is_below(posixpath.dirname(path), speaking)]


def uses(members: Iterable[tuple[str, bytes]]) -> bool:
    """Whether any file is that of a server or of a client, though none may declare a tool that can be read."""
    pattern = _pattern(_SERVES + _USES)
    return any(
        pattern.search(data) if front_ends.language(path) is not None else is_manifest(path) and _NEEDS.search(data)
        for path, data in members
    )


def served(read: Program) -> dict[str, Declared]:
    """What a server of the package serves: what is added to a server object, or stands where MCP is spoken of.

    Frameworks of agents call what they call themselves tools as well, in classes and by decorators.
    """
    return {
        key: one for key, one in read.declared.items() if one.server or one.how not in _LOOSE or _speaks(read, one.path)
    }


def unknown(read: Program) -> list[Dynamic]:
    """Places where a server makes tools at run time."""
    return [one for one in read.found.dynamic if _speaks(read, one.path)]


def _speaks(read: Program, path: str) -> bool:
    return _SPOKEN.search(read.sources.get(path, b"")) is not None


def _is_below(folder: str, speaking: set[str]) -> bool:
    while folder not in speaking:
        if not folder:
            return False
        folder = posixpath.dirname(folder)
    return True


@cache
def _pattern(text: str) -> re2._Regexp[bytes]:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(text.encode("ascii"), options)


def name(root: str, files: Mapping[str, Path], limits: Limits) -> str:
    """What the manifests of a package's root call it; empty where none does."""
    for kind in MANIFESTS:
        path = f"{root}/{kind}" if root else kind
        if path in files:
            try:
                told = next(_named(kind, paths.read(files[path], path, limits), limits), "")
            except TargetError:
                # The folder's name serves as well; the file itself is a gap of those who look at manifests.
                continue
            if told:
                return told
    return ""


def _named(kind: str, data: bytes, limits: Limits) -> Iterator[str]:
    if kind == "go.mod":
        yield from (found[1].rpartition("/")[2] for found in _GO_MODULE.finditer(data.decode("utf-8", "replace")))
    if not kind.endswith((".json", ".toml")):
        return
    whole = document.read(data, kind, limits).value
    for keys in ((), ("project",), ("package",), ("tool", "poetry")):
        at: Json = whole
        for key in keys:
            at = at.get(key) if isinstance(at, dict) else None
        told = at.get("name") if isinstance(at, dict) else None
        if isinstance(told, str) and told:
            yield told
