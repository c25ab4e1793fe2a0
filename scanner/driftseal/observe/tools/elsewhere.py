"""Where the tools of a server are whose own source declares none: in a program that it starts, or in a package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import last_name
from driftseal.code.project import External
from driftseal.observe.tools.lists import Site
from driftseal.observe.tools.sites import Sites
from driftseal.regexes import regex

_STARTS: Final = frozenset(
    {"spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "execv", "execve", "execvp", "execvpe"}
    | {"Popen", "run", "call", "check_call", "check_output", "execa"}
)
_PROCESSES: Final = frozenset({"child_process", "subprocess", "os", "execa", "cross-spawn"})
_SDKS: Final = regex(r"(mcp|fastmcp|@modelcontextprotocol/.*|mcp-framework|@mastra/mcp|mcp_use|mcp-use)([./].*)?\Z")
_WORD: Final = regex(r"(\A|[^a-z])mcp([^a-z]|\Z)", re.IGNORECASE)
_SMALL: Final = 80
"""Functions of a project that does little else than to start another program."""
_ASIDE: Final = ("setup.py", "install", "postinstall", "build", "update")
"""Files that start programs without being the server."""


def elsewhere(sites: Sites) -> Iterator[tuple[str, int, str]]:
    """The places that lead there: a program first, else packages that are called after the protocol."""
    functions = sum(len(module.functions) for module in sites.project.modules.values())
    starts = sorted(_STARTS) if functions < _SMALL else ()
    started = [site for name in starts for site in sites.constants.calls.get(name, ()) if _starts(sites, site)]
    if started:
        for site in started:
            yield site.path, site.node.line, "a program that is not part of the source is started"
        return
    for path, module in sites.project.modules.items():
        for imported in module.imports:
            name = imported.module
            outside = sites.project.paths.find(path, name) is None and not name.startswith(".")
            if outside and _WORD.search(name) and not _SDKS.match(name):
                yield path, imported.line, f"tools come from the package {name.split('.')[0]}"
    for name, calls in sites.constants.calls.items():
        for site in calls if "mcp" in name.lower() else ():
            package = _package(sites, site)
            if package and not _SDKS.match(package):
                yield site.path, site.node.line, f"tools come from the package {package}"


def _starts(sites: Sites, site: Site) -> bool:
    package = _package(sites, site).split("/")[0]
    return package in _PROCESSES and not any(word in site.path.lower() for word in _ASIDE)


def _package(sites: Sites, site: Site) -> str:
    """The package that a function comes from, where it is not of this project."""
    call = site.node
    if not isinstance(call, ir.Call) or not isinstance(call.callee, (ir.Name, ir.Attr)) or not last_name(call.callee):
        return ""
    root: ir.Expr = call.callee
    while isinstance(root, ir.Attr):
        root = root.value
    found = sites.project.resolve(site.path, root) if isinstance(root, ir.Name) else None
    return found.module if isinstance(found, External) else ""
