"""The layers of the house hold: nothing imports upward, and parts of one layer never import one another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "scanner" / "driftseal"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "records", "regexes"}),
    frozenset({"model"}),
    frozenset({"limits"}),
    frozenset({"atomic", "beside", "canonical", "narrow", "plugins"}),
    frozenset({"yamltext"}),
    frozenset({"resources"}),
    frozenset({"config", "rulebook"}),
    frozenset({"formats", "code"}),
    frozenset({"observe", "snapshot"}),
    frozenset({"collect", "detect", "compare", "sign", "report", "bom", "alert"}),
    frozenset({"pipeline"}),
    frozenset({"demo"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__")


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """Parts of the package that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "driftseal" else [node.module]
            )
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("driftseal.")}
    return {name for name in found if not name.startswith("__")}


def violations(path: Path, part: str) -> list[str]:
    """Imports of this file that its layer does not allow."""
    return [
        other
        for other in sorted(imported_parts(path) - {part})
        if RANK[other] > RANK[part] or (RANK[other] == RANK[part] and len(LAYERS[RANK[part]]) > 1)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_downward(path: Path) -> None:
    part = part_of(path)
    assert part in RANK, f"{part} has no layer yet"
    assert violations(path, part) == []


def test_an_upward_import_is_noticed(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("from driftseal import pipeline\nfrom driftseal.report import base\nimport driftseal.errors\n")
    assert violations(bad, "detect") == ["pipeline", "report"]
