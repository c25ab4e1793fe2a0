"""The files of a project share the time that there is, and those that matter most come first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftseal.code import _lowering, batch, front_ends, ir
from driftseal.limits import DEFAULT_LIMITS, Limits

PATIENT = Limits(code_seconds=300.0)
SLOW = b'"' * 3_000_000
"""Linear to parse, but at seconds a megabyte."""


def test_modules_come_in_the_order_of_the_files_whatever_was_read_first() -> None:
    files = {"z.py": b"a = 1", "b.py": b"b = " + b"1," * 200_000, "server.py": b"c = 3", "read.me": b""}
    lowered = batch.lower(files, PATIENT)
    assert list(lowered.modules) == ["z.py", "b.py", "server.py"]
    assert lowered.late == ()


def test_a_hostile_file_takes_no_time_from_small_ones() -> None:
    files = {"a.js": SLOW, "b.js": SLOW, "z.js": b"f(1)", "server.js": b"g(1)"}
    batch.lower({"a.js": b"f(1)"}, PATIENT)  # what is loaded but once is no part of the time
    lowered = batch.lower(files, Limits(code_seconds=1.0))
    assert [path for path, module in lowered.modules.items() if module.complete] == ["z.js", "server.js"]
    assert "b.js" in lowered.late or not lowered.modules["b.js"].complete


def test_entry_points_are_read_before_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    lower = front_ends.lower

    def noting(data: bytes, path: str, limits: Limits, known: str | None = None) -> object:
        read.append(path)
        return lower(data, path, limits, known)

    monkeypatch.setattr(front_ends, "lower", noting)
    large = b"x = 1\n" * 50_000
    batch.lower({"a.py": b"", "b/server.py": b"x = 1", "c.py": b"y", "index.js": large, "d.js": large}, PATIENT)
    assert read == ["b/server.py", "a.py", "c.py", "index.js", "d.js"]


@pytest.mark.parametrize(
    ("path", "unit"),
    [("a.js", b"1,"), ("a.js", b'"'), ("a.ts", b'f"{'), ("a.py", b"a?b:"), ("a.py", b"[x for x in "), ("a.tsx", b"<a")],
)
def test_no_file_takes_longer_than_it_may(path: str, unit: bytes) -> None:
    data = unit * (6_000_000 // len(unit))
    module = front_ends.lower(data, path, replace(DEFAULT_LIMITS, code_seconds=0.4))
    assert module is not None
    assert not module.complete
    assert 0 <= module.reached < len(data)


def functions(source: str) -> tuple[ir.Function, ...]:
    module = front_ends.lower(source.encode(), "a.py", PATIENT)
    assert module is not None
    assert (module.complete, module.reached) == (True, -1)
    return module.functions[1:]


def test_a_large_file_reads_the_same_in_pieces_as_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lowering, "_PATIENCE", 300.0)  # however slow the machine
    unit, times = "def naïve(a):\n    return f'{a} — {b.c}'\n", 8000
    found = functions(unit * times)
    assert [function.name for function in found] == ["naïve"] * times
    (alone,) = functions("\n" * 2 * (times - 1) + unit)
    assert found[-1] == alone
