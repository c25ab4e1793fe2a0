"""What is known of a C# file while it is lowered, and what builders hand to one another."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from driftseal.code import ir

if TYPE_CHECKING:
    from tree_sitter import Node

_SHOWN: Final = 200
"""Characters of one name inside a qualified one, which holds as many names as definitions nest."""
_SUMMARY: Final = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
Subject: TypeAlias = Callable[[], ir.Expr]
"""What a pattern is tried on, as often as the pattern asks for it."""
_DECLARATIONS: Final = frozenset(
    {"method_declaration", "property_declaration", "local_function_statement", "event_declaration"}
)


class Word(NamedTuple):
    """Text that is no expression: a modifier, how a string opens."""

    text: str


class Thrown(NamedTuple):
    """``throw x`` where an expression belongs."""

    value: ir.Expr | None
    line: int


class Given(NamedTuple):
    """The arguments of a call, with the variables that it sets."""

    args: tuple[ir.Arg, ...]
    outs: tuple[ir.Expr, ...]


class Out(NamedTuple):
    """``out var x``: a variable that a call sets."""

    target: ir.Expr


class Filled(NamedTuple):
    """What stands in braces after ``new``."""

    items: tuple[ir.Expr | Filled, ...]
    line: int


class Declarator(NamedTuple):
    """``name = value`` of a declaration."""

    target: ir.Expr
    value: ir.Expr | None
    line: int


class Declaration(NamedTuple):
    """``type a = b, c = d``."""

    type: str
    declarators: tuple[Declarator, ...]


class Attributes(NamedTuple):
    """``[A, B(1)]``."""

    values: tuple[ir.Expr, ...]


class Pattern(NamedTuple):
    """A pattern, without what it is tried on."""

    test: Callable[[Subject], ir.Expr]
    """The condition that it makes of a subject; names in it are bound."""


class When(NamedTuple):
    """``when x`` of a case or a handler."""

    test: ir.Expr


class Arm(NamedTuple):
    """One case of a ``switch``; the default has no test."""

    patterns: tuple[Pattern, ...]
    when: ir.Expr | None
    body: tuple[ir.Stmt, ...]
    value: ir.Expr | Thrown | None
    """Of an expression's arm."""
    default: bool
    line: int


class Switched(NamedTuple):
    """A ``switch`` that has a value, before it is known what becomes of it."""

    arms: tuple[tuple[ir.Expr, ir.Expr | Thrown], ...]
    otherwise: ir.Expr | Thrown | None
    line: int
    longest: int
    """How many of them may nest."""


class Accessor(NamedTuple):
    """``get`` or ``set`` with a body."""

    kind: str
    function: int


class Method(NamedTuple):
    """A method, before the class has it."""

    function: int


class Members(NamedTuple):
    """What stands in the braces of a class or a namespace."""

    values: tuple[object, ...]


class Clause(NamedTuple):
    """A part of a query."""

    kind: str
    target: ir.Expr | None
    values: tuple[ir.Expr, ...]


class Scope(NamedTuple):
    """A function or class that is open."""

    number: int
    is_class: bool
    function: int
    """Index of the function that what stands here is part of."""
    qualname: str
    methods: list[int]
    names: set[str]
    """Members of the class, or variables of the function."""


