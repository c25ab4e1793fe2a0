"""Small tables beside the code, as the code reads them: each as the constant that it could have been written out as."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Any, Final

from driftseal.code import ir
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.observe.behaviour.nodes import last, strings, walk
from driftseal.regexes import regex

_READERS: Final = frozenset({"loads", "load", "parse", "safe_load", "require", "readJsonSync", "readJSONSync"})
_ENDINGS: Final = (".json", ".yaml", ".yml")
_FILE: Final = regex(r"[\w@./-]{1,160}")
_LARGEST: Final = 8 * 1024
"""Bytes of a table that is a handful of settings, and no data."""
_VALUES: Final = 64
_PARTS: Final = 64
"""Nodes of an expression by which a table is read."""
_DEEPEST: Final = 6


def is_read(value: Any) -> bool:
    """Whether an expression may read a table."""
    return type(value) is ir.Call and last(value.callee) in _READERS


def read(path: str, value: ir.Expr, texts: Callable[[str], bytes | None]) -> ir.Mapping | None:
    """The table that an expression at the top of a file reads: ``json.loads((HERE / "mail.json").read_text())``."""
    name = next((str(each.value) for each in strings(value) if str(each.value).endswith(_ENDINGS)), "")
    return of_file(path, name, value.line, texts) if name and sum(1 for _ in walk(value)) <= _PARTS else None


def of_file(path: str, name: str, line: int, texts: Callable[[str], bytes | None]) -> ir.Mapping | None:
    """The table of a file that another one names."""
    here = posixpath.dirname(path)
    for folder in dict.fromkeys((here, posixpath.dirname(here), "")):
        place = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
        data = texts(place) if _FILE.fullmatch(place) and not place.startswith("../") else None
        if data is not None:
            try:
                held = document.read(data, place, DEFAULT_LIMITS).value if len(data) <= _LARGEST else None
            except TargetError:  # A file that cannot be read tells nobody anything.
                return None
            made = _node(held, line, [_VALUES], _DEEPEST)
            return made if type(made) is ir.Mapping else None
    return None


def _node(value: Json, line: int, room: list[int], depth: int) -> Any:
    """A value as it would stand in the code; the rest of what is too large is left out."""
    room[0] -= 1
    if room[0] < 0 or depth == 0:
        return ir.Const(None, line)
    if isinstance(value, dict):
        entries = [ir.Entry(ir.Const(key, line), _node(each, line, room, depth - 1)) for key, each in value.items()]
        return ir.Mapping(tuple(entries), line, "")
    if isinstance(value, list):
        return ir.Group(tuple(_node(each, line, room, depth - 1) for each in value), line)
    return ir.Const(value, line)
