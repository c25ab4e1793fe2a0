"""The record of versions seen: nothing of it is lost, and nobody but the user says where it lies."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from driftseal.errors import ConfigError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.model.trust import TrustPolicy
from driftseal.sign import state
from driftseal.sign.state import Seen, State

REMEMBER = """
import sys
from pathlib import Path
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.digest import Digest
from driftseal.model.trust import Approved
from driftseal.sign import state
none = Digest.of(b"")
for version in range(1, 21):
    one = Approved(sys.argv[2], "", version, "", "", "", None, "", none, none, None, {}, "live", none)
    state.remember(Path(sys.argv[1]), [one], DEFAULT_LIMITS)
"""
NOTHING = Digest.of(b"")
POLICY = TrustPolicy(NOTHING, {}, ())


def test_many_who_remember_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    running = [subprocess.Popen([sys.executable, "-c", REMEMBER, str(path), f"target {one}"]) for one in range(5)]
    assert [one.wait(600) for one in running] == [0] * 5
    assert state.load(path, DEFAULT_LIMITS) == State({f"target {one}": Seen(20, NOTHING) for one in range(5)})
    assert [file.name for file in path.parent.iterdir() if file.suffix != ".lock"] == ["state.json"]


@pytest.mark.parametrize(
    "targets",
    [
        '{"a": {"version": true, "statement": "sha256:' + "0" * 64 + '"}}',
        '{"a": {"version": 0, "statement": "sha256:' + "0" * 64 + '"}}',
        '{"a": {"version": -9, "statement": "sha256:' + "0" * 64 + '"}}',
        '{"a": {"version": 1, "statement": "sha256:0"}}',
        '{"a": {"version": 1, "statement": null}}',
        '{"a": null}',
        "[" * 10_000,
        "9" * 5000,
        '{}, "targets": {}',
    ],
)
def test_a_record_that_cannot_be_ours_is_refused(tmp_path: Path, targets: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(f'{{"schema": "driftseal-state/1", "targets": {targets}}}', encoding="utf-8")
    with pytest.raises(ConfigError, match="damaged state file"):
        state.load(path, DEFAULT_LIMITS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs there")
def test_a_pipe_in_place_of_a_record_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state.json")
    with pytest.raises(ConfigError, match="is no file"):
        state.load(tmp_path / "state.json", DEFAULT_LIMITS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs there")
def test_a_pipe_in_place_of_the_checkouts_head_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "HEAD")
    state.default_path({"HOME": "/h"}, "linux", policy=POLICY, root=tmp_path)


def test_a_relative_folder_for_records_would_lie_in_what_is_scanned_and_does_not_count(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "XDG_STATE_HOME": "state", "LOCALAPPDATA": "."}
    for platform in ("linux", "win32", "darwin"):
        path = state.default_path(environment, platform, policy=POLICY, root=tmp_path)
        assert path.is_relative_to(tmp_path)
    elsewhere = state.default_path({**environment, "HOME": "."}, "linux", policy=POLICY, root=tmp_path)
    assert elsewhere.is_absolute()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_who_may_read_the_record_is_what_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        state.save(tmp_path / "state.json", State())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "state.json").read_bytes())["targets"] == {}
