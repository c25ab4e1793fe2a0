"""Files of ours are replaced as a whole."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from driftseal import atomic


def test_a_file_is_the_old_one_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    atomic.write(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "file").symlink_to(victim)
    atomic.write(tmp_path / "file", b"new")
    assert victim.read_bytes() == b"mine"
    assert (tmp_path / "file").read_bytes() == b"new"


def test_missing_folders_are_made(tmp_path: Path) -> None:
    atomic.write(tmp_path / "a" / "b" / "file", b"x")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"x"


HOLDER = """
import sys, time
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from driftseal import atomic
with atomic.alone(Path(sys.argv[1]), 300):
    print("held", flush=True)
    time.sleep(3600)
"""


def test_only_one_at_a_time_is_alone(tmp_path: Path) -> None:
    order: list[str] = []

    def work(name: str) -> None:
        with atomic.alone(tmp_path / "new" / "folder", 300):
            order.append(name)
            time.sleep(0.2)
            order.append(name)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, "abc"))
    assert len(order) == 6
    assert all(order[index] == order[index + 1] for index in (0, 2, 4)), order


def test_a_killed_holder_lets_go_at_once(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OSError, match="another run has kept it for"), atomic.alone(tmp_path, 0.1):
            pass
        holder.kill()
    with atomic.alone(tmp_path, 300):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not opened there")
def test_a_link_in_place_of_the_folder_is_not_locked(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(OSError, match=r"link"), atomic.alone(tmp_path / "link", 1):
        pass
