from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.compare import _folder
from driftseal.compare.store import Store, slug
from driftseal.errors import LimitExceeded, TrustError
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import grows_linearly

NAME = slug("cursor/project/.cursor/mcp.json/mail")
OLD = {"snapshot": b"old snapshot", "payload": b"old statement", "bundles": {"alice.sigstore.json": b"old bundle"}}
NEW = {
    "snapshot": b"new snapshot",
    "payload": b"new statement",
    "bundles": {"alice.sigstore.json": b"new bundle", "bob.sigstore.json": b"another"},
}

KILLED = """
import os, sys
from collections.abc import Callable, Mapping
from pathlib import Path
from driftseal.compare.store import Store

root, name, act, fatal = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
new = {
    "snapshot": b"new snapshot",
    "payload": b"new statement",
    "bundles": {"alice.sigstore.json": b"new bundle", "bob.sigstore.json": b"another"},
}
count = 0

def audited(event, arguments):
    global count
    if event in {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}:
        count += 1
        if count == fatal:
            os._exit(9)

real_write, real_sync = os.fdopen, os.fsync
def sync(descriptor):
    audited("open", ())
    real_sync(descriptor)
os.fsync = sync
store = Store(root)
sys.addaudithook(audited)
if act == "promote":
    store.promote(name)
else:
    getattr(store, act)(name, **new)
os._exit(0)
"""


def write(store: Store, files: Mapping[str, object], *, pending: bool = False) -> None:
    put = store.write_pending if pending else store.write_current
    put(NAME, **files)  # type: ignore[arg-type]  # a table of the keyword arguments


def read(store: Store, *, pending: bool = False) -> dict[str, object] | None:
    signed = (store.load_pending if pending else store.load)(NAME, DEFAULT_LIMITS)
    if signed is None:
        return None
    assert signed.slug == NAME
    return {"snapshot": signed.snapshot, "payload": signed.payload, "bundles": dict(signed.bundles)}


@given(st.text())
def test_a_slug_is_a_safe_file_name(identity: str) -> None:
    name = slug(identity)
    assert name == name.lower()
    assert name.isascii()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert name[0].isalnum()
    assert len(name) < 100


def test_slugs_are_readable_and_never_shared() -> None:
    assert slug("Cursor/project/.cursor/mcp.json/Mail").startswith("cursor-project-.cursor-mcp.json-mail-")
    assert slug("a/b") != slug("a-b")
    assert slug("A") != slug("a")
    assert slug("../../etc").startswith("etc-")
    assert slug("").startswith("target-")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "baselines")
    assert store.list() == ()
    assert read(store) is None
    write(store, OLD)
    assert read(store) == OLD
    assert read(store, pending=True) is None
    assert store.list() == (NAME,)
    assert sorted(path.name for path in (tmp_path / "baselines" / NAME).iterdir()) == [
        "alice.sigstore.json",
        "snapshot.json",
        "statement.json",
    ]


def test_pending_waits_beside_the_one_in_force_and_takes_its_place(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    write(store, NEW, pending=True)
    assert read(store) == OLD
    assert read(store, pending=True) == NEW
    assert store.list_pending() == (NAME,)
    store.promote(NAME)
    assert read(store) == NEW
    assert read(store, pending=True) is None
    assert store.list_pending() == ()


def test_a_first_baseline_that_waits_is_not_in_force(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, NEW, pending=True)
    assert read(store) is None
    assert store.list() == ()
    assert store.list_pending() == (NAME,)
    store.promote(NAME)
    assert store.list() == (NAME,)


def test_nothing_pending_cannot_be_promoted(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="nothing is pending"):
        Store(tmp_path).promote(NAME)


@pytest.mark.parametrize(
    ("act", "has_old"), [("write_current", True), ("write_current", False), ("write_pending", True), ("promote", True)]
)
def test_killed_at_any_step_a_baseline_is_the_old_one_or_the_new_one(
    tmp_path: Path,
    act: str,
    has_old: bool,  # noqa: FBT001  # a case of the table
) -> None:
    seen = set()
    for fatal in range(1, 200):
        root = tmp_path / str(fatal)
        store = Store(root)
        if has_old:
            write(store, OLD)
        if act == "promote":
            write(store, NEW, pending=True)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(root), NAME, act, str(fatal)], check=False, timeout=300
        )
        pending = act == "write_pending"
        before = OLD if has_old and not pending else None
        found = read(store, pending=pending)
        assert found in (before, NEW), f"step {fatal}"
        if pending:
            assert read(store) == OLD
        if has_old:
            assert store.list() == (NAME,)
        seen.add("new" if found == NEW else "old")
        # Whatever was left lying about, the next writer gets through.
        write(store, NEW)
        assert read(store) == NEW
        assert [path.name for path in root.iterdir()] == [NAME]
        if done.returncode == 0:
            break
    assert done.returncode == 0
    assert seen == {"old", "new"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "baselines")
    write(store, OLD)
    secret = tmp_path / "secret"
    secret.write_bytes(b"key")
    place = store.root / NAME / "statement.json"
    place.unlink()
    place.symlink_to(secret)
    with pytest.raises(TrustError, match="no plain file"):
        store.load(NAME, DEFAULT_LIMITS)
    moved = tmp_path / "moved"
    (store.root / NAME).rename(moved)
    (store.root / NAME).symlink_to(moved)
    with pytest.raises(TrustError, match="no plain folder"):
        store.load(NAME, DEFAULT_LIMITS)
    linked = tmp_path / "linked"
    linked.symlink_to(store.root)
    with pytest.raises(TrustError, match="is a link"):
        Store(linked).list()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs there")
