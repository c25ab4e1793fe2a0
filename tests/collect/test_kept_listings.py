"""What servers of a project declare is kept from run to run, for lists alone, and never outlives a change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from commands import driftseal

WHEN = {"SOURCE_DATE_EPOCH": "1767225600"}
SERVER = (
    "from mcp.server.fastmcp import FastMCP\nfrom words import FOUND\nmcp = FastMCP('x')\n"
    "@mcp.tool(description=FOUND)\ndef find(word: str, most: float = 1.0) -> str:\n    return word\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "finder"\n', encoding="utf-8")
    (folder / "server.py").write_text(SERVER, encoding="utf-8")
    (folder / "words.py").write_text("FOUND = 'Find a word'\n", encoding="utf-8")
    return folder


def listed(folder: Path, *more: str) -> str:
    done = driftseal("bom", ".", *more, cwd=folder, env={**WHEN, "HOME": str(folder.parent)})
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(folder: Path) -> list[Path]:
    return [path for path in (folder.parent / ".cache").rglob("inventory/*/*.json") if b'"server"' in path.read_bytes()]


def told(document: str) -> Mapping[str, Any]:
    return {part["name"]: part for part in json.loads(document)["components"]}


def test_a_second_list_is_the_same_to_the_byte(project: Path) -> None:
    first = listed(project)
    assert "find" in told(first)
    (place,) = kept(project)
    assert listed(project) == first
    place.unlink()
    assert listed(project) == first


def test_what_is_kept_is_what_is_listed(project: Path) -> None:
    listed(project)
    (place,) = kept(project)
    text = place.read_text("utf-8")
    assert "Find a word" in text
    place.write_text(text.replace("Find a word", "Find a bird"), encoding="utf-8")
    digests = [told(listed(project))["find"]["hashes"] for _ in range(2)]
    place.unlink()
    assert digests[0] == digests[1] != told(listed(project))["find"]["hashes"]


def test_a_change_anywhere_in_the_package_is_seen(project: Path) -> None:
    before = told(listed(project))["find"]
    (project / "words.py").write_text("FOUND = 'Find a bird'\n", encoding="utf-8")
    after = told(listed(project))["find"]
    assert before["hashes"] != after["hashes"]


def test_a_server_that_is_gone_is_not_listed(project: Path) -> None:
    assert "find" in told(listed(project))
    (project / "server.py").write_text(SERVER.replace("@mcp.tool(description=FOUND)\n", ""), encoding="utf-8")
    assert "find" not in told(listed(project))


def test_nothing_is_kept_or_served_where_findings_are_asked_for(project: Path) -> None:
    driftseal("bom", ".", "--findings", cwd=project, env={**WHEN, "HOME": str(project.parent)})
    assert kept(project) == []
    listed(project)
    (place,) = kept(project)
    place.write_text(place.read_text("utf-8").replace("Find a word", "Find a bird"), encoding="utf-8")
    done = driftseal("bom", ".", "--findings", cwd=project, env={**WHEN, "HOME": str(project.parent)})
    place.unlink()
    assert told(done.stdout)["find"]["hashes"] == told(listed(project))["find"]["hashes"]
