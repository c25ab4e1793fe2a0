"""What is known of a Rust file while it is lowered, and what builders hand to one another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from driftseal.code import ir

if TYPE_CHECKING:
    from tree_sitter import Node

_SHOWN: Final = 200
"""Characters of one name inside a qualified one, which holds as many names as definitions nest."""
_TYPE: Final = re.compile(r"(?:&|'\w+|\s|\bmut\b|\bdyn\b|\bimpl\b)*((?:\w+\s*::\s*)*)(\w+)")


class Body(NamedTuple):
    """A block: statements, and what it amounts to."""

    stmts: tuple[ir.Stmt, ...]
    value: Value
    line: int


class Branches(NamedTuple):
    """``if`` or ``match``, before it is known what becomes of its value."""

    arms: tuple[tuple[ir.Expr, Body], ...]
    otherwise: Body | None
    line: int
    longest: int
    """How many of them may nest."""


class Thrown(NamedTuple):
    """``Err(x)``, ``bail!``, ``panic!``: where a function comes back with it, its caller does not go on."""

    value: ir.Expr | None
    line: int


class Returned(NamedTuple):
    """``return x``, which is an expression."""

    value: Value
    line: int


class Left(NamedTuple):
    """``break`` and ``continue``, which are expressions."""

    line: int


Value: TypeAlias = "ir.Expr | Body | Branches | Thrown | Returned | Left | None"


class Pattern(NamedTuple):
    """A pattern, without what it is tried on."""

    kind: str
    """``name``, ``value``, ``tuple``, ``struct``, ``or``, ``any``, ``error``."""
    name: str
    parts: tuple[Pattern, ...]
    names: tuple[str, ...]
    """Of a struct's pattern: the member that each part is tried on."""
    value: ir.Expr | None
    line: int


class Tokens(NamedTuple):
    """What stands in the brackets of a macro or an attribute."""

    values: tuple[object, ...]
    """Names, literals, punctuation and further tokens in brackets."""
    line: int


class Member(NamedTuple):
    """One entry of a struct's literal; a spread one has no name."""

    name: str
    value: ir.Expr


class Word(NamedTuple):
    """Text that is no expression."""

    text: str


class Scope(NamedTuple):
    """A function or class that is open."""

    number: int
    is_class: bool
    function: int
    """Index of the function that what stands here is part of."""
    qualname: str


class State:
    """One file. Functions are numbered when they open, so that an outer one always comes before its inner ones."""

    def __init__(self, source: bytes) -> None:
        """``source`` is the file as it was before macros were made calls."""
        self.source = source
        self.functions = [ir.Function("", "", (), (), (), "", "", -1, -1, static=False, line=1, end_line=1)]
        """The first is the top level."""
        self.classes: list[ir.Class] = []
        self.imports: dict[ir.Import, None] = {}
        self.doc: list[str] = []
        """Of the module."""
        self.pending: list[list[ir.Stmt]] = [[]]
        """Of each open block: what is to be done before the statement that is being read."""
        self.matches = 0
        """How many are open."""
        self.attributes: list[ir.Expr] = []
        """Those that stand before what comes next."""
        self.constants: list[list[ir.Field]] = []
        """Of each class: those that belong to it rather than to its objects."""
        self._methods: list[list[int]] = []
        self._docs: list[str] = []
        self._numbers: dict[str, int] = {}
        self._temporaries = 0
        self._scopes = [Scope(0, is_class=False, function=0, qualname="")]

    # --- scopes -----------------------------------------------------------------------------

    def open_function(self, name: str, line: int) -> None:
        """A function starts here; a closure has no name and is no method."""
        around = self._scopes[-1]
        number = len(self.functions)
        cls = around.number if around.is_class and name else -1
        if cls >= 0:
            self._methods[cls].append(number)
        qualname = f"{around.qualname}.{name[:_SHOWN] or '<lambda>'}" if around.qualname else name[:_SHOWN]
        marks, doc = (self.take_attributes(), self.take_doc()) if name else ((), "")
        self.functions.append(
            ir.Function(
                name, qualname, (), (), marks, doc, "", cls, around.function, static=False, line=line, end_line=line
            )
        )
        self._scopes.append(Scope(number, is_class=False, function=number, qualname=qualname))

    def open_class(self, name: str, line: int) -> int:
        """A class starts or goes on here: a struct and what is implemented for it are one."""
        around = self._scopes[-1]
        if name not in self._numbers:
            self._numbers[name] = len(self.classes)
            self.classes.append(ir.Class(name, (), (), (), (), "", line, line))
            self._methods.append([])
            self.constants.append([])
        number = self._numbers[name]
        self._scopes.append(Scope(number, is_class=True, function=around.function, qualname=name[:_SHOWN]))
        return number

    def close(self) -> Scope:
        """The scope that ends here."""
        return self._scopes.pop()

    def inner_class(self) -> int | None:
        """The class whose body this is."""
        return self._scopes[-1].number if self._scopes[-1].is_class else None

    def settled(self) -> tuple[ir.Class, ...]:
        """The classes with all that was said of them."""
        return tuple(
            cls._replace(fields=(*cls.fields, *self.constants[number]), methods=tuple(self._methods[number]))
            for number, cls in enumerate(self.classes)
        )

    def own(self) -> str:
        """What ``Self`` stands for here."""
        found = next((scope.number for scope in reversed(self._scopes) if scope.is_class), None)
        return self.classes[found].name if found is not None else "Self"

    # --- statements before statements -------------------------------------------------------

    def temporary(self) -> str:
        """A name that no source has."""
        self._temporaries += 1
        return f"<value {self._temporaries}>"

    def before(self) -> list[ir.Stmt]:
        """What is to be done before the statement that ends here."""
        found, self.pending[-1] = self.pending[-1], []
        return found

    # --- comments and attributes ------------------------------------------------------------

    def comment(self, text: str) -> None:
        """Keep a doc comment for what follows it."""
        if text.startswith("//!"):
            self.doc.append(text[3:].strip())
        elif text.startswith("///") and not text.startswith("////"):
            self._docs.append(text[3:].strip())
        elif text.startswith("/**") and len(text) > len("/**/"):
            lines = text.removeprefix("/**").removesuffix("*/").split("\n")
            self._docs += [line.strip().removeprefix("*").strip() for line in lines]

    def take_doc(self) -> str:
        """The doc comment before this, once."""
        found, self._docs = self._docs, []
        return "\n".join(found).strip()

    def take_attributes(self) -> tuple[ir.Expr, ...]:
        """The attributes before this, once."""
        found, self.attributes = self.attributes, []
        return tuple(found)


def type_name(text: str) -> str:
    """The last part of a type's path, without what it borrows or is given."""
    found = _TYPE.match(text)
    return found[2] if found is not None else ""


def text_of(node: Node | None) -> str:
    """The source of a node on one line."""
    text = node.text if node is not None else None
    return " ".join(text.decode("utf-8", "replace").split()) if text else ""
