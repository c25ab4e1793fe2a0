"""Files that a server loads or starts although they lie aside, or are called like no code.

Nobody looks for code in ``tests/util.js``, ``vendor/``, ``lib/data.dat`` or in a program without a suffix, which is why
some put it there. What the code itself imports, what its package names as a program, and what either runs as a script
is read wherever it lies; all else stays aside.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe.aside import is_aside
from driftseal.observe.text.patterns import Pattern
from driftseal.regexes import regex

Beside = Callable[[str], "bytes | None"]

_ENDINGS: Final = {
    "javascript": ("", ".js", ".cjs", ".mjs", ".ts", "/index.js", "/index.cjs", "/index.mjs"),
    "python": (".py", "/__init__.py"),
}
_RUNS_CODE: Final = frozenset(
    {"exec", "execfile", "eval", "compile", "run_path", "runInThisContext", "runInNewContext", "fork", "Worker"}
    | {"importScripts", "spec_from_file_location", "SourceFileLoader", "load_source"}
)
_RUNS_PROGRAMS: Final = frozenset(
    {"Popen", "run", "call", "check_call", "check_output", "getoutput", "system", "popen", "spawn", "spawnSync"}
    | {"execSync", "execFile", "execFileSync", "execa", "execaSync"}
    | {"create_subprocess_exec", "create_subprocess_shell"}
)
_LOADS: Final = frozenset({"require", "import"})
_NAMES: Final = frozenset({"import_module", "__import__"})
_SEARCHED: Final = "sys.path."
_GIVEN: Final = 240
"""Letters of what a call is given that are looked at."""
_JOINED: Final = regex(r"[^;\n]{0,80}?\b(?:join|resolve)\s*\(([^)]{0,200})\)")
"""A path that is put together."""
_LITERAL: Final = regex(r"""["'`]([^"'`\n]{2,160})["'`]""")
_FILE: Final = regex(r"\.{0,2}/?[\w@][\w@.-]*(?:/[\w@.-]+)*\Z")
_INTERPRETER: Final = regex(r"\b(?:(python[\d.]*|executable|uv|pypy)|(node|bun|deno|tsx|execPath)|(?:ba|z|da)?sh)\b")
_SHEBANG: Final = regex(r"#!.*\b(?:(python[\d.]*)|(node|bun|deno|tsx)|(?:ba|z|da)?sh)\b")
_DOTTED: Final = regex(r"(?m)^[ \t]*import[ \t]+(\w+(?:\.\w+){1,8})")
_SHELL: Final = (".sh", ".bash", ".zsh")
_STARTS: Final = regex(
    r"(?:(?:docker-)?entrypoint|launch|run|serve|start)(?:[-_]?(?:mcp|server|stdio|http|dev))*\.(?:ba|z)?sh"
)
_AT_HAND: Final = frozenset({"", "bin", "scripts"})
_NO_CODE: Final = (".json", ".css", ".md", ".node", ".wasm", ".html", ".svg", ".png", ".yaml", ".yml", ".toml")
_STAGES: Final = ("preinstall", "install", "postinstall", "start")
"""Scripts of a package that npm runs for whoever installs or starts it."""
_LARGE: Final = 256 * 1024
"""Bytes of source in which nobody writes the names of scripts; bundles are larger."""
_MOST: Final = 64
"""Files of one project that are reached."""
_ASKED: Final = 10_000
"""Names of files that are asked for."""


class Reached(NamedTuple):
    """A file that something loads or runs."""

    path: str
    data: bytes
    language: str
    """That of a front end."""


class Search:
    """What is reached from the code of one project, file by file."""

    def __init__(self, beside: Beside, known: Mapping[str, bytes], most: int) -> None:
        """``known`` are the files that are read already, which may grow; ``most`` the bytes that are reached."""
        self._beside = beside
        self._known = known
        self._left = most
        self.late = ""
        """The first file that was not asked for, or not read, since there were so many."""
        self._asked: set[str] = set()
        self._found = 0

    def of_package(self, metadata: Mapping[str, Json]) -> Iterator[Reached]:
        """What ``package.json`` and ``pyproject.toml`` name as programs, entries and scripts."""
        for path, held in metadata.items():
            folder, about = posixpath.dirname(path), object_or_empty(held)
            for name in _entries(about):
                yield from self._ask(folder, name, "javascript", _ENDINGS["javascript"])
            for name in _bundled(about):
                whole = posixpath.join(folder, "node_modules", name)
                main = _main(self._given(posixpath.join(whole, "package.json")))
                yield from self._ask(whole, main, "javascript", _ENDINGS["javascript"])
            scripts = object_or_empty(about.get("scripts"))
            for stage in _STAGES:
                yield from self._run(folder, text_or_empty(scripts.get(stage)), "")
            tools = object_or_empty(object_or_empty(about.get("tool")).get("setuptools"))
            files = tools.get("script-files")
            for file in files if isinstance(files, list) else ():
                yield from self._ask(folder, str(file), "python", ("",))

    def of_code(self, project: Project, sources: Mapping[str, bytes]) -> Iterator[Reached]:
        """What files of code import or run."""
        for path, module in project.modules.items():
            data = sources.get(path, b"")
            text = data.decode("utf-8", "replace") if len(data) <= _LARGE else ""
            calls = list(_calls(text))
            if module.language == "python":
                searched = [parts for head, given in calls if head == _SEARCHED and (parts := _LITERAL.findall(given))]
                yield from self._of_python(project, path, module, text, searched)
            elif module.language in {"javascript", "typescript", "tsx"}:
                folder = posixpath.dirname(path)
                for each in module.imports:
                    if each.module.startswith(".") and project.paths.find(path, each.module) is None:
                        yield from self._ask(folder, each.module, "javascript", _ENDINGS["javascript"])
            language = "python" if module.language == "python" else "javascript"
            for head, given in calls:
                yield from self._of_call(posixpath.dirname(path), head, given, language)

    def _of_python(
        self, project: Project, path: str, module: ir.Module, text: str, searched: Sequence[Sequence[str]]
    ) -> Iterator[Reached]:
        """What is imported; ``searched`` are folders, by their parts, in which Python is told to look as well."""
        folder = posixpath.dirname(path)
        roots = [posixpath.join(folder, *parts) for parts in searched]
        for each in module.imports:
            if project.paths.find(path, each.module) is not None:
                continue
            for root in roots:
                yield from self._ask(root, each.module.replace(".", "/"), "python", _ENDINGS["python"])
            dots = len(each.module) - len(each.module.lstrip("."))
            top = folder
            for _ in range(dots - 1):
                top = posixpath.dirname(top)
            below = each.module.lstrip(".").replace(".", "/")
            names = [below, posixpath.join(below, each.symbol)] if each.symbol not in {"", "*"} else [below]
            if not dots and not (is_aside(f"{below}/x") or is_aside(f"{below}.py")):
                continue
            if each.local == each.module:  # ``import docs.helper`` binds ``docs``
                names += [found[1].replace(".", "/") for found in _DOTTED.finditer(text)]
            for name in filter(None, names):
                yield from self._ask(top, name, "python", _ENDINGS["python"])

    def _of_call(self, folder: str, head: str, given: str, language: str) -> Iterator[Reached]:
        if head in _NAMES:
            name = next(iter(_LITERAL.findall(given)), "").replace(".", "/")
            if is_aside(f"{name}.py"):
                yield from self._ask(folder, name, "python", _ENDINGS["python"])
            return
        joined = _JOINED.match(given) if "join" in given or "resolve" in given else None
        name = posixpath.join("", *_LITERAL.findall(joined[1])) if joined is not None else ""
        if _FILE.match(name):
            endings = ("", ".py") if language == "python" else _ENDINGS["javascript"]
            yield from self._ask(folder, name, language, endings)
        if head in _RUNS_CODE or head in _RUNS_PROGRAMS:
            around = given.partition(";")[0]
            for literal in _LITERAL.findall(around):
                yield from self._run(folder, literal, language if head in _RUNS_CODE else "", around=around)

    def _run(self, folder: str, command: str, language: str, *, around: str = "") -> Iterator[Reached]:
        """Files that a command line names. ``language`` is that of code that is run as it is."""
        for word in command.split():
            name = word.strip("\"'`;&|()")
            if not _FILE.match(name) or not ("." in name or "/" in name or language):
                continue
            said = _INTERPRETER.search(f"{around} {command}")
            told = "python" if said and said[1] else "javascript" if said and said[2] else "shell" if said else ""
            yield from self._ask(folder, name, language or told, ("",))

    def _ask(self, folder: str, name: str, language: str, endings: tuple[str, ...]) -> Iterator[Reached]:
        for top in dict.fromkeys((folder, "")):
            stem = posixpath.normpath(posixpath.join(top, name.lstrip("/")))
            for ending in endings:
                path = stem + ending
                if path in self._known:
                    return
                if path in self._asked or stem.startswith("..") or path.endswith(_NO_CODE):
                    continue
                data = self._given(path)
                known = _language(path, data, language) if data is not None else ""
                if data is None or not known:
                    continue
                if self._found >= _MOST or len(data) > self._left:
                    self.late = self.late or path
                    return
                self._found += 1
                self._left -= len(data)
                yield Reached(path, data, known)
                return

    def _given(self, path: str) -> bytes | None:
        """A file, where there is one and not too many were asked for."""
        if len(self._asked) >= _ASKED:
            self.late = self.late or path
            return None
        self._asked.add(path)
        return self._beside(path)


def is_start(path: str) -> bool:
    """Whether a file is the script that people are told to start a server by: nothing names it but its README."""
    folder, name = posixpath.split(path)
    return folder in _AT_HAND and _STARTS.fullmatch(name) is not None


@cache
def _heads() -> Pattern:
    names = "|".join(sorted(_RUNS_CODE | _RUNS_PROGRAMS | _LOADS | _NAMES))
    return Pattern(rf"\b(?:{names})\s*\(|\bsys\.path\.(?:insert|append)\s*\(", "reached")


def _calls(text: str) -> Iterator[tuple[str, str]]:
    """Calls that load or run something: their names, and the beginning of what they are given."""
    for start, end in _heads().spans(text):
        head = text[start:end].rstrip("( \t\r\n")
        yield _SEARCHED if head.startswith(_SEARCHED) else head, text[end : end + _GIVEN]


def _language(path: str, data: bytes, otherwise: str) -> str:
    """The language of a script: by its name, else by its first line, else by what runs it. Empty for what is none."""
    named = front_ends.language(path)
    if named is not None or path.endswith(_SHELL):
        return named or "shell"
    if b"\0" in data[:1024]:
        return ""
    said = _SHEBANG.match(data[:200].decode("utf-8", "replace"))
    if said is not None:
        return "python" if said[1] else "javascript" if said[2] else "shell"
    return otherwise


def _bundled(about: Mapping[str, Json]) -> Iterator[str]:
    """Dependencies that a package brings with it, whatever the registry holds under their names."""
    listed = about.get("bundledDependencies", about.get("bundleDependencies"))
    if listed is True:
        listed = [*object_or_empty(about.get("dependencies"))]
    yield from (one for one in (listed[:_MOST] if isinstance(listed, list) else ()) if isinstance(one, str))


def _main(data: bytes | None) -> str:
    """The entry of a package by its ``package.json``."""
    try:
        about = document.read(data, "package.json", DEFAULT_LIMITS).value if data is not None else None
    except TargetError:
        about = None
    return text_or_empty(object_or_empty(about).get("main")) or "index"


def _entries(about: Mapping[str, Json]) -> Iterator[str]:
    """What a package hands to whoever imports or starts it."""
    waiting: list[Json] = [about.get(key) for key in ("main", "module", "bin", "exports")]
    for _ in range(_MOST):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, str) and "*" not in one:
            yield one
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
