"""Walks a syntax tree of tree-sitter without recursion and builds its nodes from the leaves up.

A front end says, for each type of node, how it is built from what was built of its children. A hostile file can nest
as deeply as it likes: below ``limits.code_depth`` nothing is built any more but names and literals.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from driftseal.code import ir
from driftseal.code._source import Source
from driftseal.regexes import regex

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree, TreeCursor

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

    def __init__(self, node: Node, type_: str, source: str | bytes) -> None:
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
        text = self._source[self.node.start_byte : self.node.end_byte]
        return text if isinstance(text, str) else text.decode("utf-8", "replace")

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
Leaf: TypeAlias = Callable[[Front, str, int], Built]
SHORTCUT_DEPTH: Final = 8
"""Levels that one shortcut may build."""
SHORTCUT_CHARS: Final = 200
"""Length of a node that a shortcut is asked for: each level of a deep one would be read again and again."""
_SMALL: Final = 16 * 1024
"""Bytes of a file that is parsed whole, however long it takes: no longer than `_PATIENCE`, by `_SLOWEST`."""
_LARGE: Final = 4 * 1024 * 1024
"""Bytes of a file that is parsed no further than there is time to build: its tree takes thirty times its size."""
BUILT: Final = 4
"""How much longer it takes at least to build of a tree than to parse it."""
_ENDS: Final = regex(rb"[;{}]")
_QUOTED: Final = regex(
    rb'"""(?s:.*?)(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?|//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)'
)
"""Literals and comments, in which brackets mean nothing."""
_PATIENCE: Final = 0.3
"""Seconds that any file may take to parse."""
_SLOWEST: Final = 10e-6
"""Seconds a byte that a file may take besides, a hundred times what code takes."""
_NODES: Final = 16 * 1024
"""Nodes that are built before the time is looked at."""


class Grammar(Generic[Front]):
    """How the nodes of one language are built."""

    def __init__(
        self,
        builders: Mapping[str, Builder[Front]],
        *,
        leaves: Mapping[str, Leaf[Front]],
        enters: Mapping[str, Entry[Front]],
        tokens: Collection[str],
        skipped: Collection[str],
        shortcuts: Mapping[str, Leaf[Front]] | None = None,
        angles: int = 0,
        whole: str = "",
    ) -> None:
        """``leaves`` are built from their text and line alone; ``enters`` are told of a node before its children.

        A leaf that comes to None is looked into after all, unless it lies too deep.

        ``tokens`` are anonymous nodes that builders ask for; ``skipped`` nodes are not looked into.

        ``shortcuts`` build from its text what builders would of a node's children, or come to None; they are asked
        for short nodes alone, in files without errors, and may nest by `SHORTCUT_DEPTH`.

        ``angles`` is how many angle brackets one statement may hold, where the parser takes time and space by their
        square: it tries for each whether it compares or opens a type. A file is cut before a statement with more.

        ``whole`` is the type of the node that is a whole file, where statements need nothing of those before them to
        be parsed: large files are then lowered piece by piece.
        """
        self.builders = builders
        self.leaves = leaves
        self.enters = enters
        self.tokens = frozenset(tokens)
        self.skipped = frozenset(skipped)
        self.shortcuts = shortcuts if shortcuts is not None else {}
        self.angles = angles
        self.whole = whole


class Outcome:
    """What lowering one tree came to."""

    __slots__ = ("complete", "errors", "reached", "value")

    def __init__(self) -> None:
        self.value: Built = None
        self.errors = 0
        self.complete = True
        self.reached = -1
        """See `ir.Module.reached`."""


