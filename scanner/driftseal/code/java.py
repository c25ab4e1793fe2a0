"""Java."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code._c_text import utf8
from driftseal.code._java_state import State
from driftseal.code._lowering import run, statements
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits

# Tried once for each run of backslashes: from further ones on it would fail in the same way.
_UNICODE: Final = re.compile(rb"(?<!\\)(\\++)(u++)([0-9a-fA-F]{4})")


class Java(FrontEnd):
    """See `FrontEnd`.

    What a method says of its object without ``this`` gets it. Methods without a body are left out: what a call of them
    does is said by the classes that have one. Constructors are called ``constructor``, and an object of a class without
    a name that has a single method is that method, like a lambda.
    """

    name: ClassVar[str] = "java"
    suffixes: ClassVar[frozenset[str]] = frozenset({".java"})

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`."""
        import tree_sitter_java
        from tree_sitter import Language

        from driftseal.code._java_grammar import GRAMMAR

        data, wrong = utf8(data)
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        state = State(limits)
        outcome = run(state, GRAMMAR, Language(tree_sitter_java.language()), _translated(data), limits)
        state.functions[0] = state.functions[0]._replace(body=tuple(statements(outcome.value)), end_line=lines)
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


def _translated(data: bytes) -> bytes:
    """Characters that a file writes by their number, anywhere in it; the language reads them before all else.

    One behind an even number of backslashes is a part of a text. A line that ends in this way stays one line here, so
    that the lines after it are told right, but for a comment that hides code behind it.
    """
    return _UNICODE.sub(_character, data) if b"\\u" in data else data


def _character(found: re.Match[bytes]) -> bytes:
    slashes, _, digits = found.groups()
    if len(slashes) % 2 == 0:
        return found[0]
    character = chr(int(digits, 16))
    if (
        character in {'"', "'", "\\"}
        or (character < " " and character not in "\r\n")
        or "\ud800" <= character <= "\udfff"
    ):
        return found[0]  # inside a text the escape means the same, and outside it is rare
    return slashes[:-1] + character.encode("utf-8", "replace")
