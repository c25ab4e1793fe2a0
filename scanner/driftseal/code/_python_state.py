"""What is known of a Python file while it is lowered, and what builders hand to one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from driftseal.code import ir

_SHOWN: Final = 200
"""Characters of one name inside a qualified one, which holds as many names as definitions nest."""


class Word(NamedTuple):
    """Text that is no expression: how a string opens, a type, the name of a module."""

    text: str


class Type(NamedTuple):
    """A type as written, and as an expression where it may do something."""

    text: str
    value: ir.Expr | None


class Hole(NamedTuple):
    """What an f-string has in braces: a value, and others inside its format."""

    parts: tuple[ir.Expr, ...]


class Clause(NamedTuple):
    """``for target in source`` of a comprehension."""

    target: ir.Expr
    source: ir.Expr


class Test(NamedTuple):
    """``if`` of a comprehension or of a case."""

    value: ir.Expr


class Alias(NamedTuple):
    """``name as local`` of an import."""

    name: str
    local: str


class Declared(NamedTuple):
    """``name: annotation``, with its assignment if it has one."""

    name: str
    annotation: str
    assign: ir.Assign | None
    line: int


class Arm(NamedTuple):
    """``elif``, or a case without its subject."""

    test: ir.Expr
    body: ir.Block
    line: int


class Case(NamedTuple):
    """One case of a ``match``."""

    pattern: ir.Expr
    guard: ir.Expr | None
    body: ir.Block
    line: int


class Else(NamedTuple):
    """What stands under ``else``."""

    body: ir.Block


class Finally(NamedTuple):
    """What stands under ``finally``."""

    body: ir.Block


class Scope(NamedTuple):
    """A function or class that is open."""

    number: int
    """Index of the function, or of the class where ``is_class``."""
    is_class: bool
    function: int
    """Index of the function that what stands here is part of."""
    qualname: str
    methods: list[int]


class State:
    """One file. Scopes are numbered when they open, so that an outer one always comes before its inner ones."""

    def __init__(self, chain: int, source: bytes) -> None:
        """``chain`` is how deep branches may nest that stand side by side in the source."""
        self.source = source
        self.functions = [ir.Function("", "", (), (), (), "", "", -1, -1, static=False, line=1, end_line=1)]
        """The first is the top level."""
        self.classes: list[ir.Class] = []
        self.imports: list[ir.Import] = []
        self.chain = chain
        self.arms = [0]
        """Of each open chain of branches: how many of its own and of those around it are open."""
        self.aliases = 0
        """Statements that are open and look like ``type a = b``."""
        self.inside_type = False
        self.evaluated: list[ir.Stmt] = []
        """Calls that stand where a type belongs, until the next block takes them."""
        self._scopes = [Scope(0, is_class=False, function=0, qualname="", methods=[])]

    def open_function(self, name: str, line: int) -> None:
        """A function starts here; a lambda has no name and is no method."""
        around = self._scopes[-1]
        number = len(self.functions)
        cls = around.number if around.is_class and name else -1
        if cls >= 0:
            around.methods.append(number)
        qualname = _inside(around.qualname, name or "<lambda>")
        outer = around.function
        self.functions.append(
            ir.Function(name, qualname, (), (), (), "", "", cls, outer, static=False, line=line, end_line=line)
        )
        self._scopes.append(Scope(number, is_class=False, function=number, qualname=qualname, methods=[]))

    def open_class(self, name: str, line: int) -> None:
        """A class starts here."""
        around = self._scopes[-1]
        qualname = _inside(around.qualname, name)
        self._scopes.append(
            Scope(len(self.classes), is_class=True, function=around.function, qualname=qualname, methods=[])
        )
        self.classes.append(ir.Class(name, (), (), (), (), "", line, line))

    def close(self) -> Scope:
        """The scope that ends here."""
        return self._scopes.pop()

    def share(self, names: Iterable[str]) -> None:
        """Names of the function that is open stand for variables of others."""
        number = self._scopes[-1].function
        function = self.functions[number]
        if number:
            self.functions[number] = function._replace(shared=tuple(dict.fromkeys((*function.shared, *names))))

    def open_arm(self) -> None:
        """One more branch of the chain that was opened last."""
        if len(self.arms) > 1:
            self.arms[-1] = min(self.arms[-1] + 1, self.chain)

    def chained(self, arms: list[Arm], otherwise: ir.Block) -> ir.Block:
        """Branches that exclude one another, nested; those beyond what may nest follow one another instead."""
        self.arms.pop()
        room = max(1, self.chain - self.arms[-1])
        found = (*(ir.If(arm.test, arm.body, (), arm.line) for arm in arms[room:]), *otherwise)
        for arm in reversed(arms[:room]):
            found = (ir.If(arm.test, arm.body, found, arm.line),)
        return found


def _inside(around: str, name: str) -> str:
    return f"{around}.{name[:_SHOWN]}" if around else name[:_SHOWN]
