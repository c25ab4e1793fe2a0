"""C#, up to the latest version that its grammar knows."""

from __future__ import annotations

import codecs
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code._lowering import run
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits

_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class CSharp(FrontEnd):
    """See `FrontEnd`."""

    name: ClassVar[str] = "csharp"
    suffixes: ClassVar[frozenset[str]] = frozenset({".cs", ".csx"})

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`."""
        import tree_sitter_c_sharp
        from tree_sitter import Language

        from driftseal.code._csharp_grammar import GRAMMAR
        from driftseal.code._csharp_state import State
        from driftseal.code._csharp_statements import body_of

        data = _utf8(data)
        state = State()
        outcome = run(state, GRAMMAR, Language(tree_sitter_c_sharp.language()), data, limits)
        top = state.functions[0]._replace(body=tuple(body_of(outcome.value)), end_line=data.count(b"\n") + 1)
        return ir.Module(
            path=path,
            language=self.name,
            functions=(top, *state.functions[1:]),
            classes=tuple(state.classes),
            imports=tuple(state.imports),
            exports=(),
            doc="",
            errors=outcome.errors,
            complete=outcome.complete,
            reached=outcome.reached,
        )


def _utf8(data: bytes) -> bytes:
    """The file in the one encoding that is parsed; what cannot be decoded is replaced later, literal by literal."""
    for mark, encoding in _WIDE.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8).replace(b"\0", b" ")
