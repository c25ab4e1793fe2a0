"""Statements that run in a read-only transaction which was asked for by another statement: the first may end it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import Project, ValueRef
from driftseal.observe.taint.labels import gone_through
from driftseal.observe.taint.summary import Hit
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
_ARGUMENTS: Final = 4
"""Arguments of a helper of which one may be a statement."""
_CALLS: Final = 16
"""Calls on the way to a database."""
_ANY: Final = "_dbapi"
"""Stands for whichever client of Python a file takes, as the name of a method does alone."""


class Transactions:
    """Where a project runs a whole text by itself, in a function that asks for a read-only transaction.

    Of a client that takes several statements in one text. A prepared statement, or one with values, is a single one.
    What the function runs by way of a helper counts as well, where the helper is asked for the transaction too.
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

    def ended(self, hit: Hit) -> bool:
        """Whether what runs at this place can end the transaction that it stands in."""
        spot = hit.spot
        client = spot.name.partition(".")[0]
        if client in {_ANY, spot.name}:
            names = (one.module.partition(".")[0] for one in self._project.modules[spot.path].imports)
            client = next((name for name in names if name in words("several-statements")), "")
        if client not in words("several-statements"):
            return False
        if (spot.line, spot.name.rpartition(".")[2]) in self._places(spot.path):
            return True
        calls = (each.call for each in islice(_led(hit), _CALLS))
        return any((line, gone_through(what)) in self._places(path) for path, line, what in calls)

    def _places(self, path: str) -> frozenset[tuple[int, str]]:
        """Line and name of every call that runs a statement alone, in a function that asks for such a transaction."""
        if path not in self._known:
            found: set[tuple[int, str]] = set()
            for function in self._project.modules[path].functions:
                calls = [*walk.of({ir.Call}, function.body)]
                asking = {called(call) for call in _by_itself(function, calls) if self._asks(path, call)}
                found |= {(call.line, called(call)) for call in calls if asking and _alone(call)}
                found |= {(call.line, f"passed to {called(call)}") for call in calls if called(call) in asking}
            self._known[path] = frozenset(found)
        return self._known[path]

    def _asks(self, path: str, call: ir.Call) -> bool:
        return any(_READ_ONLY.match(text[:_LONGEST]) is not None for text in self._texts(path, call))

    def _texts(self, path: str, call: ir.Call) -> Iterator[str]:
        for arg in call.args[:_ARGUMENTS]:
            value: object = arg.value
            if isinstance(value, ir.Name) and value.id.isupper():
                ref = self._project.named(path, value.id)
                value = ref.value if isinstance(ref, ValueRef) else None
            if isinstance(value, ir.Const) and isinstance(value.value, str):
                yield value.value


def _by_itself(function: ir.Function, calls: Sequence[ir.Call]) -> Sequence[ir.Call]:
    """Calls but those that a parameter decides about: ``if read_only: cursor.execute("BEGIN READ ONLY")``."""
    names = {param.name for param in function.params}
    tests = (each for each in walk.of({ir.If}, function.body) if isinstance(each.test, ir.Name))
    chosen = {id(call) for each in tests if each.test.id in names for call in walk.of({ir.Call}, each.then)}
    return [call for call in calls if id(call) not in chosen]


def _led(hit: Hit) -> Iterator[Hit]:
    """A hit, and the same in each function that was called on the way."""
    below: Hit | None = hit
    while below is not None:
        yield below
        below = below.below


def _alone(call: ir.Call) -> bool:
    return len(call.args) == 1 and not isinstance(call.args[0].value, ir.Mapping)
