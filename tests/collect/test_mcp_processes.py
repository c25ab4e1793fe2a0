"""Whatever a server starts is gone when its snapshot is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from asking import PATIENT, SERVERS, STUBBORN, anomalies, asked, context, keys, look_at
from driftseal.collect.mcp.ask import ask
from driftseal.model.item import AnomalyKind
from processes import assert_gone, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and signals are of POSIX")

# Half of it is waited before the server is told to end; what then takes longer than all of it counts as refusal.
LENIENT = context(limits=replace(PATIENT, shutdown_seconds=8.0))


def test_a_child_of_a_server_that_ends_cleanly_is_ended_and_told(tmp_path: Path) -> None:
    taken = look_at(asked("hostile_processes.py", "leaves_child", tmp_path / "pid"), LENIENT)
    assert_gone(tmp_path / "pid")
    assert "went on running" in anomalies(taken, AnomalyKind.LEFTOVER_PROCESS)[0].detail
    assert "tool:add" in keys(taken)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans of another session are found on Linux only")
@pytest.mark.parametrize("how", ["leaves_orphan", "leaves_grandchild"])
def test_a_child_that_left_the_session_and_its_environment_is_ended_too(how: str, tmp_path: Path) -> None:
    look_at(asked("hostile_processes.py", how, tmp_path / "pid"), context(limits=STUBBORN))
    assert_gone(tmp_path / "pid")


def test_a_server_is_told_to_end_before_it_is_made_to(tmp_path: Path) -> None:
    taken = look_at(asked("hostile_processes.py", "ends_when_told", tmp_path / "note"), LENIENT)
    assert (tmp_path / "note").read_text(encoding="ascii") == "tidied"
    assert taken.anomalies == ()


def test_a_server_that_ignores_signals_is_killed(tmp_path: Path) -> None:
    taken = look_at(
        asked("hostile_processes.py", "ignores_term", tmp_path / "pid"),
        context(limits=replace(PATIENT, shutdown_seconds=0.2)),
    )
    assert_gone(tmp_path / "pid")
    assert "tool:add" in keys(taken)
    assert taken.anomalies == ()


def test_stopping_early_ends_every_server_at_once(tmp_path: Path) -> None:
    quick, slow = asked("good_stdio.py"), asked("hostile_processes.py", "hangs_after_note", tmp_path / "pid")
    snapshots = ask([quick, slow], context(limits=STUBBORN))
    next(snapshots)
    wait_for(tmp_path / "pid")
    started = time.monotonic()
    snapshots.close()  # type: ignore[attr-defined]  # a generator
    assert time.monotonic() - started < STUBBORN.connect_seconds / 2
    assert_gone(tmp_path / "pid")


@pytest.mark.parametrize(
    ("number", "says", "code"), [(signal.SIGINT, b"KeyboardInterrupt", 130), (signal.SIGTERM, b"", 143)]
)
def test_an_interrupt_ends_every_server(number: signal.Signals, says: bytes, code: int, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    # Where tests run in the background, interrupts are ignored, and children inherit that.
    program = f"""
import signal, asking
signal.signal(signal.SIGINT, signal.default_int_handler)
server = asking.asked('hostile_processes.py', 'hangs_after_note', {str(note)!r})
asking.look_at(server, asking.context(limits=asking.STUBBORN))
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVERS.parent), *sys.path])}
    with subprocess.Popen([sys.executable, "-c", program], env=env, stderr=subprocess.PIPE) as scan:
        wait_for(note)
        scan.send_signal(number)
        _, errors = scan.communicate(timeout=300)
    assert says in errors
    # Python ends itself by the signal after an interrupt that nobody caught.
    assert scan.returncode in {code, -number}
    assert_gone(note)


def test_the_temporary_home_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    look_at(asked("hostile_stdio.py", "crash"))
    look_at(asked("good_stdio.py"))
    assert list(tmp_path.iterdir()) == []
