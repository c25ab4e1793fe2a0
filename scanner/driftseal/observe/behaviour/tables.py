"""Orders in tables beside the code, plain or encoded: what tools answer or tell of themselves is taken there."""

from __future__ import annotations

import base64
import codecs
import posixpath
from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import joins, text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.texts import orders
from driftseal.observe.behaviour.turned import sentence
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_TABLES: Final = (".json", ".yaml", ".yml")
_PATHS: Final = 4
"""Paths in a function of which a part is left open."""
_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "ja", "zh", "ru", "en-US")
"""Names of tables that code puts together with the language of whoever asks."""
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
    for scope, line, value in tables(code):
        texts = list(_texts(value))
        given = [said for each in texts if (said := _order(each))]
        for each in given[:1] if len(given) < _SEVERAL else ():
            yield scope.fact("result-instructs", line, f"of a table: {each}")
        turned = next((said for each in texts if (said := sentence(each))), "") if not given else ""
        if turned:
            yield scope.fact("words-turned", line, f"of a table: {turned}")


def tables(code: Code) -> Sequence[tuple[Scope, int, Json]]:
    """What the tables hold that code names, each once, and where it does."""
    if code.read is None:
        code.read = tuple(_read(code))
    return code.read


def _read(code: Code) -> Iterator[tuple[Scope, int, Json]]:
    asked: set[str] = set()
    for scope in code.scopes if code.project.texts is not None else ():
        for path, line in _named(scope):
            if path in asked or len(asked) >= _ASKED or code.project.texts is None:
                continue
            asked.add(path)
            data = code.project.texts(path)
            if data is not None and len(data) <= _LARGEST:
                try:
                    yield scope, line, document.read(data, path, DEFAULT_LIMITS).value
                except TargetError:  # A file that cannot be read tells nobody anything.
                    continue


def _named(scope: Scope) -> Iterator[tuple[str, int]]:
    """Tables that a function names, or its file imports, by where they may lie."""
    names = [(str(each.value), each.line) for each in scope.constants if str(each.value).endswith(_TABLES)]
    if not scope.number:
        names += [(each.module, each.line) for each in scope.module.imports if each.module.endswith(_TABLES)]
    names += [(path, node.line) for node in scope.of(ir.Call) if (path := scope.path_of(node)).endswith(_TABLES)]
    joined = [(scope.path_of(node), node.line) for node in scope.of(ir.Call, ir.Binary, ir.Text) if _may_join(node)]
    # One table for each language: ``HERE / "locales" / f"{language}.json"``.
    every = [(path, line) for path, line in joined if posixpath.basename(path) in _TABLES]
    folders = [path for path, _ in joined if path and "." not in path] if every else []
    for path, line in every[:_PATHS]:
        for folder in dict.fromkeys((posixpath.dirname(path), *folders[:_PATHS])):
            names += [(posixpath.join(folder, one + posixpath.basename(path)), line) for one in _LANGUAGES]
    here = posixpath.dirname(scope.path)
    for name, line in names:
        for folder in dict.fromkeys((here, posixpath.dirname(here), "")):
            path = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
            if _FILE.fullmatch(path) and not path.startswith("../"):
                yield path, line


def _may_join(node: Any) -> bool:
    """Whether a node may put a path together: a text that does has the ending among its parts."""
    return joins(node) if type(node) is not ir.Text else text(node.parts[-1]).endswith(_TABLES)


def walked(value: Json) -> Iterator[Json]:
    """A value and all that lies in it, the first of a large one."""
    waiting: list[Json] = [value]
    for _ in range(_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        yield value
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _texts(whole: Json) -> Iterator[str]:
    """The texts in a table."""
    for value in walked(whole):
        if isinstance(value, str) and _SHORTEST <= len(value) <= _LONGEST:
            yield value
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
