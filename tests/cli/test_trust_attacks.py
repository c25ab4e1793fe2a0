"""What a repository tries that wants its own servers started and its own baselines believed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from commands import driftseal, write

SERVER = (Path(__file__).parents[2] / "scanner" / "driftseal" / "demo" / "mail_v1.py").read_text(encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that ships a server, a key, a policy that names it, and a baseline that it signs."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "server.py").write_text(f"open({str(tmp_path / 'started')!r}, 'w')\n{SERVER}", encoding="utf-8")
    entry = {"command": sys.executable, "args": ["-I", "-S", "server.py"], "cwd": str(folder)}
    write(folder, ".mcp.json", {"mcpServers": {"mail": entry}})
    driftseal("keygen", "../evil.pem", cwd=folder)
    driftseal("trust", "add", "mallory", "../evil.pem.pub", cwd=folder)
    done = driftseal("baseline", "approve", "--yes", "--start", "--key", "../evil.pem", ".", cwd=folder)
    assert done.returncode == 0, done.stderr
    (tmp_path / "started").unlink()
    return folder


def outside(repository: Path) -> Path:
    """The shipped policy, moved to a place outside of the repository that an attacker can write too."""
    place = repository.parent / "another-checkout"
    place.mkdir()
    policy = place / "trust.toml"
    (repository / ".driftseal" / "trust.toml").rename(policy)
    return policy


def never_started(repository: Path, *args: str) -> str:
    done = driftseal("drift", "--live", *args, cwd=repository)
    assert done.returncode == 4
    assert not (repository.parent / "started").exists()
    return done.stdout + done.stderr


def test_its_own_policy_starts_nothing(repository: Path) -> None:
    assert "--trust-digest" in never_started(repository)


def test_its_own_policy_counts_for_nothing_when_isolated(repository: Path) -> None:
    assert "does not count under --isolated" in never_started(repository, "--isolated")


def test_naming_its_policy_on_the_command_line_does_not_move_it_out_of_the_tree(repository: Path) -> None:
    never_started(repository, "--trust", ".driftseal/trust.toml")


def test_a_link_to_a_policy_elsewhere_is_still_its_own_choice(repository: Path) -> None:
    (repository / ".driftseal" / "trust.toml").symlink_to(outside(repository))
    never_started(repository)
    never_started(repository, "--trust", ".driftseal/trust.toml")


def test_a_setting_that_names_a_policy_elsewhere_is_still_its_own_choice(repository: Path) -> None:
    policy = outside(repository)
    (repository / "driftseal.toml").write_text(f'trust = "{policy}"\n', encoding="utf-8")
    never_started(repository)


def test_a_folder_above_in_the_same_checkout_is_not_outside(repository: Path) -> None:
    (repository.parent / ".git").mkdir()
    policy = outside(repository)
    never_started(repository, "--trust", str(policy))


def test_it_cannot_say_where_seen_versions_are_remembered(repository: Path) -> None:
    (repository / "driftseal.toml").write_text('state = "state.json"\n', encoding="utf-8")
    done = driftseal("drift", cwd=repository)
    assert done.returncode == 2
    assert "unknown key 'state'" in done.stderr


def test_a_link_in_place_of_our_folder_is_refused(repository: Path) -> None:
    (repository / ".driftseal").rename(repository.parent / "elsewhere")
    (repository / ".driftseal").symlink_to(repository.parent / "elsewhere")
    done = driftseal("drift", cwd=repository)
    assert done.returncode == 2
    assert "is a link" in done.stderr


def test_another_policy_from_outside_does_not_believe_its_baseline(repository: Path) -> None:
    driftseal("keygen", "../mine.pem", cwd=repository)
    driftseal("trust", "add", "me", "../mine.pem.pub", "--trust", "../mine.toml", cwd=repository)
    done = driftseal("drift", "--live", "--format", "json", "--trust", "../mine.toml", cwd=repository)
    assert done.returncode == 4
    assert json.loads(done.stdout)["drifts"][0]["verification"]["status"] == "untrusted"
    assert not (repository.parent / "started").exists()


def test_a_link_lying_in_wait_is_not_written_through(repository: Path) -> None:
    victim = repository.parent / "victim"
    victim.write_text("mine", encoding="utf-8")
    policy = repository / ".driftseal" / "trust.toml"
    policy.unlink()
    policy.symlink_to(victim)
    driftseal("keygen", "../k.pem", cwd=repository)
    driftseal("trust", "add", "me", "../k.pem.pub", cwd=repository)
    assert victim.read_text(encoding="utf-8") == "mine"


def test_a_launch_that_is_hidden_from_the_comparison_is_not_started(repository: Path) -> None:
    # The same server under the same name, now at a URL: nothing that was approved says how to reach it.
    policy = outside(repository)
    entry = {"type": "http", "url": "http://127.0.0.1:9/mcp"}
    write(repository, ".mcp.json", {"mcpServers": {"mail": entry}})
    assert "differs from the approved one" in never_started(repository, "--trust", str(policy))
