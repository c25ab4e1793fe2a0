"""Python 3, and enough of Python 2 to read on."""

from __future__ import annotations

from typing import ClassVar

from driftseal.code import ir
from driftseal.code._lowering import run, statements
from driftseal.code._python_state import State
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

        from driftseal.code._python_grammar import GRAMMAR
        from driftseal.code._python_statements import docstring

        state = State()
        outcome = run(state, GRAMMAR, Language(tree_sitter_python.language()), data, limits)
        body = tuple(statements(outcome.value))
        top = ir.Function("", "", (), body, (), "", "", -1, -1, False, 1, data.count(b"\n") + 1)
        return ir.Module(
            path=path,
            language=self.name,
            functions=tuple(state.numbered(top)),
            classes=tuple(state.classes),
            imports=tuple(state.imports),
            exports=(),
            doc=docstring(body),
            errors=outcome.errors,
            complete=outcome.complete,
        )
