"""Many files are hashed and looked into at once, in their order, and none that changes meanwhile is taken for read."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from configured import context, write
from driftseal.collect.base import Discovery
from driftseal.collect.models import hashing, stream, tree
from driftseal.collect.models.stream import Measured
from driftseal.formats.blob import Blob
from driftseal.limits import DEFAULT_LIMITS, MIB, Limits
from driftseal.observe import reading
from driftseal.observe.files.base import Reading

SMALL, MIDDLE, LARGE = b"[1]", bytes(100_000), bytes(600_000)
CHANGED = "it changed while it was read; scan again"


def seen(folder: Path, limits: Limits = DEFAULT_LIMITS) -> list[Measured | tree.Member]:
    return list(stream.measure(tree.members(folder, limits), limits))


@pytest.mark.parametrize("text_bytes", [0, DEFAULT_LIMITS.model_text_bytes])
def test_files_of_every_size_come_in_their_order_with_their_digests(tmp_path: Path, text_bytes: int) -> None:
    files: dict[str, bytes] = {}
    for number in range(90):
        data = (SMALL, MIDDLE, LARGE)[number % 3] + str(number).encode()
        files[f"{number:02}.bin"] = data
        write(tmp_path, f"{number:02}.bin", data)
    found = seen(tmp_path, replace(DEFAULT_LIMITS, model_text_bytes=text_bytes))
    told = [(one.member.name, one.size, one.sha256) for one in found if isinstance(one, Measured)]
    assert told == [(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()]
    small = {one.member.name: one.text for one in found if isinstance(one, Measured) and one.text}
    assert small == {name: data for name, data in files.items() if len(data) <= text_bytes}


def test_one_that_cannot_be_read_stands_in_its_place(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path, name, LARGE)
    members = list(tree.members(tmp_path, DEFAULT_LIMITS))
    (tmp_path / "b").unlink()
    first, second, third = stream.measure(members, DEFAULT_LIMITS)
    assert isinstance(first, Measured)
    assert isinstance(second, tree.Member)
    assert (second.name, second.why) == ("b", "cannot be read: No such file or directory")
    assert isinstance(third, Measured)


@pytest.mark.parametrize("data", [LARGE, LARGE * 8])
def test_a_file_that_is_changed_after_it_was_hashed_is_not_taken_for_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    path = write(tmp_path, "m.bin", data)
    look = reading.read

    def changing(blob: Blob, name: str, limits: Limits) -> Reading:
        # By then it is hashed. Its date is set back, which any program can do.
        time.sleep(0.2)
        before = path.stat()
        with path.open("r+b") as file:
            file.write(b"\x80\x04")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return look(blob, name, limits)

    monkeypatch.setattr(reading, "read", changing)
    (found,) = seen(tmp_path)
    assert isinstance(found, tree.Member)
    assert found.why == CHANGED


@pytest.mark.parametrize("size", [10, 600_000])
def test_a_file_that_is_exchanged_between_two_looks_is_not_taken_for_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = write(tmp_path, "m.bin", bytes(size))
    state = hashing.state
    times: list[int] = []

    def growing(file: IO[bytes]) -> hashing.State:
        told = state(file)
        times.append(1)
        if len(times) == 1:
            with path.open("ab") as more:
                more.write(b"more")
        return told

    monkeypatch.setattr(stream, "state", growing)
    (found,) = seen(tmp_path)
    assert isinstance(found, tree.Member)
    assert found.why == CHANGED


BIG = 64 * MIB + 12_345


def sparse(path: Path) -> str:
    """A file large enough for two threads, most of it zeros, and its digest."""
    with path.open("wb") as file:
        file.write(b"begin")
        file.seek(BIG - 3)
        file.write(b"end")
    return hashlib.sha256(b"begin" + bytes(BIG - 8) + b"end").hexdigest()


def test_a_large_file_is_read_by_one_thread_and_hashed_by_another(tmp_path: Path) -> None:
    expected = sparse(tmp_path / "m.bin")
    with (tmp_path / "m.bin").open("rb") as file:
        told = hashing.state(file)
    assert hashing.sha256(tmp_path / "m.bin", "m.bin") == (expected, told)


def test_a_large_file_that_is_named_is_begun_before_it_is_asked_for_and_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    expected = sparse(tmp_path / "model" / "m.pt")
    write(tmp_path, "model/small.pt", b"[1]")
    given = context(tmp_path)
    hashing.begin(["model", "https://host/m.pt", "-", "nowhere.pt"], given)
    assert list(given.hashing) == [tmp_path / "model" / "m.pt"]
    monkeypatch.setattr(stream, "sha256", None)
    members = tree.members(tmp_path / "model", DEFAULT_LIMITS)
    told = [one for one in stream.measure(members, DEFAULT_LIMITS, None, given.hashing) if isinstance(one, Measured)]
    assert next((one.member.name, one.sha256) for one in told) == ("m.pt", expected)


def test_a_large_file_that_changes_while_it_is_hashed_ahead_is_not_taken_for_read(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    sparse(path)
    given = context(tmp_path)
    hashing.begin(["m.pt"], given)
    given.hashing[path].result()
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (found,) = stream.measure(tree.members(path, DEFAULT_LIMITS), DEFAULT_LIMITS, None, given.hashing)
    assert isinstance(found, tree.Member)
    assert found.why == CHANGED


def test_what_the_command_line_began_is_not_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.pt"
    expected = sparse(path)
    read: list[Path] = []
    own = hashing.sha256

    def counted(path: Path, name: str) -> tuple[str, hashing.State]:
        read.append(path)
        return own(path, name)

    monkeypatch.setattr(hashing, "sha256", counted)
    hashing.ahead(["--format", "json", "m.pt\0", str(tmp_path), str(path)])
    first, second = context(tmp_path), context(tmp_path)
    hashing.begin(["m.pt"], first)
    assert first.hashing[path].result()[0] == expected
    assert read == [path]
    with path.open("ab") as file:
        file.write(b"more")
    hashing.begin(["m.pt"], second)
    assert second.hashing[path].result()[0] != expected


def test_a_list_of_what_there_is_begins_with_nothing(tmp_path: Path) -> None:
    sparse(tmp_path / "m.pt")
    given = replace(context(tmp_path), discover=Discovery())
    hashing.begin(["m.pt"], given)
    assert given.hashing == {}


def test_a_large_file_that_cannot_be_read_is_told_by_whoever_needs_it(tmp_path: Path) -> None:
    (tmp_path / "m.pt").mkdir()
    given = context(tmp_path)
    hashing.begin(["m.pt", "m.pt\0"], given)
    assert given.hashing == {}


def test_files_are_begun_only_as_far_ahead_as_is_needed(tmp_path: Path) -> None:
    for number in range(200):
        write(tmp_path, f"{number:03}.bin", SMALL)
    begun: list[str] = []

    def told() -> Iterator[tree.Member]:
        for member in tree.members(tmp_path, DEFAULT_LIMITS):
            begun.append(member.name)
            yield member

    measured = stream.measure(told(), DEFAULT_LIMITS)
    next(measured)
    assert len(begun) == stream._AHEAD + 1
    assert len(list(measured)) == 199
