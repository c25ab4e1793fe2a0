"""The demo tells the whole story, from approval to rug pull."""

from __future__ import annotations

import json
from pathlib import Path

from commands import driftseal


def test_the_demo_shows_the_alert_the_findings_and_the_bill_of_materials(tmp_path: Path) -> None:
    done = driftseal("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    story = done.stdout
    steps = ["1. ", "2. a fresh key signs it", "3. ", "4. the nightly drift check", "5. a scan", "6. the AI-BOM"]
    places = [story.index(step) for step in steps]
    assert places == sorted(places)
    assert "CRITICAL" in story[places[3] : places[4]]
    assert "send_mail" in story[places[3] : places[4]]
    assert "~/.aws/credentials" in story[places[4] : places[5]]
    assert "service    mail" in story[places[5] :]
    assert not list(tmp_path.iterdir())


def test_what_the_demo_made_can_be_kept_and_looked_at(tmp_path: Path) -> None:
    done = driftseal("demo", "--keep", "kept", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    kept = tmp_path / "kept"
    assert json.loads((kept / "bom.cdx.json").read_bytes())["bomFormat"] == "CycloneDX"
    trust = ("--trust", "../trust.toml", "--state", "../state.json")
    verified = driftseal("baseline", "verify", *trust, cwd=kept / "project")
    assert "verified" in verified.stdout
    again = driftseal("demo", "--keep", "kept", cwd=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr
