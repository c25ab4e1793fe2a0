"""Statements that run in a read-only transaction which was asked for by another statement: the first may end it."""

from __future__ import annotations

import re
from typing import Final

from driftseal.code import ir
from driftseal.code.project import Project
from driftseal.code.walk import below
from driftseal.observe.taint.summary import Spot
from driftseal.observe.taint.targets import called
from driftseal.observe.taint.words import words

ENDED: Final = "runs in a transaction that it can end"
"""How such a check is told."""
_READ_ONLY: Final = re.compile(r"(?i)\s*(?:begin|start\s+transaction|set\s+transaction)\b[^;]{0,80}\bread\s+only\b")
_LONGEST: Final = 200
"""Characters of a statement that are looked at."""


def ends(project: Project, spot: Spot) -> bool:
    """Whether a whole text runs here by itself, in a function that asks for a read-only transaction.

    Of a client that takes several statements in one text. A prepared statement, or one with values, is a single one.
    """
    if spot.name.partition(".")[0] not in words("several-statements"):
        return False
    for function in project.modules[spot.path].functions:
        if not function.line <= spot.line <= function.end_line:
            continue
        calls = [node for node in below(function.body) if isinstance(node, ir.Call)]
        alone = any(
            call.line == spot.line and _alone(call) for call in calls if called(call) == spot.name.rpartition(".")[2]
        )
        if alone and any(_asks(call) for call in calls):
            return True
    return False


def _alone(call: ir.Call) -> bool:
    return len(call.args) == 1 and not isinstance(call.args[0].value, ir.Mapping)


def _asks(call: ir.Call) -> bool:
    text = call.args[0].value.value if call.args and isinstance(call.args[0].value, ir.Const) else None
    return isinstance(text, str) and _READ_ONLY.match(text[:_LONGEST]) is not None
