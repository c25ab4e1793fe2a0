"""What is known of a Java file while it is lowered, and what builders hand to one another."""

from __future__ import annotations

from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.limits import Limits

_SHOWN: Final = 200
"""Characters of one name inside a qualified one, which holds as many names as definitions nest."""
_PACKAGES: Final = frozenset({"java", "javax", "jakarta", "com", "org", "io", "net", "dev", "edu", "de", "me", "sun"})
"""Names with which packages begin, so that they are no fields."""


class Type(NamedTuple):
    """A type as written."""

    text: str


class Types(NamedTuple):
    """Types in a row: what a class extends or implements, what is caught."""

    texts: tuple[str, ...]


class Modifiers(NamedTuple):
    """What stands before a declaration."""

    annotations: tuple[ir.Expr, ...]
    static: bool


class Params(NamedTuple):
    """Parameters."""

    items: tuple[ir.Param, ...]


class Body(NamedTuple):
    """What stands in the braces of a class."""

    fields: tuple[ir.Field, ...]
    rest: tuple[ir.Stmt, ...]


class Label(NamedTuple):
    """``case a, b`` or ``default``, which has no values."""

    values: tuple[ir.Expr, ...] | None


class Case(NamedTuple):
    """One case of a ``switch``."""

    values: tuple[ir.Expr, ...] | None
    body: ir.Block
    line: int
    falls: bool
    """Whether it goes on with the next case."""


class Switch(NamedTuple):
    """A ``switch`` before it is known whether it is a value or a statement."""

    subject: ir.Expr
    cases: tuple[Case, ...]
    line: int
    around: int
    """How many are open around it, itself included."""


class Scope:
    """A class or a function that is open."""

    __slots__ = ("extends", "is_class", "methods", "name", "names", "number", "owns", "statics")

    def __init__(self, name: str, number: int, *, is_class: bool, extends: bool) -> None:
        self.name = name
        self.number = number
        self.is_class = is_class
        self.extends = extends
        """Whether a class may have members that another one declares."""
        self.names: set[str] = set()
        """Fields of a class, variables of a function."""
        self.statics: set[str] = set()
        """Fields that all objects of a class share."""
        self.owns: set[str] = set()
        """Methods that a class declares."""
        self.methods: list[int] = []


class State:
    """One file. Functions are numbered when they open, so that an outer one always comes before its inner ones."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.functions = [ir.Function("", "", (), (), (), "", "", -1, -1, static=False, line=1, end_line=1)]
        """The first is the top level."""
        self.classes: list[ir.Class] = []
        self.imports: list[ir.Import] = []
        self.switches = 0
        self.entered: set[int] = set()
        """Nodes that opened a scope, of those kinds that do not always."""
        self.scopes: list[Scope] = [Scope("", 0, is_class=False, extends=False)]

    def open_function(self, name: str, line: int) -> None:
        """A method, a constructor or a lambda starts here; a lambda has no name."""
        around = self.scopes[-1]
        number = len(self.functions)
        outer = next(scope.number for scope in reversed(self.scopes) if not scope.is_class)
        cls = around.number if around.is_class and name else -1
        if cls >= 0:
            around.methods.append(number)
        qualname = ".".join(part for part in (self._around(), name or "<lambda>") if part)
        made = ir.Function(
            name,
            qualname[-self.limits.evidence_chars :],
            *((), (), (), "", "", cls, outer),
            static=False,
            line=line,
            end_line=line,
        )
        self.functions.append(made)
        self.scopes.append(Scope(name, number, is_class=False, extends=False))

    def open_class(self, name: str, line: int, *, extends: bool) -> Scope:
        """A class starts here; one inside an expression has no name."""
        scope = Scope(name, len(self.classes), is_class=True, extends=extends)
        self.scopes.append(scope)
        self.classes.append(ir.Class(name, (), (), (), (), "", line, line))
        return scope

    def _around(self) -> str:
        return ".".join(scope.name[:_SHOWN] for scope in self.scopes[-4:] if scope.name)

    def variable(self, name: str, line: int) -> ir.Expr:
        """What a name alone stands for: a variable, or a field of a class around."""
        inner = True
        inherits: ir.Expr | None = None
        for scope in reversed(self.scopes):
            if name in scope.names:
                if not scope.is_class:
                    return ir.Name(name, line)
                return ir.Attr(_owner(scope, line, inner=inner and name not in scope.statics), name, line)
            if scope.is_class:
                if inner and scope.extends and name[:1].islower() and name not in _PACKAGES:
                    inherits = ir.Attr(ir.Name("this", line), name, line)
                inner = inner and not scope.name
        return inherits if inherits is not None else ir.Name(name, line)

    def method(self, name: str, line: int) -> ir.Expr:
        """What is called by a name alone: a method of a class around, or one that is imported."""
        inner = True
        inherits = False
        for scope in reversed(self.scopes):
            if scope.is_class:
                if name in scope.owns:
                    return ir.Attr(_owner(scope, line, inner=inner), name, line)
                inherits = inherits or (inner and scope.extends)
                inner = inner and not scope.name
        if inherits and not any(one.local == name for one in self.imports):
            return ir.Attr(ir.Name("this", line), name, line)
        return ir.Name(name, line)


def _owner(scope: Scope, line: int, *, inner: bool) -> ir.Name:
    """The object of the innermost class that has a name; one around it by its name."""
    return ir.Name("this" if inner or not scope.name else scope.name, line)
