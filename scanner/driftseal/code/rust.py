"""Rust, with the macros whose insides are expressions."""

from __future__ import annotations

from typing import ClassVar

from driftseal.code import ir
from driftseal.code._lowering import run
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits


class Rust(FrontEnd):
    """See `FrontEnd`."""

    name: ClassVar[str] = "rust"
    suffixes: ClassVar[frozenset[str]] = frozenset({".rs"})

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`."""
        import tree_sitter_rust
        from tree_sitter import Language

        from driftseal.code._rust_flow import statements_of
        from driftseal.code._rust_grammar import GRAMMAR
        from driftseal.code._rust_state import State
        from driftseal.code._rust_text import utf8, without_marks

        data = utf8(data)
        state = State(data)
        source, wrong = without_marks(data)
        outcome = run(state, GRAMMAR, Language(tree_sitter_rust.language()), source, limits)
        doc = "\n".join(state.doc).strip()
        body = tuple(statements_of(outcome.value))
        top = state.functions[0]._replace(body=body, doc=doc, end_line=data.count(b"\n") + 1)
        return ir.Module(
            path=path,
            language=self.name,
            functions=(top, *state.functions[1:]),
            classes=state.settled(),
            imports=tuple(state.imports),
            exports=(),
            doc=doc,
            errors=outcome.errors + wrong,
            complete=outcome.complete,
            reached=outcome.reached,
        )
