"""Go."""

from __future__ import annotations

from typing import ClassVar

from driftseal.code import ir
from driftseal.code._c_text import utf8
from driftseal.code._go_state import State
from driftseal.code._lowering import run, statements
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits


class Go(FrontEnd):
    """See `FrontEnd`.

    Go has no exceptions: a last result of type ``error`` or ``bool`` says whether the others count. The form drops it:
    ``a, err := f()`` sets ``a``, ``return a, nil`` gives back ``a``, and ``return nil, err`` raises ``err``.
    The receiver of a method is ``this``; pointers are what they point to.
    """

    name: ClassVar[str] = "go"
    suffixes: ClassVar[frozenset[str]] = frozenset({".go"})

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`."""
        import tree_sitter_go
        from tree_sitter import Language

        from driftseal.code._go_grammar import GRAMMAR

        data, wrong = utf8(data)
        state = State(limits)
        outcome = run(state, GRAMMAR, Language(tree_sitter_go.language()), data, limits)
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        state.functions[0] = state.functions[0]._replace(body=tuple(statements(outcome.value)), end_line=lines)
        state.join_methods()
        return ir.Module(
            path=path,
            language=self.name,
            functions=tuple(state.functions),
            classes=tuple(state.classes),
            imports=tuple(state.imports),
            exports=(),
            doc="",
            errors=outcome.errors + wrong,
            complete=outcome.complete,
            reached=outcome.reached,
        )
