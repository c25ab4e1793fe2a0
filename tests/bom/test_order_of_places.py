"""The place that people are shown first is the one that says most."""

from __future__ import annotations

from pathlib import Path

from configured import context
from driftseal.bom._page_data import page_data
from driftseal.collect.source import SourceCollector
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Bom, Component
from driftseal.model.item import Evidence
from driftseal.pipeline._bom_items import technique
from driftseal.pipeline._bom_join import place

SERVER = """\
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("notes")
@mcp.tool()
def read_note(title: str) -> str:
    return title
"""


def test_the_page_tells_the_surest_place_first() -> None:
    evidence = (Evidence("a.py", line=1, confidence=0.6), Evidence("b.py", line=2, confidence=0.9))
    part = Component(ref="x", kind="credential", type="cryptographic-asset", name="X", evidence=evidence)
    root = Component(ref="root", kind="system", type="application", name="all")
    data = page_data(Bom(root=root, timestamp="t", tool_version="1", components=(part,)), DEFAULT_LIMITS)
    parts = data["parts"]
    assert isinstance(parts, list)
    (shown,) = (one for one in parts if isinstance(one, dict) and one["name"] == "X")
    assert shown["places"] == ["b.py:2, 90% sure", "a.py:1, 60% sure"]


def test_a_projects_own_places_come_before_those_of_its_tests() -> None:
    places = [Evidence("benchmarks/a.txt"), Evidence("tests/b.py"), Evidence("pyproject.toml"), Evidence("app/c.py")]
    assert [at.uri for at in sorted(places, key=place)] == [
        "app/c.py",
        "pyproject.toml",
        "benchmarks/a.txt",
        "tests/b.py",
    ]


def test_what_is_read_from_source_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    given = context(tmp_path)
    collector = SourceCollector(given)
    (taken,) = collector.collect(list(collector.targets(".")))
    assert technique(taken) == "source-code-analysis"
