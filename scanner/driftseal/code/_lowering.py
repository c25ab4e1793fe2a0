"""Walks a syntax tree of tree-sitter without recursion and builds its nodes from the leaves up.

A front end says, for each type of node, how it is built from what was built of its children. A hostile file can nest
as deeply as it likes: below ``limits.code_depth`` nothing is built any more but names and literals.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from driftseal.code import ir

if TYPE_CHECKING:
    from tree_sitter import Language, Node, TreeCursor

    from driftseal.limits import Limits

Built: TypeAlias = Any
"""An expression, a block (list of statements), or what else a front end's builders agree on among themselves."""
Front = TypeVar("Front")
STATEMENTS: Final = frozenset({ir.Assign, ir.Do, ir.Return, ir.Raise, ir.If, ir.Loop, ir.Try, ir.Leave})
EXPRESSIONS: Final = frozenset(
    {
        *(ir.Const, ir.Name, ir.Attr, ir.Index, ir.Call, ir.Text, ir.Binary, ir.Unary, ir.Group, ir.Mapping),
        *(ir.Closure, ir.ClassValue, ir.Choice, ir.Bind, ir.Comprehension, ir.Other),
    }
)


class Made:
    """A node of the tree with what was built of its children."""

    __slots__ = ("_source", "line", "node", "parts", "type")

    def __init__(self, node: Node, type_: str, source: bytes) -> None:
        self.node = node
        self.type = type_
        self.line: int = node.start_point.row + 1
        self.parts: list[tuple[str | None, Built]] = []
        """``(field, value)`` in order; anonymous tokens as strings where they have a field or are asked for."""
        self._source = source

    @property
    def end_line(self) -> int:
        """The line of the last character."""
        return self.node.end_point.row + 1

    @property
    def text(self) -> str:
        """The source of the whole node."""
        return self._source[self.node.start_byte : self.node.end_byte].decode("utf-8", "replace")

    def get(self, field: str) -> Built:
        """What was built of the first child in this field, None where there is none."""
        return next((value for name, value in self.parts if name == field), None)

    def all(self, field: str | None) -> list[Built]:
        """What was built of every child in this field."""
        return [value for name, value in self.parts if name == field and value is not None]

    def has(self, token: str) -> bool:
        """Whether this anonymous token is among the children."""
        return any(value == token for _, value in self.parts if isinstance(value, str))

    def expressions(self) -> list[ir.Expr]:
        """Every child that is an expression, in any field."""
        return [value for _, value in self.parts if type(value) in EXPRESSIONS]

    def block(self) -> list[ir.Stmt]:
        """Every child that is a statement or holds some, in order; loose expressions become statements."""
        return [each for _, value in self.parts for each in statements(value)]


def statements(value: Built) -> Iterator[ir.Stmt]:
    """The statements that something built amounts to."""
    if type(value) in STATEMENTS:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from statements(each)
    elif isinstance(value, (ir.Call, ir.Bind, ir.Unary, ir.Choice, ir.Binary, ir.Other, ir.Text)):
        yield ir.Do(value, value.line)


def is_expression(value: Built) -> bool:
    """Whether something built is an expression."""
    return type(value) in EXPRESSIONS


Builder: TypeAlias = Callable[[Front, Made], Built]
Entry: TypeAlias = Callable[[Front, "Node", str], None]


class Grammar(Generic[Front]):
    """How the nodes of one language are built."""

    def __init__(
        self,
        builders: Mapping[str, Builder[Front]],
        *,
        leaves: Mapping[str, Callable[[Front, str, int], Built]],
        enters: Mapping[str, Entry[Front]],
        tokens: Collection[str],
        skipped: Collection[str],
    ) -> None:
        """``leaves`` are built from their text and line alone; ``enters`` are told of a node before its children.

        A leaf that comes to None is looked into after all, unless it lies too deep.

        ``tokens`` are anonymous nodes that builders ask for; ``skipped`` nodes are not looked into.
        """
        self.builders = builders
        self.leaves = leaves
        self.enters = enters
        self.tokens = frozenset(tokens)
        self.skipped = frozenset(skipped)


