"""What is known of a Python file while it is lowered: its functions, classes and imports so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir

_SHOWN: Final = 12
"""Scopes that a qualified name tells."""


class Scope(NamedTuple):
    """A function or class that is open."""

    name: str
    function: int
    """Index of the function, or of the class where ``is_class``."""
    is_class: bool


class State:
    """One file. Scopes are numbered when they open, so that an outer one always comes before its inner ones."""

    def __init__(self) -> None:
        self.functions: list[ir.Function | None] = []
        """Without the top level, which is known last."""
        self.classes: list[ir.Class] = []
        self.imports: list[ir.Import] = []
        self.typed: dict[int, dict[str, tuple[str, int]]] = {}
        """Of each open class, its annotated fields: type as written and line."""
        self._scopes: list[Scope] = []

    def numbered(self, top: ir.Function) -> Iterator[ir.Function]:
        """The top level and every function; one that was never finished is left empty."""
        yield top
        for function in self.functions:
            yield function or top._replace(body=(), outer=0)

    def open_function(self, name: str) -> None:
        """A function starts here."""
        self.functions.append(None)
        self._scopes.append(Scope(name, len(self.functions), is_class=False))

    def open_class(self, name: str, line: int) -> None:
        """A class starts here."""
        self.classes.append(ir.Class(name, (), (), (), (), "", line, line))
        self._scopes.append(Scope(name, len(self.classes) - 1, is_class=True))

    def close(self) -> Scope:
        """The scope that ends here."""
        return self._scopes.pop()

    @property
    def qualname(self) -> str:
        """Of the open scopes, joined by dots; cut at its head, since they nest as deeply as their author likes."""
        return ".".join(scope.name for scope in self._scopes[-_SHOWN:])

    @property
    def cls(self) -> int:
        """The class whose body is open, -1 for none."""
        return self._scopes[-1].function if self._scopes and self._scopes[-1].is_class else -1

    @property
    def outer(self) -> int:
        """The function that is open, 0 for the top level."""
        return next((scope.function for scope in reversed(self._scopes) if not scope.is_class), 0)