def run(front: Front, grammar: Grammar[Front], language: Language, data: bytes, limits: Limits) -> Outcome:
    """Parse and build, bottom up. Linear in the number of nodes, and over in ``limits.code_seconds``."""
    started = time.thread_time()
    # Nothing that is built refers back to itself: looking for cycles would go over a growing tree again and again,
    # and takes more than half of the time that a large file does.
    collects = gc.isenabled()
    gc.disable()
    try:
        if grammar.whole and len(data) > _LARGE:
            from driftseal.code import _pieces

            return _pieces.run(front, grammar, language, data, limits, started)
        tangled = _tangled(data, grammar.angles) if grammar.angles else -1
        tree, end = _parsed(language, data if tangled < 0 else data[:tangled], started, limits.code_seconds)
        end = tangled if end < 0 else end
        walk = Walk(front, grammar, language, data[:end] if end >= 0 else data, limits)
        outcome = walk.over(tree.walk(), started + limits.code_seconds, broken=tree.root_node.has_error)
    finally:
        if collects:
            gc.enable()
    if end >= 0:
        outcome.complete, outcome.reached = False, outcome.reached if outcome.reached >= 0 else end
    return outcome


def _tangled(data: bytes, most: int) -> int:
    """Where the first statement starts that holds more angle brackets than that; -1 where there is none."""
    if _first_tangled(data, most) < 0:
        return -1
    return _first_tangled(_QUOTED.sub(_blank, data), most)


def _first_tangled(data: bytes, most: int) -> int:
    start = 0
    for part in _ENDS.split(data):
        if part.count(b"<") + part.count(b">") > most:
            return start
        start += len(part) + 1
    return -1


def _blank(found: re.Match[bytes]) -> bytes:
    """Blanks in place of a literal or comment; one that does not end is none."""
    text = found[0]
    closed = text.startswith(b"//") or (len(text) > 1 and text.endswith((b'"', b"'", b"*/")))
    return b" " * len(text) if closed else text


def _parsed(language: Language, data: bytes, started: float, seconds: float) -> tuple[Tree, int]:
    """The tree, and where the file was cut since no time was left for the rest; -1 where it was not.

    What is no code at all takes a hundred times as long for each byte as code does.
    """
    from tree_sitter import Parser

    parser = Parser(language)
    if len(data) <= _SMALL:
        return parser.parse(data), -1
    until = min(started + seconds / 2, time.thread_time() + _PATIENCE + len(data) * _SLOWEST)
    soon = min(started + seconds / (BUILT + 1), until)
    source = Source(data, len(data), lambda offset: soon if offset > _LARGE else until)
    tree = parser.parse(source.chunk)
    # Once more in one piece, for which all of the tree is taken over: nodes of the other one do not know their text.
    return parser.parse(data[: source.end], old_tree=tree), source.end if source.end < len(data) else -1


_OPENED: Final = 0
_LEAF: Final = 1
_TOKEN: Final = 2
"""An anonymous node, which counts where it has a field."""
_TAKEN: Final = 3
"""An anonymous node that builders ask for."""
_SKIPPED: Final = 4
_ERROR: Final = 0xFFFF
"""The number of errors in every grammar."""


class _Kind(NamedTuple):
    """What is done with the nodes of one type."""

    does: int
    """One of the five above."""
    name: str
    leaf: Leaf[Any]
    shortcut: Leaf[Any] | None
    enter: Entry[Any] | None
    builder: Builder[Any]


def _kind(grammar: Grammar[Any], name: str, *, named: bool) -> _Kind:
    if not named:
        return _Kind(_TAKEN if name in grammar.tokens else _TOKEN, name, _nothing, None, None, _plain)
    leaf = grammar.leaves.get(name)
    does = _LEAF if leaf is not None else _SKIPPED if name in grammar.skipped else _OPENED
    builder = grammar.builders.get(name, _plain)
    return _Kind(does, name, leaf or _nothing, grammar.shortcuts.get(name), grammar.enters.get(name), builder)


def _nothing(_: object, __: str, ___: int) -> None:
    """What there is of no leaf."""


@lru_cache(maxsize=32)
def _kinds(grammar: Grammar[Any], language: Language) -> Mapping[int, _Kind]:
    """By the numbers that the language gives them."""
    kinds = {
        number: _kind(grammar, language.node_kind_for_id(number) or "", named=language.node_kind_is_named(number))
        for number in range(language.node_kind_count)
    }
    return kinds | {_ERROR: _kind(grammar, "ERROR", named=True)}


