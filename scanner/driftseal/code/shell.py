"""Scripts of the shell, as far as their lines are commands: each reads like ``os.system("…")`` in Python.

Only scripts that a package runs are lowered (see `observe.reached`), so no file name belongs to this front end.
Variables, functions and conditions of the shell are not followed: whoever looks at commands reads the text of each.
"""

from __future__ import annotations

from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.base import FrontEnd
from driftseal.limits import Limits

_NODES: Final = 4
"""Nodes that one command makes."""


class Shell(FrontEnd):
    """See `FrontEnd`. What a command does is told by the models of Python's standard library."""

    name: ClassVar[str] = "python"
    suffixes: ClassVar[frozenset[str]] = frozenset()

    def lower(self, data: bytes, path: str, limits: Limits) -> ir.Module:
        """See `FrontEnd.lower`."""
        lines = data.decode("utf-8", "replace").split("\n")
        body: list[ir.Stmt] = []
        most = limits.code_nodes // _NODES
        begun, first = "", 0
        for number, line in enumerate(lines, 1):
            first = first or number
            begun += line.strip()
            if begun.endswith("\\") and number < len(lines) and len(begun) < limits.passage_chars:
                begun = begun[:-1]
                continue
            begun = begun.rstrip("\\ ")
            if begun and not begun.startswith("#") and len(body) < most:
                body.append(_command(begun, first))
            begun, first = "", 0
        top = ir.Function("", "", (), tuple(body), (), "", "", -1, -1, static=False, line=1, end_line=len(lines))
        return ir.Module(
            path=path,
            language=self.name,
            functions=(top,),
            classes=(),
            imports=(ir.Import("os", "os", "", 1),),
            exports=(),
            doc="",
            errors=0,
            complete=len(body) < most,
        )


def _command(text: str, line: int) -> ir.Stmt:
    callee = ir.Attr(ir.Name("os", line), "system", line)
    return ir.Do(ir.Call(callee, (ir.Arg("", ir.Const(text, line), spread=False),), line, new=False), line)
