"""What lies on disk between two runs: damaged, half signed, written twice at once, or put there by somebody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import CLEAN, driftseal, write

TRUST = ("--trust", "../trust.toml", "--state", "../state.json")


def world(tmp_path: Path, *, threshold: int = 1) -> Path:
    """A project with two manifests; the keys of two people and the policy lie outside of it."""
    project = tmp_path / "project"
    project.mkdir()
    for name in ("one.json", "two.json"):
        write(project, name, CLEAN)
    for person in ("alice", "bob"):
        assert driftseal("keygen", f"../{person}.pem", cwd=project).returncode == 0
        driftseal("trust", "add", person, f"../{person}.pem.pub", "--trust", "../trust.toml", cwd=project)
    policy = tmp_path / "trust.toml"
    text = policy.read_text(encoding="utf-8").replace("threshold = 1", f"threshold = {threshold}")
    policy.write_text(text, encoding="utf-8")
    return project


def approve(project: Path, *references: str, person: str = "alice") -> subprocess.CompletedProcess[str]:
    return driftseal("baseline", "approve", "--yes", "--key", f"../{person}.pem", *TRUST, *references, cwd=project)


def drift(project: Path, *args: str) -> tuple[int, Any]:
    done = driftseal("drift", "--format", "json", *TRUST, *args, cwd=project)
    return done.returncode, json.loads(done.stdout)


def statuses(report: Any) -> dict[str, str]:
    return {one["target"]: one["verification"]["status"] for one in report["drifts"]}


def folder(project: Path, name: str) -> Path:
    (found,) = (project / ".driftseal" / "baselines").glob(f"*{name}*")
    return found


# --- what waits for signatures -----------------------------------------------------------------


def test_a_bare_drift_tells_of_what_too_few_people_have_approved_as_yet(tmp_path: Path) -> None:
    project = world(tmp_path, threshold=2)
    assert "is pending: 1 of 2" in approve(project, "one.json").stderr
    code, report = drift(project)
    assert code == 4
    (one,) = report["drifts"]
    slug = folder(project, "one").name
    assert one["verification"]["status"] == "below-threshold"
    assert one["verification"]["signers"] == ["alice"]
    assert "no baseline is in force yet: version 1 is signed by 1 of 2 people: alice" in one["verification"]["reason"]
    assert f"driftseal baseline sign {slug}" in one["verification"]["reason"]
    told = driftseal("drift", *TRUST, cwd=project)
    assert "BELOW-THRESHOLD" in told.stdout
    code, report = drift(project, "one.json")
    assert (code, list(statuses(report).values())) == (4, ["below-threshold"])


def test_what_waits_says_nothing_of_a_target_whose_baseline_is_in_force(tmp_path: Path) -> None:
    project = world(tmp_path, threshold=2)
    approve(project, "one.json")
    driftseal("baseline", "sign", folder(project, "one").name, "--yes", "--key", "../bob.pem", *TRUST, cwd=project)
    approve(project, "one.json")
    code, report = drift(project)
    assert (code, list(statuses(report).values())) == (0, ["verified"])


def test_what_waits_and_is_damaged_is_told_as_damaged(tmp_path: Path) -> None:
    project = world(tmp_path, threshold=2)
    approve(project, "one.json")
    (folder(project, "one") / "pending" / "statement.json").write_text("{", encoding="utf-8")
    code, report = drift(project)
    assert (code, list(statuses(report).values())) == (4, ["tampered"])


def test_what_was_prepared_over_another_baseline_is_not_put_in_its_place(tmp_path: Path) -> None:
    project = world(tmp_path, threshold=2)
    approve(project, "one.json")
    slug = folder(project, "one").name
    old = {path.name: path.read_bytes() for path in (folder(project, "one") / "pending").iterdir()}
    sign = ("baseline", "sign", slug, "--yes", "--key", "../bob.pem", *TRUST[:2], "--state", "../other.json")
    assert driftseal(*sign, cwd=project).returncode == 0
    # The same once more, by whoever can write to the store: on a machine that has seen nothing, it would pass.
    (folder(project, "one") / "pending").mkdir()
    for name, data in old.items():
        (folder(project, "one") / "pending" / name).write_bytes(data)
    (project.parent / "other.json").unlink()
    done = driftseal(*sign, cwd=project)
    assert done.returncode == 4
    assert "prepared while another baseline was in force" in done.stderr


# --- two at once -------------------------------------------------------------------------------


def test_of_many_who_approve_at_once_each_is_in_force_in_turn_or_told_that_it_is_not(tmp_path: Path) -> None:
    project = world(tmp_path)
    command = [sys.executable, "-m", "driftseal", "baseline", "approve", "--yes", *TRUST, "one.json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(project)}
    running = [
        subprocess.Popen(
            [*command, "--note", str(number), "--key", f"../{('alice', 'bob')[number % 2]}.pem"],
            cwd=project,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    ended = [(one.communicate(timeout=600)[1], one.returncode) for one in running]
    won = [words for words, code in ended if code == 0]
    lost = [words for words, code in ended if code != 0]
    assert won
    assert all("another baseline was stored meanwhile" in words for words in lost), lost
    code, report = drift(project)
    assert code == 0
    # Every one that was told to be in force was: nobody's version was given twice.
    assert report["drifts"][0]["verification"]["version"] == len(won)
    versions = sorted(int(words.split("version ")[-1].split()[0]) for words in won)
    assert versions == list(range(1, len(won) + 1))


def test_versions_go_on_from_the_newest_that_was_ever_seen(tmp_path: Path) -> None:
    project = world(tmp_path)
    approve(project, "one.json")
    first = {path.name: path.read_bytes() for path in folder(project, "one").iterdir()}
    approve(project, "one.json")
    assert "version 3 is in force" in approve(project, "one.json").stderr
    for name, data in first.items():
        (folder(project, "one") / name).write_bytes(data)
    assert drift(project)[0] == 4
    assert "version 4 is in force" in approve(project, "one.json").stderr
    assert drift(project)[0] == 0


def test_versions_begin_where_the_policy_wants_them(tmp_path: Path) -> None:
    project = world(tmp_path)
    policy = tmp_path / "trust.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("threshold = 1", "min_version = 7"), encoding="utf-8")
    assert "version 7 is in force" in approve(project, "one.json").stderr


def test_a_baseline_that_is_refused_is_not_left_lying_about(tmp_path: Path) -> None:
    project = world(tmp_path)
    driftseal("trust", "revoke", "alice", "--trust", "../trust.toml", cwd=project)
    done = approve(project, "one.json")
    assert done.returncode == 4
    assert "revoked" in done.stderr
    assert not list((project / ".driftseal" / "baselines").iterdir())


# --- damaged files -----------------------------------------------------------------------------


def _no_json(baseline: Path) -> None:
    (baseline / "statement.json").write_text("{", encoding="utf-8")


def _huge_version(baseline: Path) -> None:
    path = baseline / "statement.json"
    path.write_text(path.read_text("utf-8").replace('"version":1', f'"version":{"9" * 4200}'), encoding="utf-8")


def _no_statement(baseline: Path) -> None:
    (baseline / "statement.json").unlink()


def _stranger(baseline: Path) -> None:
    (baseline / "\x1b[31mrun.sh").touch()


def _a_file(baseline: Path) -> None:
    for path in baseline.iterdir():
        path.unlink()
    baseline.rmdir()
    baseline.touch()


def _deep(baseline: Path) -> None:
    (baseline / "alice.sigstore.json").write_text("[" * 50_000, encoding="utf-8")


@pytest.mark.parametrize("spoil", [_no_json, _huge_version, _no_statement, _stranger, _a_file, _deep])
def test_one_damaged_baseline_is_told_and_silences_no_other(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    project = world(tmp_path)
    approve(project, "one.json", "two.json")
    spoil(folder(project, "one"))
    code, report = drift(project)
    assert code == 4
    assert sorted(statuses(report).values()) == ["tampered", "verified"]
    for action in ("verify", "list"):
        done = driftseal("baseline", action, *TRUST, cwd=project)
        assert done.returncode == (4 if action == "verify" else 0)
        assert "tampered" in done.stdout
        assert "\x1b" not in done.stdout + done.stderr
    # Who approves anew must know which version comes next; a ruined signature alone stands in nobody's way.
    again = approve(project, "one.json")
    assert again.returncode == (0 if spoil is _deep else 4), again.stderr


def test_a_target_that_is_gone_silences_no_other(tmp_path: Path) -> None:
    project = world(tmp_path)
    approve(project, "one.json", "two.json")
    (project / "one.json").unlink()
    code, report = drift(project)
    assert code == 4
    assert list(statuses(report).values()) == ["verified"]
    assert "has a baseline and is not there any more" in report["errors"][0]["message"]


def test_a_baseline_that_was_deleted_does_not_pass_for_clean(tmp_path: Path) -> None:
    project = world(tmp_path)
    approve(project, "one.json")
    (project / "README.md").touch()
    assert drift(project)[0] == 0
    shutil.rmtree(project / ".driftseal")
    code, report = drift(project)
    assert (code, list(statuses(report).values())) == (4, ["missing"])
    assert (
        "version 1 was in force here before, and its baseline is gone" in report["drifts"][0]["verification"]["reason"]
    )


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away")
def test_a_policy_of_another_owner_that_nobody_named_is_not_believed(tmp_path: Path) -> None:
    project = world(tmp_path)
    driftseal("trust", "add", "alice", "../alice.pem.pub", cwd=project)
    os.chown(project / ".driftseal" / "trust.toml", 12345, 12345)
    done = driftseal("drift", cwd=project)
    assert done.returncode == 2
    assert "trust.toml: belongs to another user" in done.stderr


def _as_folder(path: Path) -> None:
    path.mkdir()


def _as_pipe(path: Path) -> None:
    os.mkfifo(path)


def _as_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _as_endless_link(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices there")
@pytest.mark.parametrize("make", [_as_folder, _as_pipe, _as_dangling_link, _as_endless_link])
def test_something_else_in_place_of_a_policy_is_not_the_same_as_none(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / ".driftseal").mkdir()
    make(tmp_path / ".driftseal" / "trust.toml")
    done = driftseal("drift", cwd=tmp_path)
    assert done.returncode == 2
    assert "is no file" in done.stderr


def test_what_was_found_out_is_told_though_it_cannot_be_remembered(tmp_path: Path) -> None:
    project = world(tmp_path)
    approve(project, "one.json")
    (tmp_path / "nowhere").symlink_to("not-there")
    done = driftseal("drift", "-f", "json", "--trust", "../trust.toml", "--state", "../nowhere/state.json", cwd=project)
    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert "state.json: cannot be written" in report["errors"][0]["message"]
    assert list(statuses(report).values()) == ["verified"]


def test_many_who_are_added_to_a_policy_at_once_are_all_in_it(tmp_path: Path) -> None:
    project = world(tmp_path)
    names = [f"person{number}" for number in range(5)]
    for name in names:
        driftseal("keygen", f"../{name}.pem", cwd=project)
    command = [sys.executable, "-m", "driftseal", "trust", "add", "--trust", "../trust.toml"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(project)}
    running = [
        subprocess.Popen(
            [*command, name, f"../{name}.pem.pub"], cwd=project, env=environment, stdout=subprocess.DEVNULL
        )
        for name in names
    ]
    assert [one.wait(600) for one in running] == [0] * len(names)
    shown = driftseal("trust", "show", "--trust", "../trust.toml", cwd=project).stdout
    assert all(f" {name}: " in shown for name in names)


# --- documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "sarif"])
@pytest.mark.parametrize(
    "flags", [("--format={form}", "--output=out"), ("-f", "{form}", "-o", "out"), ("-vf{form}", "-oout")]
)
def test_a_failure_before_the_report_still_writes_the_document_where_it_was_asked_for(
    tmp_path: Path, form: str, flags: tuple[str, ...]
) -> None:
    project = world(tmp_path)
    digest = ("--trust-digest", "sha256:" + "0" * 64)
    done = driftseal("drift", *TRUST, *digest, *(flag.format(form=form) for flag in flags), cwd=project)
    assert done.returncode == 4
    assert done.stdout == ""
    document = json.loads((project / "out").read_bytes())
    if form == "json":
        assert document["exit_code"] == 4
        assert "not the pinned one" in document["errors"][0]["message"]
    else:
        (invocation,) = document["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False
        assert "not the pinned one" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_baselines_are_told_as_json_like_everything_else(tmp_path: Path) -> None:
    project = world(tmp_path, threshold=2)
    approve(project, "one.json")
    for action in ("list", "verify"):
        done = driftseal("baseline", action, "--format", "json", *TRUST, cwd=project)
        assert json.loads(done.stdout) == {"baselines": [], "pending": [folder(project, "one").name]}


def test_a_name_from_outside_never_looks_like_a_message_of_ours(tmp_path: Path) -> None:
    project = world(tmp_path)
    name = "x\nerror: all is well\n\x1b[2J.json"
    write(project, name, CLEAN)
    for done in (approve(project, name), driftseal("scan", "--config", name, cwd=project)):
        assert "\nerror: all is well" not in done.stderr
        assert "\x1b" not in done.stderr


# --- surroundings ------------------------------------------------------------------------------

HOSTILE_TOML = [
    "a = " + "[" * 5000,
    "fail-on = " + "9" * 5000,
    "tool = 3",
    "limits = {items = " + "9" * 5000 + "}",
    "suppress = [[[]]]",
    "rules = 3",
    "rules = [3]",
    "\x00",
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, text) for name in ("driftseal.toml", ".driftseal/trust.toml") for text in HOSTILE_TOML),
        ("pyproject.toml", "[[tool.driftseal]]"),
        ("pyproject.toml", "[tool.driftseal]\n[[tool]]"),
        ("pyproject.toml", 'tool = "[tool.driftseal]"'),
    ],
)
def test_no_settings_of_a_repository_are_taken_for_a_bug_of_ours(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / ".driftseal").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = driftseal("drift", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "args"),
    [
        ({"SOURCE_DATE_EPOCH": "9" * 30}, ("scan",)),
        ({"SOURCE_DATE_EPOCH": "9" * 5000}, ("scan",)),
        ({}, ("baseline", "approve", "--yes", "--key", "../alice.pem", "--days", "9" * 12, "one.json")),
        ({}, ("baseline", "approve", "--yes", "--key", "/dev", "one.json")),
        ({}, ("drift", "--state", "/dev/null")),
    ],
)
def test_odd_arguments_and_variables_are_told_as_such(
    tmp_path: Path, environment: dict[str, str], args: tuple[str, ...]
) -> None:
    project = world(tmp_path)
    done = driftseal(*args, cwd=project, env=environment)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use is not removed there")
def test_a_folder_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from driftseal.cli._dispatch import main; sys.exit(main(['scan']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=gone, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "this folder cannot be told" in done.stderr
