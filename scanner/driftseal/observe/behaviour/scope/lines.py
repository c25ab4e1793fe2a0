"""The command lines that a function runs."""

from __future__ import annotations

from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scope.values import Values

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
