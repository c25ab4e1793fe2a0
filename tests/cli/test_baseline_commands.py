"""From a key to a drift alert, as a person types it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import CLEAN, POISONED, driftseal, write

SERVER = (Path(__file__).parents[2] / "scanner" / "driftseal" / "demo" / "mail_v1.py").read_text(encoding="utf-8")
RUG_PULL = (Path(__file__).parents[2] / "scanner" / "driftseal" / "demo" / "mail_v2.py").read_text(encoding="utf-8")


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    """A project with one approved manifest; key and policy lie outside of it."""
    project = tmp_path / "project"
    project.mkdir()
    write(project, "tools.json", CLEAN)
    assert driftseal("keygen", "../key.pem", cwd=project).returncode == 0
    assert driftseal("trust", "add", "alice", "../key.pem.pub", "--trust", "../trust.toml", cwd=project).returncode == 0
    approve(project, "tools.json")
    return project


def approve(project: Path, *args: str, key: str = "../key.pem") -> str:
    done = driftseal("baseline", "approve", "--yes", "--key", key, *TRUST, *args, cwd=project)
    assert done.returncode == 0, done.stderr
    return done.stderr


TRUST = ("--trust", "../trust.toml", "--state", "../state.json")


def drift(project: Path, *args: str) -> tuple[int, Any]:
    done = driftseal("drift", "--format", "json", *TRUST, *args, cwd=project)
    return done.returncode, json.loads(done.stdout)


def test_an_unchanged_target_is_on_its_baseline(approved: Path) -> None:
    code, report = drift(approved)
    assert code == 0
    (one,) = report["drifts"]
    assert one["changes"] == []
    assert one["verification"]["status"] == "verified"
    assert one["verification"]["signers"] == ["alice"]


def test_a_poisoned_update_is_a_critical_drift(approved: Path) -> None:
    write(approved, "tools.json", POISONED)
    code, report = drift(approved)
    assert code == 1
    (one,) = report["drifts"]
    assert one["changes"][0]["severity"] == "critical"
    assert "/description" in {path["pointer"] for path in one["changes"][0]["paths"]}


def test_nobody_approves_without_being_asked(approved: Path) -> None:
    done = driftseal("baseline", "approve", "--key", "../key.pem", *TRUST, "tools.json", cwd=approved)
    assert done.returncode == 2
    assert "add --yes" in done.stderr


def test_a_key_that_the_policy_does_not_name_is_refused(approved: Path) -> None:
    driftseal("keygen", "../other.pem", cwd=approved)
    done = driftseal("baseline", "approve", "--yes", "--key", "../other.pem", *TRUST, "tools.json", cwd=approved)
    assert done.returncode == 4
    assert "belongs to nobody" in done.stderr


def test_an_older_baseline_put_back_is_refused(approved: Path) -> None:
    folder = next((approved / ".driftseal" / "baselines").iterdir())
    old = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    changed = {"tools": [{**CLEAN["tools"][0], "description": "Adds two whole numbers."}]}
    write(approved, "tools.json", changed)
    assert "version 2 is in force" in approve(approved, "tools.json")
    assert drift(approved)[0] == 0
    for name, data in old.items():
        (folder / name).write_bytes(data)
    code, report = drift(approved)
    assert code == 4
    assert report["drifts"][0]["verification"]["status"] == "rolled-back"


def test_a_tampered_snapshot_is_refused(approved: Path) -> None:
    path = next((approved / ".driftseal" / "baselines").rglob("snapshot.json"))
    path.write_bytes(path.read_bytes().replace(b"Adds", b"Evil"))
    code, report = drift(approved)
    assert code == 4
    assert report["drifts"][0]["verification"]["status"] == "tampered"


def test_a_swapped_policy_is_refused_by_its_digest(approved: Path) -> None:
    shown = driftseal("trust", "show", "--trust", "../trust.toml", cwd=approved).stdout
    digest = next(word for word in shown.split() if word.startswith("sha256:"))
    assert drift(approved, "--trust-digest", digest)[0] == 0
    driftseal("keygen", "../evil.pem", cwd=approved)
    driftseal("trust", "add", "mallory", "../evil.pem.pub", "--trust", "../trust.toml", cwd=approved)
    done = driftseal("drift", *TRUST, "--trust-digest", digest, cwd=approved)
    assert done.returncode == 4
    assert "trust.toml" in done.stderr


def test_a_revoked_key_counts_no_more(approved: Path) -> None:
    driftseal("trust", "revoke", "alice", "--trust", "../trust.toml", cwd=approved)
    code, report = drift(approved)
    assert code == 4
    assert report["drifts"][0]["verification"]["status"] == "untrusted"


def test_baselines_are_listed_shown_and_verified(approved: Path) -> None:
    titles, row = driftseal("baseline", "list", *TRUST, cwd=approved).stdout.splitlines()
    slug, *cells = row.split()
    assert titles.split() == ["NAME", "STATUS", "VERSION", "EXPIRES", "SIGNERS"]
    assert [cells[0], cells[1], cells[3]] == ["verified", "1", "alice"]
    assert [row.rindex(cell) for cell in (" verified", " 1 ", " alice")] == [
        titles.index(title) - 1 for title in ("STATUS", "VERSION", "SIGNERS")
    ]
    mistyped = driftseal("baseline", "show", "tools", *TRUST, cwd=approved)
    assert f"did you mean {slug!r}?" in mistyped.stderr
    assert "tool:add" in driftseal("baseline", "show", slug, *TRUST, cwd=approved).stdout
    verified = driftseal("baseline", "verify", "--format", "json", *TRUST, cwd=approved)
    assert verified.returncode == 0
    assert json.loads(verified.stdout)["baselines"][0]["signers"] == ["alice"]


def configured(tmp_path: Path) -> Path:
    """A project that configures the demo's server."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "server.py").write_text(SERVER, encoding="utf-8")
    entry = {"command": sys.executable, "args": ["-I", "-S", "server.py"], "cwd": str(project)}
    write(project, ".mcp.json", {"mcpServers": {"mail": entry}})
    driftseal("keygen", "../key.pem", cwd=project)
    driftseal("trust", "add", "alice", "../key.pem.pub", "--trust", "../trust.toml", cwd=project)
    return project


