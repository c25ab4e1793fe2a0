"""What is known of a script while it is lowered: its functions, classes, imports and exports so far."""

from __future__ import annotations

from typing import NamedTuple

from driftseal.code import ir
from driftseal.limits import Limits


class Draft:
    """A function that is being put together; its names are settled when all is read."""

    __slots__ = (
        *("body", "cls", "decorators", "doc", "end_line", "label", "line", "name", "outer", "params", "properties"),
        *("returns", "static"),
    )

    def __init__(self, outer: int, line: int, doc: str) -> None:
        self.outer = outer
        self.line = line
        self.end_line = line
        self.doc = doc
        self.name = ""
        """Only of what is bound under its name: a declaration or a method."""
        self.label = ""
        """Of anything else, what it was assigned to: for people."""
        self.cls = -1
        self.params: tuple[ir.Param, ...] = ()
        self.properties: list[ir.Param] = []
        """Parameters of a constructor that are fields too."""
        self.body: ir.Block = ()
        self.decorators: tuple[ir.Expr, ...] = ()
        self.returns = ""
        self.static = False


class Method(NamedTuple):
    """A method of a class or of an object literal, before either has it."""

    key: ir.Expr
    function: int
    static: bool
    line: int


class Hoisted(list[ir.Stmt]):
    """A function's declaration, which holds from the start of its block."""


class State:
    """One file. Bottom up, so that what a function is called is learnt after it was read."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.functions = [Draft(-1, 1, "")]
        self.classes: list[ir.Class] = []
        self.places: list[int] = []
        """Of each class, the function around it."""
        self.owners = [0]
        """The functions that are open, innermost last."""
        self.opened: list[int] = []
        """The classes that are open."""
        self.assigned: dict[tuple[int, str], None] = {}
        """Functions with the names of variables that they set."""
        self.declared: set[tuple[int, str]] = set()
        """Functions with the names of variables that they declare."""
        self.switches = 0
        """How many are open."""
        self.imports: list[ir.Import] = []
        self.modules: dict[str, str] = {}
        """Modules by the names under which all of them is known here."""
        self.nested: set[int] = set()
        """Imports that stand inside a function."""
        self.exports: dict[ir.Export, None] = {}
        self.loads: dict[int, tuple[ir.Expr, int]] = {}
        """Calls of ``require`` and ``import`` by identity, each with its import."""
        self.commas: dict[int, ir.Other] = {}
        """Comma expressions by identity: their value is the last."""
        self.namespaces: dict[str, ir.Mapping] = {}
        """Objects that a bundler fills with getters."""
        self.whole: list[str] = []
        """Names of objects whose members are what the file hands out."""
        self._doc = (0, "")

    # --- functions and classes --------------------------------------------------------------

    def open_function(self, line: int) -> None:
        """A function starts here."""
        self.functions.append(Draft(self.owners[-1], line, self.take_doc(line)))
        self.owners.append(len(self.functions) - 1)

    def close_function(self) -> tuple[int, Draft]:
        """The function that ends here."""
        index = self.owners.pop()
        return index, self.functions[index]

    def open_class(self, line: int) -> None:
        """A class starts here."""
        self.classes.append(ir.Class("", (), (), (), (), self.take_doc(line), line, line))
        self.places.append(self.owners[-1])
        self.opened.append(len(self.classes) - 1)

    def label(self, value: ir.Expr | None, name: str) -> None:
        """Call a function or class that has no name of its own by what it is assigned to."""
        if isinstance(value, ir.Closure):
            draft = self.functions[value.function]
            draft.label = draft.label or name
        elif isinstance(value, ir.ClassValue) and self.at_top and not self.classes[value.cls].name:
            self.classes[value.cls] = self.classes[value.cls]._replace(name=name)

    @property
    def at_top(self) -> bool:
        """Whether what is built now stands outside of all functions."""
        return len(self.owners) == 1

    # --- comments ---------------------------------------------------------------------------

    def comment(self, text: str, line: int) -> None:
        """Keep a doc comment for what follows it."""
        if text.startswith("/**") and len(text) > len("/**/"):
            end = line + text.count("\n")
            self._doc = end, text
            if line == 1 and not self.functions[0].doc:
                self.functions[0].doc = _undecorated(text)

    def take_doc(self, line: int) -> str:
        """The doc comment that ends on this line or on the one before, once."""
        end, text = self._doc
        if not text:
            return ""
        self._doc = 0, ""
        return _undecorated(text) if line - 1 <= end <= line else ""

    # --- imports and exports ----------------------------------------------------------------

    def load(self, call: ir.Call, module: str) -> None:
        """A call that loads a module; nobody has given it a name yet."""
        self.loads[id(call)] = call, len(self.imports)
        self.add_import(ir.Import("", module, "", call.line))

    def add_import(self, imported: ir.Import) -> None:
        """A name from elsewhere."""
        if not self.at_top:
            self.nested.add(len(self.imports))
        self.imports.append(imported)
        if not imported.symbol:
            self.modules.setdefault(imported.local, imported.module)

    def loaded(self, value: ir.Expr | None) -> int | None:
        """Which import this value is, awaited or not."""
        while isinstance(value, ir.Unary) and value.op == "await":
            value = value.value
        known = self.loads.get(id(value))
        return known[1] if known is not None else None

    def export(self, name: str, local: str, module: str = "") -> None:
        """A name for others, once."""
        self.exports[ir.Export(name, local, module)] = None


def _undecorated(text: str) -> str:
    lines = text.removeprefix("/**").removesuffix("*/").split("\n")
    return "\n".join(line.strip().removeprefix("*").strip() for line in lines).strip()
