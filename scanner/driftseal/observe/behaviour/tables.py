"""Orders in tables beside the code, plain or encoded: what tools answer or tell of themselves is taken there."""

from __future__ import annotations

import base64
import codecs
import posixpath
from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.texts import orders
from driftseal.observe.behaviour.turned import sentence
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_TABLES: Final = (".json", ".yaml", ".yml")
_FILE: Final = regex(r"[\w@./-]{1,160}")
_ASKED: Final = 64
"""Files that are asked for in one project."""
_LARGEST: Final = 256 * 1024
"""Bytes of a file that is read."""
_VALUES: Final = 4_000
"""Values of a file that are looked at."""
_SHORTEST: Final = 60
"""Characters of a text that gives an order; lists of what attacks say hold shorter ones."""
_LONGEST: Final = 4_000
_SEVERAL: Final = 6
"""Orders in one file that make it a collection of them."""


def find(code: Code) -> Iterator[Fact]:
    """``result-instructs`` and ``words-turned``, of a text in a table that the code names."""
    if code.project.texts is None:
        return
    told: dict[str, int] = {}
    for scope in code.scopes:
        for path, line in _named(scope):
            if path not in told and len(told) < _ASKED:
                told[path] = line
                given = [said for each in _texts(code.project.texts(path), path) if (said := _order(each))]
                for text in given[:1] if len(given) < _SEVERAL else ():
                    yield scope.fact("result-instructs", line, f"{posixpath.basename(path)}: {text}")
                turned = next((said for each in _texts(code.project.texts(path), path) if (said := sentence(each))), "")
                if turned and not given:
                    yield scope.fact("words-turned", line, f"{posixpath.basename(path)}: {turned}")


def _named(scope: Scope) -> Iterator[tuple[str, int]]:
    """Tables that a function names, or its file imports, by where they may lie."""
    names = [(str(each.value), each.line) for each in scope.constants if str(each.value).endswith(_TABLES)]
    if not scope.number:
        names += [(each.module, each.line) for each in scope.module.imports if each.module.endswith(_TABLES)]
    names += [(path, node.line) for node in scope.of(ir.Call) if (path := scope.path_of(node)).endswith(_TABLES)]
    here = posixpath.dirname(scope.path)
    for name, line in names:
        for folder in dict.fromkeys((here, posixpath.dirname(here), "")):
            path = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
            if _FILE.fullmatch(path) and not path.startswith("../"):
                yield path, line


def _texts(data: bytes | None, path: str) -> Iterator[str]:
    """The texts in a table."""
    if data is None or len(data) > _LARGEST:
        return
    try:
        waiting: list[Json] = [document.read(data, path, DEFAULT_LIMITS).value]
    except TargetError:  # A file that cannot be read tells nobody anything.
        return
    for _ in range(_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, str) and _SHORTEST <= len(value) <= _LONGEST:
            yield value
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        # Lines of one text are kept in a list.
        lines = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
        if len(lines) > 1 and _SHORTEST <= sum(map(len, lines)) <= _LONGEST:
            yield " ".join(lines)


def _order(text: str) -> str:
    """What a text orders, as people read it; empty where it orders nothing."""
    return next((each for each in _readings(text) if says("instructs", each) or orders(each)), "")


def _readings(text: str) -> Iterator[str]:
    """A text as it stands, turned round, with its letters moved, decoded."""
    yield text
    if " " in text:
        yield text[::-1]
        yield codecs.decode(text, "rot13")
        return
    try:
        yield base64.b64decode(text, validate=True).decode()
    except ValueError:  # Of another kind, or no text.
        return
