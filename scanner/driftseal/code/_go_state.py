"""What is known of a Go file while it is lowered, and what builders hand to one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.limits import Limits

_SHOWN: Final = 200
"""Characters of one name inside a qualified one, which holds as many names as definitions nest."""


class Word(NamedTuple):
    """A name that is no variable: a field's, a package's, a label."""

    text: str


class Type(NamedTuple):
    """A type as written, without the stars of pointers."""

    text: str


class Struct(NamedTuple):
    """The fields of a struct, and the types that it embeds."""

    fields: tuple[ir.Field, ...]
    bases: tuple[ir.Expr, ...]


class Several(NamedTuple):
    """Expressions in a row."""

    items: tuple[ir.Expr, ...]


class Given(NamedTuple):
    """Arguments of a call; a type among them."""

    args: tuple[ir.Arg, ...]
    type: str


class Params(NamedTuple):
    """Parameters, or named results."""

    items: tuple[ir.Param, ...]


class Literal(NamedTuple):
    """What stands in the braces of a composite literal."""

    entries: tuple[ir.Entry, ...]
    items: tuple[ir.Expr, ...]
    line: int


class Case(NamedTuple):
    """One case of a ``switch`` or ``select``; the default has no tests."""

    tests: tuple[ir.Expr, ...] | None
    body: ir.Block
    line: int


class Range(NamedTuple):
    """The head of a loop over something."""

    targets: tuple[ir.Expr, ...]
    source: ir.Expr


class Head(NamedTuple):
    """The head of a loop that counts."""

    before: tuple[ir.Stmt, ...]
    test: ir.Expr | None
    after: tuple[ir.Stmt, ...]


class Scope(NamedTuple):
    """A function that is open."""

    number: int
    receiver: str
    """Name of the object whose method this is, or lies in; empty where another variable has taken it."""
    results: tuple[tuple[str, str], ...]
    """Name and type of each result."""
    declared: set[str]
    """Variables that it declares."""
    assigned: set[str]
    """Variables that it sets, whoever has declared them."""


class State:
    """One file. Functions are numbered when they open, so that an outer one always comes before its inner ones."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.functions = [ir.Function("", "", (), (), (), "", "", -1, -1, static=False, line=1, end_line=1)]
        """The first is the top level."""
        self.classes: list[ir.Class] = []
        self.imports: list[ir.Import] = []
        self.methods: dict[str, list[int]] = {}
        """Functions by the name of the type whose methods they are."""
        self.switches = 0
        """Open ``switch`` and ``select`` statements."""
        self.scopes = [Scope(0, "", (), set(), set())]

    def open(self, name: str, of: str, receiver: str, results: tuple[tuple[str, str], ...], line: int) -> None:
        """A function starts here; ``of`` is the type whose method it is."""
        around = self.scopes[-1]
        number = len(self.functions)
        if of:
            self.methods.setdefault(of, []).append(number)
        prefix = of[:_SHOWN] or self.functions[around.number].qualname
        qualname = f"{prefix}.{(name or '<func>')[:_SHOWN]}" if prefix else (name or "<func>")[:_SHOWN]
        qualname = qualname[-self.limits.evidence_chars :]
        made = ir.Function(
            name, qualname, (), (), (), "", "", -1, around.number, static=False, line=line, end_line=line
        )
        self.functions.append(made)
        self.scopes.append(Scope(number, receiver, results, {each for each, _ in results}, set()))

    def close(self) -> int:
        """The function that ends here."""
        closed = self.scopes.pop()
        shared = tuple(sorted(closed.assigned - closed.declared - {"_"}))
        if shared:
            self.functions[closed.number] = self.functions[closed.number]._replace(shared=shared)
        return closed.number

    def declare(self, names: Iterable[str]) -> None:
        """Variables that the function which is open declares."""
        self.scopes[-1].declared.update(names)

    def share(self, names: Iterable[str]) -> None:
        """Variables that the function which is open sets."""
        self.scopes[-1].assigned.update(names)

    def join_methods(self) -> None:
        """Give each method the class that its receiver names.

        A type of another file gets a class here that has itself for its base: the rest of it lies in the package.
        """
        known = {cls.name: index for index, cls in enumerate(self.classes)}
        for name, numbers in self.methods.items():
            if name not in known:
                known[name] = len(self.classes)
                line = self.functions[numbers[0]].line
                self.classes.append(ir.Class(name, (ir.Name(name, line),), (), (), (), "", line, line))
            index = known[name]
            self.classes[index] = self.classes[index]._replace(methods=tuple(numbers))
            for number in numbers:
                self.functions[number] = self.functions[number]._replace(cls=index)
