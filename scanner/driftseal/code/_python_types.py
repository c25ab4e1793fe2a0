"""How the types of Python are built: as their text, unless something happens in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftseal.code import ir
from driftseal.code._lowering import Built, Made
from driftseal.code._python_state import State, Type
from driftseal.code._python_statements import block
from driftseal.code._python_values import known

if TYPE_CHECKING:
    from tree_sitter import Node


def enter_alias(state: State, _: Node, __: str) -> None:
    """What may be the name of a type starts."""
    state.aliases += 1


def type_alias(state: State, made: Made) -> Built:
    """``type Name = …``: a name for a type as written, like a type in quotes."""
    state.aliases -= 1
    at = dict(made.parts)
    left, right = at.get("left"), at.get("right")
    if type(left) is not Type or type(right) is not Type:
        return block(state, made)
    if left.text.startswith("("):
        # The grammar takes ``type(a).b = c`` for an alias.
        target = _of_type(known(left.value, made.line))
        return ir.Assign((target,), known(right.value, made.line), made.line, adds=False)
    target = ir.Name(left.text.partition("[")[0].strip(), made.line)
    return ir.Assign((target,), ir.Const(right.text, made.line), made.line, adds=False)


def _of_type(target: ir.Expr) -> ir.Expr:
    """The target with its innermost value in a call of ``type``."""
    chain: list[ir.Attr | ir.Index] = []
    while isinstance(target, (ir.Attr, ir.Index)):
        chain.append(target)
        target = target.value
    line = target.line
    target = ir.Call(ir.Name("type", line), (ir.Arg("", target, spread=False),), line, new=False)
    for each in reversed(chain):
        target = each._replace(value=target)
    return target


def annotation(state: State, text: str, _: int) -> Type | None:
    """A type, of which only the text counts unless something may be called in it; None to look inside."""
    return Type(text, None) if state.inside_type or not (state.aliases or "(" in text) else None


def enter_type(state: State, _: Node, __: str) -> None:
    """A type that is looked into starts; those inside it are not, since each would be read as often as they nest."""
    state.inside_type = True


def called_type(state: State, made: Made) -> Type:
    """A type with a call in it; one that is a call runs when the definition does."""
    state.inside_type = False
    value = next(iter(made.expressions()), None)
    if isinstance(value, (ir.Call, ir.Attr)) and not state.aliases:
        state.evaluated.append(ir.Do(value, made.line))
    return Type(made.text, value)