def test_a_configured_server_without_a_baseline_is_reported(tmp_path: Path) -> None:
    code, report = drift(configured(tmp_path))
    assert code == 4
    assert [one["verification"]["status"] for one in report["drifts"]] == ["missing"]


def test_a_rug_pull_of_a_running_server_is_critical(tmp_path: Path) -> None:
    project = configured(tmp_path)
    approve(project, "--start", ".")
    assert drift(project, "--live")[0] == 0
    (project / "server.py").write_text(RUG_PULL, encoding="utf-8")
    code, report = drift(project, "--live")
    assert code == 1
    changes = {change["item"]["name"]: change["severity"] for change in report["drifts"][0]["changes"]}
    assert changes["send_mail"] == "critical"


def test_a_live_baseline_that_is_not_looked_at_live_is_incomplete(tmp_path: Path) -> None:
    project = configured(tmp_path)
    approve(project, "--start", ".")
    code, report = drift(project)
    assert code == 3
    assert "add --live" in report["gaps"][0]["why"]


def test_a_swapped_launch_command_is_reported_and_not_run(tmp_path: Path) -> None:
    project = configured(tmp_path)
    approve(project, "--start", ".")
    ran = project / "ran"
    entry = {"command": "touch", "args": [str(ran)]}
    write(project, ".mcp.json", {"mcpServers": {"mail": entry}})
    code, report = drift(project, "--live")
    assert code == 4
    assert not ran.exists()
    assert "differs from the approved one" in report["errors"][0]["message"]
    severities = {change["item"]["kind"]: change["severity"] for change in report["drifts"][0]["changes"]}
    assert severities["launch"] in {"high", "critical"}


