"""Constant texts that functions give back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import Project
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Code, below, quoted, walk

_SHORTEST: Final = 20
"""Characters of a text that could instruct anyone."""


def find(code: Code) -> Iterator[Fact]:
    """``result-instructs``: an answer that tells the model what to do, or what to keep from its user."""
    for path, line, text in returned(code.project):
        if says("instructs", text):
            yield Fact("result-instructs", path, line, quoted(text))


def returned(project: Project) -> Iterator[tuple[str, int, str]]:
    """Path, line and text of each; parts of one text that constants stand in are read as one."""
    for path, module in project.modules.items():
        seen = set()
        for function in module.functions[1:]:
            assigned = {
                target.id: node.value
                for node in walk(function.body)
                if isinstance(node, ir.Assign)
                for target in node.targets
                if isinstance(target, ir.Name)
            }
            for node in walk(function.body):
                if isinstance(node, (ir.Return, ir.Raise)) and node.value is not None:
                    for line, text in _texts(node.value, assigned):
                        if len(text) >= _SHORTEST and (line, text) not in seen:
                            seen.add((line, text))
                            yield path, line, text


def _texts(value: ir.Expr, assigned: dict[str, ir.Expr]) -> Iterator[tuple[int, str]]:
    stack: list[Any] = [value]
    followed = set()
    while stack:
        node = stack.pop()
        if isinstance(node, ir.Name) and node.id in assigned and node.id not in followed:
            followed.add(node.id)
            stack.append(assigned[node.id])
        elif isinstance(node, (ir.Text, ir.Binary)):
            line = node.line
            parts = [each.value for each in walk(node) if isinstance(each, ir.Const) and isinstance(each.value, str)]
            yield line, "".join(parts)
            stack.extend(each for each in walk(node) if isinstance(each, ir.Name))
        elif isinstance(node, ir.Const):
            if isinstance(node.value, str):
                yield node.line, node.value
        else:
            stack.extend(below(node))
