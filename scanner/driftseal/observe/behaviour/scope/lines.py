"""The command lines that a function runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scope.names import HOPS
from driftseal.observe.behaviour.scope.values import Values

_WORDS: Final = 2
"""Arguments of a call that the words of a command stand in."""
_CASES: Final = 6
"""Machines that a program tells apart."""
_SPELLED_OUT: Final = frozenset({"python", "go"})
"""Languages in which the words of a command may be arguments of their own."""


class Lines(Values):
    """A function whose commands can be read."""

    def command(self, call: ir.Call) -> str:
        """The command line that a call runs, as far as it is constant."""
        if not call.args:
            return ""
        first = self.set_to(call.args[0].value)
        if isinstance(first, ir.Group):
            return " ".join(self._word(item) for item in first.items)
        if self.module.language in _SPELLED_OUT:
            plain = [arg for arg in call.args if not arg.name] or call.args[:1]
            given = [ir.Unary("*", arg.value, call.line) if arg.spread else arg.value for arg in plain]
        else:
            given = [arg.value for arg in call.args[:2]]
            given = given[:1] if not isinstance(self.set_to(given[-1]), ir.Group) else given
        words: list[Any] = []
        for each in given:
            whole = self.set_to(each)
            words += whole.items if isinstance(whole, ir.Group) else (whole if isinstance(whole, ir.Text) else each,)
        return " ".join(self._word(each) for each in words).strip()

    def lines(self, call: ir.Call) -> Iterator[str]:
        """The command lines that a call may run, one for each machine or case that it chooses by."""
        given = [self._either(arg.value) for arg in call.args[:_WORDS]]
        for number in range(min(max(map(len, given), default=0), _CASES)):
            chosen = (each[min(number, len(each) - 1)] for each in given)
            args = [arg._replace(value=value) for arg, value in zip(call.args, chosen, strict=False)]
            spread = [ir.Arg("", each, spread=False) for arg in args for each in _spread(arg)]
            yield self.command(call._replace(args=(*spread, *call.args[_WORDS:])))

    def _either(self, expr: ir.Expr, hops: int = HOPS) -> tuple[ir.Expr, ...]:
        """What an expression may be: either side of a choice, each entry of a table that is asked for some."""
        value = self.set_to(expr) if hops else expr
        if isinstance(value, ir.Choice):
            return (value.then, value.otherwise)
        if isinstance(value, ir.Attr):
            tables = self._either(value.value, hops - 1) if hops else ()
            entries = [entry for each in tables if isinstance(each, ir.Mapping) for entry in each.entries]
            return tuple(entry.value for entry in entries if nodes.text(entry.key) == value.name) or (expr,)
        if isinstance(value, ir.Call) and isinstance(value.callee, ir.Attr) and value.callee.name == "get":
            whole = self.set_to(value.callee.value)
            entries = list(whole.entries) if isinstance(whole, ir.Mapping) else []
            return tuple(entry.value for entry in entries) + tuple(a.value for a in value.args[1:]) or (expr,)
        table = self.set_to(value.value) if isinstance(value, ir.Index) else None
        return tuple(entry.value for entry in table.entries) if isinstance(table, ir.Mapping) else (expr,)

    def _word(self, expr: Any) -> str:
        """One word of a command; names in it stand for the constants that they are set to."""
        if isinstance(expr, ir.Unary) and expr.op == "*":
            given = self.set_to(expr.value)
            given = given if isinstance(given, ir.Group) else self.looped.get(getattr(expr.value, "id", ""), given)
            return " ".join(str(each.value) for each in nodes.strings(given))
        if isinstance(expr, (ir.Text, ir.Binary)):
            parts = expr.parts if isinstance(expr, ir.Text) else (expr.left, expr.right)
            return "".join(self.constant(part) or nodes.written(part) for part in parts)
        found = self.constant(expr)
        if found is None and isinstance(expr, ir.Name):
            made = self.set_to(expr)
            if isinstance(made, ir.Call) and made.args and self.name(made) == "shutil.which":
                return self.constant(made.args[0].value) or " "
            source = self.looped.get(expr.id)
            return " ".join(str(each.value) for each in nodes.strings(source)) if source is not None else " "
        return found or nodes.written(expr)


def _spread(arg: ir.Arg) -> tuple[ir.Expr, ...]:
    return arg.value.items if arg.spread and isinstance(arg.value, ir.Group) else (arg.value,)
