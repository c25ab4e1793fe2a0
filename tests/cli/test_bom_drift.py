"""``bom --drift``: what changed since it was approved, on the parts that changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import CLEAN, POISONED, driftseal, write

TRUST = ("--trust", "../trust.toml", "--state", "../state.json")


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    """A project with one approved manifest and another that nobody approved."""
    project = tmp_path / "project"
    project.mkdir()
    write(project, "tools.json", CLEAN)
    assert driftseal("keygen", "../key.pem", cwd=project).returncode == 0
    assert driftseal("trust", "add", "alice", "../key.pem.pub", "--trust", "../trust.toml", cwd=project).returncode == 0
    args = ("baseline", "approve", "--yes", "--key", "../key.pem", *TRUST, "tools.json")
    assert driftseal(*args, cwd=project).returncode == 0
    write(project, "others.json", CLEAN)
    return project


def bom(project: Path, *args: str) -> tuple[int, Any]:
    done = driftseal("bom", "tools.json", "others.json", "--drift", *TRUST, *args, cwd=project)
    return done.returncode, json.loads(done.stdout)


def test_what_is_as_it_was_approved_says_so_and_what_nobody_approved_says_nothing(approved: Path) -> None:
    code, document = bom(approved)
    assert code == 0
    (told,) = document["annotations"]
    assert told["text"].startswith("baseline verified")
    (server,) = [one for one in document["services"] if one["bom-ref"] in told["subjects"]]
    assert server["name"] == "tools"


def test_a_change_is_told_on_the_tool_that_changed(approved: Path) -> None:
    write(approved, "tools.json", POISONED)
    code, document = bom(approved)
    assert code == 0
    changed = next(one for one in document["annotations"] if one["text"].startswith("drift since sha256:"))
    (ref,) = changed["subjects"]
    (tool,) = [one for one in document["components"] if one["bom-ref"] == ref]
    assert ("mcp-tool" in tool["tags"], "critical" in changed["text"]) == (True, True)


def test_without_being_asked_no_baseline_is_opened(approved: Path) -> None:
    done = driftseal("bom", "tools.json", cwd=approved)
    assert (done.returncode, "annotations" in json.loads(done.stdout)) == (0, False)
