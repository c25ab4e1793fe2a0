"""Texts and tables of a server that lie in files beside its code, read where the code names the file.

``(Path(__file__).parent / "add.md").read_text()``, ``json.load(open("tools.json"))``, ``import x from "./texts.json"``.
Nothing else of such files is looked at, and only files of the server's own folder are (see `Project.texts`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import External, Project
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.observe.tools.wordings import Wordings

_READS: Final = frozenset({"read", "read_text", "readFileSync", "readFile", "readTextFile", "readTextFileSync", "text"})
_PARSES: Final = frozenset({"loads", "load", "safe_load", "full_load", "parse", "require"})
_TEXTS: Final = (".md", ".txt", ".prompt", ".json", ".yaml", ".yml", ".toml")
_TABLES: Final = (".json", ".yaml", ".yml", ".toml")
_NAMES: Final = 40
"""Parts of an expression among which the name of a file is looked for."""
_FILES: Final = 64
"""Files that are read for one project."""
_LARGEST: Final = 256 * 1024
"""Bytes of a file that is read."""
_DEEPEST: Final = 12
"""Tables in tables."""


class Files(Wordings):
    """Values of one project, with what stands in files beside its code."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._read: dict[str, bytes | None] = {}
        self._tables: dict[str, ir.Expr | None] = {}

    def _next(self, spot: Spot, depth: int) -> Spot | None:
        found = super()._next(spot, depth)
        if found is not None or depth <= 0 or self.project.texts is None:
            return found
        expr = spot.expr
        if isinstance(expr, ir.Call) and last_name(expr.callee) in _READS | _PARSES:
            return self._of_file(spot, expr)
        if isinstance(expr, ir.Name):
            known = self.project.named(spot.path, expr.id)
            if isinstance(known, External) and known.module.endswith(_TABLES):
                return self._table(spot, posixpath.join(posixpath.dirname(spot.path), known.module))
        return None

    def _of_file(self, spot: Spot, call: ir.Call) -> Spot | None:
        names = list(self._names_below(spot, call))
        if not names or not names[-1].endswith(_TEXTS):
            return None
        parses = last_name(call.callee) in _PARSES
        for first in range(len(names)):
            inside = posixpath.join(*names[first:])
            for folder in dict.fromkeys((posixpath.dirname(spot.path), "")):
                path = posixpath.normpath(posixpath.join(folder, inside.lstrip("/")))
                found = self._table(spot, path) if parses else self._text(spot, path)
                if found is not None:
                    return found
        return None

    def _names_below(self, spot: Spot, call: ir.Call) -> Iterator[str]:
        """Texts that an expression is put together of, up to the name of a file."""
        parts = [*([call.callee.value] if isinstance(call.callee, ir.Attr) else ()), *(arg.value for arg in call.args)]
        waiting = [spot.at(part) for part in reversed(parts)]
        for _ in range(_NAMES):
            if not waiting:
                return
            at = waiting.pop()
            if isinstance(at.expr, ir.Const):
                if isinstance(at.expr.value, str):
                    yield at.expr.value
                    if at.expr.value.endswith(_TEXTS):
                        return
            elif isinstance(at.expr, (ir.Name, ir.Attr)):
                onward = super()._next(at, 2)
                waiting += [onward] if onward is not None else []
            elif isinstance(at.expr, ir.Binary):
                waiting += [at.at(at.expr.right), at.at(at.expr.left)]
            elif isinstance(at.expr, ir.Text):
                waiting += [at.at(part) for part in reversed(at.expr.parts)]
            elif isinstance(at.expr, ir.Call):
                waiting += [at.at(arg.value) for arg in reversed(at.expr.args)]
                waiting += [at.at(at.expr.callee.value)] if isinstance(at.expr.callee, ir.Attr) else []

    def _text(self, spot: Spot, path: str) -> Spot | None:
        data = self._bytes(path)
        return spot.at(ir.Const(data.decode("utf-8", "replace"), spot.expr.line)) if data is not None else None

    def _table(self, spot: Spot, path: str) -> Spot | None:
        path = posixpath.normpath(path)
        if path not in self._tables:
            data = self._bytes(path) if path.endswith(_TABLES) else None
            self._tables[path] = _parsed(data, path) if data is not None else None
        found = self._tables[path]
        return spot.at(found) if found is not None else None

    def _bytes(self, path: str) -> bytes | None:
        if path not in self._read:
            asked = self.project.texts if len(self._read) < _FILES and not path.startswith("../") else None
            data = asked(path) if asked is not None else None
            self._read[path] = data if data is not None and len(data) <= _LARGEST else None
        return self._read[path]


def _parsed(data: bytes, path: str) -> ir.Expr | None:
    try:
        return _written(document.read(data, path, DEFAULT_LIMITS).value, _DEEPEST)
    except TargetError:
        return None


def _written(value: Json, depth: int) -> ir.Expr:
    """A value as code would write it."""
    if isinstance(value, dict) and depth:
        entries = (ir.Entry(ir.Const(key, 0), _written(each, depth - 1)) for key, each in value.items())
        return ir.Mapping(tuple(entries), 0, "")
    if isinstance(value, list) and depth:
        return ir.Group(tuple(_written(each, depth - 1) for each in value), 0)
    return ir.Const(None if isinstance(value, (dict, list)) else value, 0)
