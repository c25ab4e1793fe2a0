"""Makers of schemas whose names a minifier took: zod's say themselves what they make, ``new e({type: "enum", …})``."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef, Project

_HOPS: Final = 3
"""Functions, one calling the other, down to the one that makes a schema."""
_SHORT: Final = 4
"""Statements of a function that does nothing but make a schema."""


def made(project: Project, path: str, callee: ir.Expr) -> str:
    """What kind of schema a function makes, by its body; empty for any other function."""
    for _ in range(_HOPS):
        ref = project.named(path, callee.id) if isinstance(callee, ir.Name) else None
        if not isinstance(ref, FunctionRef):
            return ""
        body = project.function(ref).body
        last = body[-1] if 0 < len(body) <= _SHORT else None
        value = last.value if isinstance(last, ir.Return) else None
        if not isinstance(value, ir.Call):
            return ""
        if value.new:
            return _told(body, value)
        path, callee = ref.path, value.callee
    return ""


def _told(body: ir.Block, call: ir.Call) -> str:
    """The ``type`` of the only argument, which may have been given a name."""
    given: ir.Expr | None = call.args[0].value if len(call.args) == 1 else None
    if isinstance(given, ir.Name):
        name = given.id
        sets = [each.value for each in body if isinstance(each, ir.Assign) and ir.Name(name, 0) in _plain(each)]
        given = sets[0] if len(sets) == 1 else None
    for entry in given.entries if isinstance(given, ir.Mapping) else ():
        if isinstance(entry.key, ir.Const) and entry.key.value == "type" and isinstance(entry.value, ir.Const):
            return str(entry.value.value)
    return ""


def _plain(each: ir.Assign) -> list[ir.Name]:
    return [ir.Name(target.id, 0) for target in each.targets if isinstance(target, ir.Name)]
