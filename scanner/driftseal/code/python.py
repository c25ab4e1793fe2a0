"""Python 3, and of Python 2 what a parser of Python 3 makes sense of."""

from __future__ import annotations

from typing import ClassVar

from driftseal.code import ir
from driftseal.code._lowering import run
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits


class Python(FrontEnd):
    """See `FrontEnd`."""

    name: ClassVar[str] = "python"
    suffixes: ClassVar[frozenset[str]] = frozenset({".py", ".pyw"})

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`."""
        import tree_sitter_python
        from tree_sitter import Language

        from driftseal.code._python_definitions import docstring
        from driftseal.code._python_grammar import GRAMMAR
        from driftseal.code._python_state import State
        from driftseal.code._python_statements import settled
        from driftseal.code._python_text import source

        data, wrong = source(data)
        state = State(limits.code_depth // 2, data)
        outcome = run(state, GRAMMAR, Language(tree_sitter_python.language()), data, limits)
        doc = docstring(outcome.value)
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        top = state.functions[0]._replace(body=settled(outcome.value), doc=doc, end_line=lines)
        return ir.Module(
            path=path,
            language=self.name,
            functions=(top, *state.functions[1:]),
            classes=tuple(state.classes),
            imports=tuple(state.imports),
            exports=(),
            doc=doc,
            errors=outcome.errors + wrong,
            complete=outcome.complete,
            reached=outcome.reached,
        )
