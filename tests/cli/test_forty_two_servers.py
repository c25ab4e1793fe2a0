"""A bill of materials of a project and a machine that configure 42 servers, each in the format of another client."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from commands import driftseal

FIXTURE = Path(__file__).parents[1] / "data" / "collect" / "forty-two-servers.yaml"


def test_every_server_of_42_formats_is_a_service_and_nothing_else_is(tmp_path: Path) -> None:
    given = yaml.safe_load(FIXTURE.read_text("utf-8"))
    project, home = tmp_path / "project", tmp_path / "home"
    for folder, entries in ((project, given["project"] + given["neither"]), (home, given["user"])):
        for entry in entries:
            path = folder / entry["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(entry["text"], encoding="utf-8")
    expected = {entry["server"] for entry in given["project"] + given["user"]}
    assert len(expected) == 42
    done = driftseal("bom", str(project), "machine", cwd=project, env={"HOME": str(home)})
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert sorted(service["name"] for service in document["services"] if service.get("group") == "mcp") == sorted(
        expected
    )
    assert "canary" not in done.stdout + done.stderr
    assert str(tmp_path) not in done.stdout
