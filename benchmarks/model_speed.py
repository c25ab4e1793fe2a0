"""What hashing and scanning of large model files costs beside plain SHA-256 of the same files, in the same run."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from model_files.torch_files import GOOD

_PIECE = 1 << 20
_RUNS = 3
_TENSORS = 64
_PARTS = 8
"""Files of a folder that is hashed on one core and on two."""


def safetensors(path: Path, size: int) -> None:
    """A file of so many bytes of numbers."""
    each = size // _TENSORS // 4 * 4
    header = {
        f"layer.{at}": {"dtype": "F32", "shape": [each // 4], "data_offsets": [at * each, (at + 1) * each]}
        for at in range(_TENSORS)
    }
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        _fill(file.write, each * _TENSORS)


def torch_zip(path: Path, size: int) -> None:
    """A checkpoint with one storage of so many bytes, stored as torch does."""
    listed, at = b"", 0
    members: list[tuple[bytes, bytes | int]] = [(b"m/data.pkl", GOOD), (b"m/data/0", size), (b"m/version", b"3\n")]
    with path.open("wb") as file:
        for name, content in members:
            length = content if isinstance(content, int) else len(content)
            total = _sum(length) if isinstance(content, int) else zlib.crc32(content)
            fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, total, length, length, len(name), 0)
            listed += b"PK\1\2\x14\0" + fields + bytes(10) + struct.pack("<I", at) + name
            file.write(b"PK\3\4" + fields + name)
            _fill(file.write, length) if isinstance(content, int) else file.write(content)
            at += 30 + len(name) + length
        file.write(listed + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 3, 3, len(listed), at, 0))


def _block() -> bytes:
    return hashlib.sha256(b"numbers").digest() * (_PIECE // 32)


def _fill(write: Callable[[bytes], object], size: int) -> None:
    block = _block()
    for start in range(0, size, _PIECE):
        write(block[: min(_PIECE, size - start)])


def _sum(size: int) -> int:
    totals = [0]

    def add(part: bytes) -> None:
        totals[0] = zlib.crc32(part, totals[0])

    _fill(add, size)
    return totals[0]


def plain(path: Path) -> float:
    """Seconds that nothing but SHA-256 takes."""
    started = time.perf_counter()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - started


def scanned(path: Path, home: Path, *, cores: int | None = None) -> tuple[float, float]:
    """Seconds and MiB of our own command over a path; on so many cores."""
    command = [sys.executable, "-m", "driftseal", "scan", str(path), "--format", "json", "--allow-gaps"]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home)}
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        if cores is not None:
            os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:cores])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def measure(home: Path, size: int) -> None:
    """The best of a few runs each, taken in turn, since other programs run here too."""
    folder = home / "large"
    folder.mkdir()
    small = folder / "empty.safetensors"
    safetensors(small, _TENSORS * 4)
    start = min(scanned(small, home)[0] for _ in range(_RUNS))
    print(f"\n  start of the command, seconds               {start:.2f}")
    for suffix, make in (("safetensors", safetensors), ("pt", torch_zip)):
        path = folder / f"large.{suffix}"
        make(path, size)
        bare, runs = [], []
        for _ in range(_RUNS):
            bare.append(plain(path))
            runs.append(scanned(path, home))
        ours, memory = min(run[0] for run in runs), max(run[1] for run in runs)
        ratio, without = ours / min(bare), (ours - start) / min(bare)
        print(
            f"  {size / (1 << 30):.2f} GiB .{suffix}: sha256 {min(bare):.2f} s, hashed and scanned {ours:.2f} s", end=""
        )
        print(f" = {ratio:.2f} times ({without:.2f} without the start), {memory:.0f} MiB")
        path.unlink()
    _cores(folder, home, size, start)


def _cores(folder: Path, home: Path, size: int, start: float) -> None:
    many = folder / "many"
    many.mkdir()
    for at in range(_PARTS):
        safetensors(many / f"model-{at + 1:05}-of-{_PARTS:05}.safetensors", size // _PARTS)
    threads = _threaded(sorted(many.iterdir()), 1) / _threaded(sorted(many.iterdir()), 2)
    one, two = (min(scanned(many, home, cores=cores)[0] for _ in range(_RUNS)) for cores in (1, 2))
    print(f"  two cores beside one: {(one - start) / (two - start):.2f} times the rate; plain sha256 {threads:.2f}")


def _threaded(paths: Sequence[Path], threads: int) -> float:
    """Seconds for all of them with plain SHA-256 on so many threads."""
    parts = [list(paths[at::threads]) for at in range(threads)]
    workers = [threading.Thread(target=lambda part=part: [plain(path) for path in part]) for part in parts]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started
