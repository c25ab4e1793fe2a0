"""Statements that run in a read-only transaction which was asked for by another statement: the first may end it."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import Project
from driftseal.observe.taint.summary import Spot
from driftseal.observe.taint.targets import called
from driftseal.observe.taint.words import words
from driftseal.regexes import regex

ENDED: Final = "runs in a transaction that it can end"
"""How such a check is told."""
_READ_ONLY: Final = regex(r"(?i)\s*(?:begin|start\s+transaction|set\s+transaction)\b[^;]{0,80}\bread\s+only\b")
_READ_ONLY_OPENED: Final = regex(
    r"(?i)mode=ro\b|immutable=1|query_only|^(?:SQLITE_OPEN_|OPEN_)?read_?only$|set_?authorizer"
)
"""How a database is opened that is only read (SQLite, URI filenames and ``PRAGMA query_only``; better-sqlite3)."""
_LONGEST: Final = 200
"""Characters of a statement that are looked at."""


class Transactions:
    """Where a project runs a whole text by itself, in a function that asks for a read-only transaction.

    Of a client that takes several statements in one text. A prepared statement, or one with values, is a single one.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, frozenset[tuple[int, str]]] = {}

    @cached_property
    def only_reads(self) -> bool:
        """Whether anything opens a database that cannot be written to, or has each statement looked at by it."""
        asked: set[bool] = set()
        for ref in self._project.functions():
            for node in walk.of({ir.Const, ir.Attr}, self._project.function(ref).body):
                said = node.name if isinstance(node, ir.Attr) else node.value if isinstance(node, ir.Const) else None
                if not isinstance(said, str):
                    continue
                if said == "ro" or said.endswith("mode="):
                    asked.add(said == "ro")
                if _READ_ONLY_OPENED.search(said[:_LONGEST]) or len(asked) > 1:
                    return True
        return False

    def ended(self, spot: Spot) -> bool:
        """Whether what runs at this place can end the transaction that it stands in."""
        if spot.name.partition(".")[0] not in words("several-statements"):
            return False
        if spot.path not in self._known:
            functions = self._project.modules[spot.path].functions
            self._known[spot.path] = frozenset(place for each in functions for place in _places(each))
        return (spot.line, spot.name.rpartition(".")[2]) in self._known[spot.path]


def _places(function: ir.Function) -> list[tuple[int, str]]:
    """Line and method of every statement that runs alone, where another asks for such a transaction."""
    calls = [*walk.of({ir.Call}, function.body)]
    asks = any(_asks(call) for call in calls)
    return [(call.line, called(call)) for call in calls if _alone(call)] if asks else []


def _alone(call: ir.Call) -> bool:
    return len(call.args) == 1 and not isinstance(call.args[0].value, ir.Mapping)


def _asks(call: ir.Call) -> bool:
    text = call.args[0].value.value if call.args and isinstance(call.args[0].value, ir.Const) else None
    return isinstance(text, str) and _READ_ONLY.match(text[:_LONGEST]) is not None