class State:
    """One file. Scopes are numbered when they open, so that an outer one always comes before its inner ones."""

    def __init__(self) -> None:
        self.functions = [ir.Function("", "", (), (), (), "", "", -1, -1, static=False, line=1, end_line=1)]
        """The first is the top level."""
        self.classes: list[ir.Class] = []
        self.imports: list[ir.Import] = []
        self.switches = 0
        """How many are open."""
        self._doc: list[str] = []
        self._doc_end = 0
        self._scopes = [Scope(0, is_class=False, function=0, qualname="", methods=[], names=set())]

    # --- scopes -----------------------------------------------------------------------------

    def open_function(self, name: str, line: int, names: set[str]) -> None:
        """A function starts here; a lambda has no name and is no method."""
        around = self._scopes[-1]
        number = len(self.functions)
        cls = around.number if around.is_class and name else -1
        if cls >= 0:
            around.methods.append(number)
        qualname = _inside(around.qualname, name or "<lambda>")
        doc = self.take_doc(line)
        self.functions.append(
            ir.Function(
                name, qualname, (), (), (), doc, "", cls, around.function, static=False, line=line, end_line=line
            )
        )
        self._scopes.append(Scope(number, is_class=False, function=number, qualname=qualname, methods=[], names=names))

    def open_class(self, name: str, line: int, names: set[str]) -> None:
        """A class starts here."""
        around = self._scopes[-1]
        qualname = _inside(around.qualname, name)
        number = len(self.classes)
        self._scopes.append(
            Scope(number, is_class=True, function=around.function, qualname=qualname, methods=[], names=names)
        )
        self.classes.append(ir.Class(name, (), (), (), (), self.take_doc(line), line, line))

    def close(self) -> Scope:
        """The scope that ends here."""
        return self._scopes.pop()

    def declare(self, name: str) -> None:
        """A variable of the function that is open."""
        self._scopes[-1].names.add(name)

    def reference(self, name: str, line: int) -> ir.Expr:
        """What a bare name stands for: a variable, a member of the class that is open or of one around it."""
        inner = True
        for scope in reversed(self._scopes):
            if name not in scope.names:
                inner = inner and not scope.is_class
                continue
            if not scope.is_class:
                break
            if inner:
                return ir.Attr(ir.Name("this", line), name, line)
            return ir.Attr(ir.Name(self.classes[scope.number].name, line), name, line)
        return ir.Name(name, line)

    def known(self, name: str) -> bool:
        """Whether a bare name is a variable or a member."""
        return any(name in scope.names for scope in self._scopes)

    def class_open(self) -> bool:
        """Whether what stands here is part of a class."""
        return any(scope.is_class for scope in self._scopes)

    # --- comments ---------------------------------------------------------------------------

    def comment(self, text: str, line: int) -> None:
        """Keep a doc comment for what follows it."""
        if text.startswith("///"):
            if self._doc_end != line - 1:
                self._doc = []
            self._doc.append(text[3:].strip())
            self._doc_end = line
        elif text.startswith("/**"):
            lines = text.removeprefix("/**").removesuffix("*/").split("\n")
            self._doc = [one.strip().removeprefix("*").strip() for one in lines]
            self._doc_end = line + text.count("\n")

    def take_doc(self, line: int) -> str:
        """What the summary of the doc comment before this line says, once."""
        if not self._doc or not line - 1 <= self._doc_end <= line:
            return ""
        whole, self._doc = "\n".join(self._doc), []
        found = _SUMMARY.search(whole)
        text = _TAG.sub("", found[1] if found is not None else whole)
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&").strip()


def member_names(node: Node) -> set[str]:
    """The names that a class declares, read before its body is."""
    found: set[str] = set()
    body = node.child_by_field_name("body")
    for child in body.named_children if body is not None else ():
        if child.type in _DECLARATIONS:
            found.add(named(child))
        elif child.type in {"field_declaration", "event_field_declaration"}:
            for declaration in child.named_children:
                if declaration.type == "variable_declaration":
                    found.update(named(one) for one in declaration.named_children if one.type == "variable_declarator")
    for child in node.named_children:
        if child.type == "parameter_list":
            found |= parameter_names(child)
    return found - {"_"}


def parameter_names(node: Node) -> set[str]:
    """The names in a list of parameters; ``x`` of ``x => y``."""
    if node.type != "parameter_list":
        return {_text(node)} if node.type in {"implicit_parameter", "identifier"} else set()
    found = {named(child) for child in node.named_children if child.type == "parameter"}
    rest = node.child_by_field_name("name")
    return (found | ({_text(rest)} if rest is not None else set())) - {"_"}


def named(node: Node) -> str:
    """The name of a declaration."""
    name = node.child_by_field_name("name")
    return _text(name).lstrip("@") if name is not None else "_"


def _text(node: Node) -> str:
    return node.text.decode("utf-8", "replace") if node.text is not None else ""


def _inside(around: str, name: str) -> str:
    return f"{around}.{name[:_SHOWN]}" if around else name[:_SHOWN]


def chained(chain: list[tuple[ir.Expr, ir.Block, int]], otherwise: ir.Block, longest: int) -> list[ir.Stmt]:
    """The default stands at the end of the last chain; of one without cases it is all there is."""
    chains: list[ir.Stmt] = []
    rest = otherwise
    for start in range((len(chain) - 1) // longest * longest, -1, -longest):
        for test, then, line in reversed(chain[start : start + longest]):
            rest = (ir.If(test, then, rest, line),)
        chains += rest
        rest = ()
    return chains[::-1] if chain else list(otherwise)