def test_a_fifo_in_place_of_a_file_is_refused_without_waiting(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    place = tmp_path / NAME / "snapshot.json"
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(TrustError, match="no plain file"):
        store.load(NAME, DEFAULT_LIMITS)


def test_a_file_that_does_not_belong_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    (tmp_path / NAME / "run.sh").write_bytes(b"x")
    with pytest.raises(TrustError, match=r"run\.sh: does not belong"):
        store.load(NAME, DEFAULT_LIMITS)


def test_a_missing_file_is_no_missing_baseline(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    (tmp_path / NAME / "statement.json").unlink()
    with pytest.raises(TrustError, match=r"statement\.json"):
        store.load(NAME, DEFAULT_LIMITS)


def test_sizes_and_counts_are_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    with pytest.raises(LimitExceeded, match="larger than 5 bytes"):
        store.load(NAME, Limits(file_bytes=5))
    with pytest.raises(LimitExceeded, match="more than"):
        store.load(NAME, Limits(bundles=-1))


@pytest.mark.parametrize("name", ["..", "../x", "a", "", "x/y-0123456789abcdef", "con"])
def test_a_name_that_is_no_slug_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrustError, match="no name of a baseline"):
        Store(tmp_path).load(name, DEFAULT_LIMITS)


def test_a_bundle_never_leaves_its_folder(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="no name of a bundle"):
        Store(tmp_path).write_current(NAME, snapshot=b"", payload=b"", bundles={"../x.sigstore.json": b""})


def test_many_baselines_are_listed_and_loaded_in_linear_time(tmp_path: Path) -> None:
    for count in (125, 1000):
        for number in range(count):
            folder = tmp_path / str(count) / slug(f"server {number}")
            folder.mkdir(parents=True)
            for name in ("snapshot.json", "statement.json", "alice.sigstore.json"):
                (folder / name).write_bytes(b"{}")

    def load(count: int) -> None:
        store = Store(tmp_path / str(count))
        assert len([store.load(name, DEFAULT_LIMITS) for name in store.list()]) == count

    assert grows_linearly(load, 125)


def test_a_folder_nested_without_end_ends_in_an_ordinary_error_at_most(tmp_path: Path) -> None:
    inner = tmp_path / "deep"
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1200):
            os.mkdir("d", dir_fd=here)  # the whole path would be too long
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    (tmp_path / "d").rename(inner)
    try:
        # Newer Pythons remove it; older ones must not fall over it.
        with suppress(OSError):
            _folder.remove(inner)
    finally:
        subprocess.run(["rm", "-rf", str(inner)], check=True)


WRITER = """
import os, sys
from itertools import takewhile, count
from pathlib import Path
from driftseal.compare.store import Store
store, files = Store(Path(sys.argv[1])), {"alice.sigstore.json": b"bundle"}
print("begun", flush=True)
for number in takewhile(lambda _: os.getppid() == int(sys.argv[3]), count()):  # it does not outlive the test
    text = str(number).encode()
    store.write_current(sys.argv[2], snapshot=text, payload=text, bundles=files)
"""


def test_a_reader_never_sees_half_of_a_baseline_that_is_replaced_meanwhile(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    command = [sys.executable, "-c", WRITER, str(tmp_path), NAME, str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        found: set[tuple[bytes, bytes, int]] = set()
        reads = 0
        try:
            # As long as it takes to meet the writer at work; where that fails and ends, the test fails.
            while reads < 500 or len(found) <= 10:
                assert writer.poll() is None
                one = store.load(NAME, DEFAULT_LIMITS)
                assert one is not None
                found.add((one.snapshot, one.payload, len(one.bundles)))
                reads += 1
        finally:
            writer.kill()
    assert all(snapshot in {payload, b"old snapshot"} and count == 1 for snapshot, payload, count in found)


def _without_statement(folder: Path) -> None:
    (folder / "statement.json").unlink()


def _a_file(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    folder.touch()


def _a_fifo(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    os.mkfifo(folder)


def _a_socket(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    here = Path.cwd()
    os.chdir(folder.parent)  # a socket's whole path would be too long
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(folder.name)
    finally:
        os.chdir(here)


def _a_dangling_link(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    folder.symlink_to("nowhere")


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs and sockets there")
@pytest.mark.parametrize("spoil", [_without_statement, _a_file, _a_fifo, _a_socket, _a_dangling_link])
def test_a_damaged_baseline_is_listed_and_told_as_damaged(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    store = Store(tmp_path)
    write(store, OLD)
    spoil(tmp_path / NAME)
    assert store.list() == (NAME,)
    with pytest.raises(TrustError, match=NAME):
        store.load(NAME, DEFAULT_LIMITS)


def test_all_files_of_a_baseline_together_are_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, NEW)
    with pytest.raises(LimitExceeded, match="larger than 40 bytes"):
        store.load(NAME, Limits(baseline_bytes=40))


def test_a_folder_of_endless_entries_is_refused(tmp_path: Path) -> None:
    for number in range(DEFAULT_LIMITS.baselines + 1):
        (tmp_path / f"x{number}").touch()
    with pytest.raises(LimitExceeded, match="more than 20000 entries"):
        Store(tmp_path).list()


def test_a_writer_that_waits_too_long_for_another_says_so(tmp_path: Path) -> None:
    one, other = Store(tmp_path), Store(tmp_path)
    waits = other.alone(Limits(lock_seconds=0.1))
    with one.alone(DEFAULT_LIMITS), pytest.raises(TrustError, match="another run has kept it"), waits:
        pass
    with other.alone(DEFAULT_LIMITS):
        pass