def test_a_policy_inside_the_tree_never_starts_a_server(tmp_path: Path) -> None:
    project = configured(tmp_path)
    driftseal("trust", "add", "alice", "../key.pem.pub", cwd=project)
    assert driftseal("baseline", "approve", "--yes", "--key", "../key.pem", "--start", ".", cwd=project).returncode == 0
    marker = project / "started"
    (project / "server.py").write_text(f"open({str(marker)!r}, 'w')\n" + SERVER, encoding="utf-8")
    done = driftseal("drift", "--live", cwd=project)
    assert done.returncode == 4
    assert not marker.exists()
    assert "--trust-digest" in done.stdout + done.stderr


def test_a_server_that_only_its_baseline_knows_is_not_started_unless_allowed(tmp_path: Path) -> None:
    project = configured(tmp_path)
    (project / ".mcp.json").unlink()
    marker = project / "started"
    (project / "server.py").write_text(f"open({str(marker)!r}, 'w')\n" + SERVER, encoding="utf-8")
    approve(project, "--", sys.executable, "server.py")
    marker.unlink()
    code, report = drift(project)
    assert (code, marker.exists()) == (3, False)
    assert "add --live" in report["gaps"][0]["why"]
    code, _ = drift(project, "--live")
    assert (code, marker.exists()) == (0, True)


def test_a_server_that_only_its_baseline_knows_is_not_started_for_a_policy_inside_the_tree(tmp_path: Path) -> None:
    project = configured(tmp_path)
    (project / ".mcp.json").unlink()
    marker = project / "started"
    (project / "server.py").write_text(f"open({str(marker)!r}, 'w')\n" + SERVER, encoding="utf-8")
    driftseal("trust", "add", "alice", "../key.pem.pub", cwd=project)
    command = ("baseline", "approve", "--yes", "--key", "../key.pem", "--", sys.executable, "server.py")
    assert driftseal(*command, cwd=project).returncode == 0
    marker.unlink()
    assert driftseal("drift", "--live", cwd=project).returncode == 4
    assert not marker.exists()


def pending_of(tmp_path: Path) -> tuple[Path, str]:
    """A project whose changed manifest alice has approved and a second person has yet to sign."""
    project = tmp_path / "project"
    project.mkdir()
    for name in ("alice", "bob"):
        driftseal("keygen", f"../{name}.pem", cwd=project)
        driftseal("trust", "add", name, f"../{name}.pem.pub", "--trust", "../trust.toml", cwd=project)
    policy = tmp_path / "trust.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("threshold = 1", "threshold = 2"), encoding="utf-8")
    write(project, "tools.json", POISONED)
    said = approve(project, "tools.json", key="../alice.pem")
    assert "is pending: 1 of 2 have signed (alice)" in said
    return project, next((project / ".driftseal" / "baselines").iterdir()).name


def sign(project: Path, slug: str) -> tuple[int, str]:
    done = driftseal("baseline", "sign", slug, "--yes", "--key", "../bob.pem", *TRUST, cwd=project)
    return done.returncode, done.stdout + done.stderr


def test_a_second_person_sees_what_is_signed_and_puts_it_in_force(tmp_path: Path) -> None:
    project, slug = pending_of(tmp_path)
    assert drift(project, "tools.json")[0] == 4
    code, said = sign(project, slug)
    assert code == 0
    assert "id_rsa" in said
    assert "version 1 is in force, signed by alice, bob" in said
    assert drift(project, "tools.json")[0] == 0


def test_a_second_person_does_not_sign_what_was_altered(tmp_path: Path) -> None:
    project, slug = pending_of(tmp_path)
    for path in (project / ".driftseal").rglob("snapshot.json"):
        path.write_bytes(path.read_bytes().replace(b"sidenote", b"fillnote"))
    code, said = sign(project, slug)
    assert code == 4
    assert "not the one that was approved" in said
    assert drift(project, "tools.json")[0] == 4
