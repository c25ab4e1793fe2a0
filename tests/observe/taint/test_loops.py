"""Loops: what one turn leaves reaches the next, and what no turn changes is read once."""

from __future__ import annotations

import pytest

from driftseal.code import batch, ir
from driftseal.code.project import FunctionRef, Project
from driftseal.limits import Limits
from driftseal.observe.taint import lookup, models
from driftseal.observe.taint.flows import Entry, analyse
from driftseal.observe.taint.values import Value

_TOOL = "import os\n\ndef tool(p, names):\n    {body}\n"


def _project(body: str) -> tuple[Project, FunctionRef]:
    source = _TOOL.format(body="\n    ".join(body.split("\n")))
    project = Project(batch.lower({"main.py": source.encode()}, Limits()).modules)
    functions = project.modules["main.py"].functions
    return project, FunctionRef("main.py", next(n for n, one in enumerate(functions) if one.name == "tool"))


def _sinks(body: str) -> list[str]:
    project, tool = _project(body)
    known = {"python": models.load("python")}
    return [flow.source.name for flow in analyse(project, [Entry(tool, "tool:tool")], known, Limits()).flows]


@pytest.mark.parametrize(
    "body",
    [
        "last = 'ls'\nfor name in range(3):\n    os.system(last)\n    last = p",
        "for name in range(3):\n    os.system(last)\n    last = p",
        "made = {}\nfor name in range(3):\n    os.system(made.get('last', ''))\n    made['last'] = p",
        "last = 'ls'\nfor name in range(3):\n    for inner in range(2):\n        os.system(last)\n    last = p",
        "last = 'ls'\nwhile True:\n    if last == p:\n        continue\n    os.system(last)\n    last = p",
    ],
)
def test_what_a_turn_sets_is_read_by_the_next(body: str) -> None:
    assert "p" in _sinks(body)


@pytest.mark.parametrize(
    ("body", "turns"),
    [
        ("for name in range(3):\n    text = name\n    print(text)", 1),
        ("count = 0\nfor name in range(3):\n    count = 0\n    print(name)", 1),
        ("found = []\nfor name in range(3):\n    found.append(p)", 2),
        ("for name in range(3):\n    print(text)\n    text = name", 2),
        ("text = p\nfor name in range(3):\n    text = text.strip()", 2),
    ],
)
def test_a_loop_is_read_again_only_where_a_turn_left_something_to_read(
    body: str, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    project, tool = _project(body)
    # Each turn reads the list that is gone through.
    [loop] = [each for each in project.function(tool).body if isinstance(each, ir.Loop)]
    element = lookup.element

    def counted(value: Value) -> Value:
        read.append(loop.line)
        return element(value)

    monkeypatch.setattr(lookup, "element", counted)
    analyse(project, [Entry(tool, "tool:tool")], {"python": models.load("python")}, Limits())
    assert len(read) == turns


def test_what_holds_itself_ends_the_reading_of_a_loop() -> None:
    body = "kept = {}\ndef inner():\n    return kept\nfor name in range(3):\n    kept['all'] = inner\n    os.system(p)"
    assert _sinks(body) == ["p"]
