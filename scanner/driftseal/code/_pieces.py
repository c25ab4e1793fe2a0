"""Lowers a large file by a few of its statements at a time, since the tree of a file takes thirty times its size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from driftseal.code._lowering import BUILT, Grammar, Made, Outcome, Walk
from driftseal.code._source import Source

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Point, Tree

    from driftseal.limits import Limits

Front = TypeVar("Front")
_PIECE: Final = 2 * 1024 * 1024
"""Bytes that are parsed at once."""
_STATEMENTS: Final = ("_statement", "_declaration", "comment", "hash_bang_line")
"""How types of nodes end that may stand alone."""


def run(
    front: Front, grammar: Grammar[Front], language: Language, data: bytes, limits: Limits, started: float
) -> Outcome:
    """See `driftseal.code._lowering.run`.

    From the first statement on that is broken or larger than a piece, the rest is parsed in one, no further than there
    is time to build.
    """
    return _Pieces(front, grammar, language, data, limits).over(started + limits.code_seconds)


class _Pieces:
    def __init__(self, front: Any, grammar: Grammar[Any], language: Language, data: bytes, limits: Limits) -> None:
        self._front = front
        self._grammar = grammar
        self._language = language
        self._data = data
        self._walk = Walk(front, grammar, language, data, limits)
        self._parts: list[tuple[str | None, Any]] = []

    def over(self, until: float) -> Outcome:
        from tree_sitter import Point

        at, place = 0, Point(0, 0)
        while True:
            began = at
            tree, end = self._parsed(at, place, min(at + _PIECE, len(self._data)), _until(until, 2))
            if end == len(self._data):
                break
            for child in _whole(tree.root_node):
                outcome = self._build(child, until, broken=False)
                at, place = child.end_byte, child.end_point
                if not outcome.complete:
                    return self._built(outcome, tree)
            if at == began:
                tree, end = self._parsed(at, place, len(self._data), _until(until, BUILT + 1))
                break
        broken = tree.root_node.has_error
        # Of a whole file the statements are built with those before them, which counts for functions among them.
        apart = tree.root_node.type == self._grammar.whole
        outcome = Outcome()
        errors = 0
        for child in _children(tree.root_node) if apart else (tree.root_node,):
            outcome = self._build(child, until, broken=broken)
            errors += outcome.errors
            if not outcome.complete:
                break
        outcome.errors = errors
        if end < len(self._data) and outcome.complete:
            outcome.complete, outcome.reached = False, end
        return self._built(outcome, tree)

    def _build(self, node: Node, until: float, *, broken: bool) -> Outcome:
        outcome = self._walk.over(node.walk(), until, broken=broken)
        self._parts.append((None, outcome.value))
        if outcome.complete and time.thread_time() > until:
            outcome.complete, outcome.reached = False, node.end_byte
        return outcome

    def _built(self, outcome: Outcome, tree: Tree) -> Outcome:
        """The outcome with all that was built of the file."""
        made = Made(tree.root_node, self._grammar.whole, self._data)
        made.parts = self._parts
        outcome.value = self._grammar.builders[self._grammar.whole](self._front, made)
        return outcome

    def _parsed(self, at: int, place: Point, end: int, until: float) -> tuple[Tree, int]:
        """The tree of a part of the file, and where that part ends: earlier where no time is left."""
        from tree_sitter import Parser, Point, Range

        row = place.row + self._data.count(b"\n", at, end)
        column = end - (self._data.rfind(b"\n", 0, end) + 1)
        source = Source(self._data, end, lambda _: until)
        parser = Parser(self._language, included_ranges=[Range(place, Point(row, column), at, end)])
        return parser.parse(source.chunk), source.end


def _until(until: float, parts: int) -> float:
    """When one of so many parts of the time that is left is over."""
    now = time.thread_time()
    return now + (until - now) / parts


def _whole(root: Node) -> Iterator[Node]:
    """The statements of a part of a file that are surely whole: what ends with the part may go on behind it."""
    before: Node | None = None
    for child in _children(root):
        if before is not None:
            yield before
        if child.has_error or not child.type.endswith(_STATEMENTS):
            return
        before = child


def _children(root: Node) -> Iterator[Node]:
    """One by one: there may be a million of them."""
    cursor = root.walk()
    goes_on = cursor.goto_first_child()
    while goes_on:
        node = cursor.node
        if node is not None:
            yield node
        goes_on = cursor.goto_next_sibling()
