"""What runs when a package is installed: ``setup.py`` and npm's life-cycle scripts."""

from __future__ import annotations

import itertools
import posixpath
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.code import ir
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_STAGES: Final = ("preinstall", "install", "postinstall", "prepare", "preprepare")
_PACKING: Final = frozenset({"prepare", "preprepare"})
"""What npm runs for those alone who pack a package, or take it from git."""
_CLONES: Final = regex(r"\bgit\s+(?:clone|fetch|pull|submodule)\b[^|;&]*")
"""Fetching a source that goes into a package, of which nothing is run."""
_INLINE: Final = regex(
    r"""\bnode\s+(?:-e|--eval)\s+(?:"(?:try\s*\{\s*)?(?:require\('(?:node:)?fs'\)\.chmodSync\('[\w./-]*',\s*(?:'\d+'|0?o?\d+)\);?\s*)+"""
    r"""(?:\}\s*catch\s*(?:\(\w*\))?\s*\{\s*\};?\s*)?")"""
)
"""Code in a command that has a file of the package's own made one to run, and nothing else."""
_EXPANDS: Final = regex(r"<!@?\(([^\n]{1,400}?)\)[\"',\]\s]")
_REQUIRES: Final = regex(r"""\brequire\(\\?['"](\.[\w./-]{1,160})\\?['"]\)""")
"""Code of the package's own; what is required by name is how others are found to be built with."""
_GYP: Final = 64 * 1024
_KINDS: Final = {
    **dict.fromkeys(("ssrf", "outward"), "install-script-network"),
    **dict.fromkeys(("command", "argv"), "install-script-process"),
    "code": "install-script-code",
}
_BUILD: Final = frozenset(
    {"require", "import", "compile", "exec", "execfile", "__import__", "import_module", "setTimeout"}
)
"""``setup.py`` files read their own version by running a file of theirs; other families know decoded code."""


def find(code: Code) -> Iterator[Fact]:
    """``install-script-network``, ``install-script-process``, ``install-script-code``, ``install-command``."""
    for scope in code.scopes:
        if posixpath.basename(scope.path) == "setup.py" and (scope.number == 0 or _at_install(scope)):
            yield from _does(scope)
    for path, document in code.metadata.items():
        if posixpath.basename(path) == "package.json" and isinstance(document, dict):
            yield from _scripts(code, path, document.get("scripts"))
            yield from _expanded(code, posixpath.join(posixpath.dirname(path), "binding.gyp"))
        if posixpath.basename(path) == "pyproject.toml" and isinstance(document, dict):
            at = {posixpath.normpath(posixpath.join(posixpath.dirname(path), each)) for each in _hooks(document)}
            for scope in code.scopes:
                if scope.path in at:
                    yield from _does(scope)


def _at_install(scope: Scope) -> bool:
    if scope.function.cls >= 0:
        return True
    name = scope.function.name
    top = scope.module.functions[0].body
    return any(
        isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) and node.callee.id == name for node in walk(top)
    )


def _does(scope: Scope) -> Iterator[Fact]:
    for called in scope.calls:
        if called.name.rpartition(".")[2] in _BUILD or says("build-commands", scope.command(called.call)):
            continue
        names = {_KINDS[kind] for kind in scope.kinds(called) if kind in _KINDS}
        for name in sorted(names):
            yield scope.fact(name, called.call.line, called.name)


def _scripts(code: Code, path: str, scripts: Json) -> Iterator[Fact]:
    for stage in _STAGES if isinstance(scripts, dict) else ():
        command = scripts.get(stage) if isinstance(scripts, dict) else None
        command = _INLINE.sub("", command) if isinstance(command, str) else None
        if not isinstance(command, str) or (
            stage in _PACKING and not says("install-commands", _CLONES.sub("", command))
        ):
            continue
        if says("install-commands", command) or says("download-run", command) or says("secret-commands", command):
            yield Fact("install-command", path, 1, f"{stage}: {command[:160]}")
        for script in _files(command):
            at = posixpath.normpath(posixpath.join(posixpath.dirname(path), script))
            for scope in code.scopes:
                if scope.path == at:
                    yield from _does(scope)


def _expanded(code: Code, path: str) -> Iterator[Fact]:
    """Commands of ``binding.gyp``, which npm has node-gyp run though no script says so."""
    data = code.project.texts(path) if code.project.texts is not None else None
    text = data[:_GYP].decode("utf-8", "replace") if data is not None else ""
    for found in _EXPANDS.finditer(text):
        command, line = found[1], text.count("\n", 0, found.start()) + 1
        if any(says(subject, command) for subject in ("download-run", "secret-commands", "posting-commands")):
            yield Fact("install-command", path, line, f"{posixpath.basename(path)}: {command[:160]}")
        names = [each[1] for each in _REQUIRES.finditer(command)] + [*_files(command)]
        at = {posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names}
        for scope in code.scopes if at else ():
            if scope.path in at or posixpath.splitext(scope.path)[0] in at or posixpath.dirname(scope.path) in at:
                yield from _does(scope)


def _hooks(document: Mapping[str, Json]) -> Iterator[str]:
    """Files of the project's own that build it: a back end beside it (PEP 517), hooks of Hatch, Poetry's script."""
    build = object_or_empty(document.get("build-system"))
    backend, places = build.get("build-backend"), build.get("backend-path")
    for folder in places if isinstance(backend, str) and isinstance(places, list) else ():
        module = str(backend).partition(":")[0].replace(".", "/")
        yield posixpath.join(str(folder), f"{module}.py")
        yield posixpath.join(str(folder), module, "__init__.py")
    tools = object_or_empty(document.get("tool"))
    hatch = object_or_empty(object_or_empty(object_or_empty(tools.get("hatch")).get("build")).get("hooks"))
    if "custom" in hatch:
        yield text_or_empty(object_or_empty(hatch["custom"]).get("path")) or "hatch_build.py"
    poetry = object_or_empty(tools.get("poetry")).get("build")
    script = poetry if isinstance(poetry, str) else object_or_empty(poetry).get("script")
    if isinstance(script, str):
        yield script


def _files(command: str) -> Iterator[str]:
    """Scripts that a command hands to node."""
    try:
        words = shlex.split(command)
    except ValueError:
        return
    for before, word in itertools.pairwise(words):
        if before == "node" and not word.startswith("-"):
            yield word if word.endswith((".js", ".cjs", ".mjs")) else word + ".js"