class Outcome:
    """What lowering one tree came to."""

    __slots__ = ("complete", "errors", "value")

    def __init__(self) -> None:
        self.value: Built = None
        self.errors = 0
        self.complete = True


def run(front: Front, grammar: Grammar[Front], language: Language, data: bytes, limits: Limits) -> Outcome:
    """Parse and build, bottom up. Linear in the number of nodes."""
    from tree_sitter import Parser

    # Nothing that is built refers back to itself: looking for cycles would go over a growing tree again and again,
    # and takes more than half of the time that a large file does.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _Walk(front, grammar, data, limits).over(Parser(language).parse(data).walk())
    finally:
        if collects:
            gc.enable()


class _Walk(Generic[Front]):
    """One tree being walked, with the nodes that are open."""

    def __init__(self, front: Front, grammar: Grammar[Front], data: bytes, limits: Limits) -> None:
        self._front = front
        self._grammar = grammar
        self._data = data
        self._left = limits.code_nodes
        self._deepest = limits.code_depth
        self._open: list[tuple[Made, str | None]] = []
        self._outcome = Outcome()
        self._top: list[tuple[str | None, Built]] = []
        self._parts = self._top
        """Of the innermost open node."""

    def over(self, cursor: TreeCursor) -> Outcome:
        while True:
            if self._opens(cursor):
                if cursor.goto_first_child():
                    continue
                self._close()
            while self._left <= 0 or not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    self._outcome.value = self._top[0][1] if self._top else None
                    return self._outcome
                self._close()

    def _opens(self, cursor: TreeCursor) -> bool:
        """Take up the node that the cursor stands on; whether its children are to be looked at."""
        node = cursor.node
        if node is None:
            return False
        kind, grammar = node.type, self._grammar
        self._left -= 1
        if self._left <= 0:
            self._outcome.complete = False
            return False
        self._outcome.errors += kind == "ERROR" or node.is_missing
        if not node.is_named:
            field = cursor.field_name
            if field is not None or kind in grammar.tokens:
                self._parts.append((field, kind))
            return False
        leaf = grammar.leaves.get(kind)
        if leaf is not None:
            text = self._data[node.start_byte : node.end_byte].decode("utf-8", "replace")
            built = leaf(self._front, text, node.start_point.row + 1)
            if built is not None or len(self._open) >= self._deepest:
                self._parts.append((cursor.field_name, built))
                return False
        if kind in grammar.skipped:
            return False
        enters = grammar.enters.get(kind)
        if enters is not None and len(self._open) < self._deepest:
            enters(self._front, node, kind)
        made = Made(node, kind, self._data)
        if len(self._open) > self._deepest:
            # One list for all that is too deep: handed up level by level, it would be copied as often as it is deep.
            made.parts = self._open[-1][0].parts
        self._open.append((made, cursor.field_name))
        self._parts = made.parts
        return True

    def _close(self) -> None:
        made, field = self._open.pop()
        self._parts = self._open[-1][0].parts if self._open else self._top
        if len(self._open) > self._deepest:
            return
        builder = self._grammar.builders.get(made.type) if len(self._open) < self._deepest else None
        self._parts.append((field, builder(self._front, made) if builder is not None else _plain(made)))


def _plain(made: Made) -> Built:
    """A node that nobody builds: its statements, else its only expression, else all of them together."""
    if any(isinstance(value, list) or type(value) in STATEMENTS for _, value in made.parts):
        return made.block()
    inside = made.expressions()
    if len(inside) == 1:
        return inside[0]
    return ir.Other(_flat(inside), made.line) if inside else None


def _flat(inside: list[ir.Expr]) -> tuple[ir.Expr, ...]:
    """Parts of parts taken up, so that what nobody builds never nests."""
    return tuple(part for each in inside for part in (each.parts if isinstance(each, ir.Other) else (each,)))