@lru_cache(maxsize=32)
def _fields(language: Language) -> Mapping[int | None, str | None]:
    """Names of fields by number, each name one object, so that they are compared fast."""
    named = {number: language.field_name_for_id(number) for number in range(1, language.field_count + 1)}
    return {None: None, **{number: sys.intern(name) for number, name in named.items() if name}}


class Walk(Generic[Front]):
    """One tree being walked, with the nodes that are open."""

    def __init__(self, front: Front, grammar: Grammar[Front], language: Language, data: bytes, limits: Limits) -> None:
        self._front = front
        self._kinds = _kinds(grammar, language)
        self._fields = _fields(language)
        # Where all is ASCII, places count bytes and characters alike, and nothing needs to be decoded twice.
        self._source: Any = data.decode("ascii") if data.isascii() else data
        self._nodes = limits.code_nodes
        self._deepest = limits.code_depth

    def over(self, cursor: TreeCursor, until: float, *, broken: bool) -> Outcome:  # noqa: C901, PLR0912, PLR0915  # every node passes here: calls would take longer than what is done
        """Build the tree as far as there is time; ``broken`` tells that something in it could not be parsed.

        May be asked for several trees of a file, of which all share the nodes that may be built.
        """
        front, kinds, fields, source, deepest = self._front, self._kinds, self._fields, self._source, self._deepest
        wide = isinstance(source, bytes)
        shallow = 0 if broken else deepest - SHORTCUT_DEPTH
        outcome = Outcome()
        opened: list[tuple[Made, str | None, Builder[Front]]] = []
        top: list[tuple[str | None, Built]] = []
        parts, depth, left = top, 0, self._nodes
        due = left - _NODES
        goes_down, goes_on, goes_up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
        while True:
            node: Any = cursor.node
            does, name, leaf, shortcut, enter, builder = kinds[node.kind_id]
            left -= 1
            if left <= due:
                due = left - _NODES
                if time.thread_time() > until:
                    left = 0
            if left <= 0:
                if outcome.complete:
                    outcome.complete, outcome.reached = False, node.start_byte
                does = _SKIPPED
            elif broken and (name == "ERROR" or node.is_missing):
                outcome.errors += 1
            if does == _LEAF:
                text = source[node.start_byte : node.end_byte]
                built = leaf(front, text.decode("utf-8", "replace") if wide else text, node.start_point.row + 1)
                if built is not None or depth >= deepest:
                    parts.append((fields[cursor.field_id], built))
                else:
                    does = _OPENED
            elif does == _TOKEN:
                field = cursor.field_id
                if field is not None:
                    parts.append((fields[field], name))
            elif does == _TAKEN:
                parts.append((fields[cursor.field_id], name))
            elif shortcut is not None and depth < shallow and node.end_byte - node.start_byte < SHORTCUT_CHARS:
                text = source[node.start_byte : node.end_byte]
                built = shortcut(front, text.decode("utf-8", "replace") if wide else text, node.start_point.row + 1)
                if built is not None:
                    parts.append((fields[cursor.field_id], built))
                    does = _SKIPPED
            rises = False
            if does == _OPENED:
                if enter is not None and depth < deepest:
                    enter(front, node, name)
                made = Made(node, name, source)
                opened.append((made, fields[cursor.field_id], builder if depth < deepest else _plain))
                if depth > deepest:
                    # One list for all that is too deep: handed up level by level, it would be copied as often as it
                    # is deep.
                    made.parts = parts
                parts = made.parts
                depth += 1
                if goes_down():
                    continue
                rises = True
            while True:
                if rises:
                    made, above, builder = opened.pop()
                    depth -= 1
                    parts = opened[-1][0].parts if opened else top
                    if depth <= deepest:
                        parts.append((above, builder(front, made)))
                if left > 0 and goes_on():
                    break
                if not goes_up():
                    self._nodes = left
                    outcome.value = top[0][1] if top else None
                    return outcome
                rises = True


def _plain(_: object, made: Made) -> Built:
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
