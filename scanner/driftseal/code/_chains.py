"""``switch`` of any language as chains of comparisons that never nest without end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from driftseal.code import ir

_CHAIN: Final = 24
"""Cases of one chain; a longer ``switch`` becomes several."""


def any_of(subject: ir.Expr, values: Sequence[ir.Expr], line: int) -> ir.Expr:
    """Whether the subject equals one of these values."""
    if len(values) != 1:
        return ir.Binary("in", subject, ir.Group(tuple(values), line), line)
    return ir.Binary("==", subject, values[0], line)


def chained(arms: Sequence[tuple[ir.Expr, ir.Block, int]], otherwise: ir.Block, switches: int) -> list[ir.Stmt]:
    """Tests with what they lead to, in order; ``switches`` are open around and including this one.

    What nests within one another gets shorter chains, so that all of them together stay shallow. The default stands
    at the end of the last chain; of a switch without cases it is all there is.
    """
    longest = max(1, _CHAIN // max(1, switches))
    chains: list[ir.Stmt] = []
    rest = otherwise
    for start in range((len(arms) - 1) // longest * longest, -1, -longest):
        for test, then, line in reversed(arms[start : start + longest]):
            rest = (ir.If(test, then, rest, line),)
        chains += rest
        rest = ()
    return chains[::-1] if arms else list(otherwise)
