"""Our machine against Python's own: the same names, the same calls, the same order, for any harmless stream.

Python's reader is given stand-ins for every name, so that it runs nothing either.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.formats import pickle as ours
from driftseal.formats.blob import Bytes
from pickles import proto

NAMES = [("acme", "Thing"), ("acme.deep", "Other"), ("zoo", "make")]
Trace = list[tuple[str, str]]


class Theirs(pickle._Unpickler):  # the readable one, that C's follows
    """Records what Python's reader imports and calls."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.trace: Trace = []
        self._known: dict[str, type] = {}

    def find_class(self, module: str, attribute: str) -> type:
        path = f"{module}.{attribute}"
        if path not in self._known:
            self.trace.append(("import", path))
            self._known[path] = self._stand_in(path)
        return self._known[path]

    def persistent_load(self, pid: object) -> None:
        self.trace.append(("persistent", type(pid).__name__))

    def _stand_in(self, path: str) -> type:
        trace = self.trace

        class StandIn:
            def __new__(cls, *args: Any, **_: Any) -> Any:
                trace.append((f"call {len(args)}", path))
                return object.__new__(cls)

            def __init__(self, *_: Any, **__: Any) -> None:
                """Takes anything."""

            def __setstate__(self, state: object) -> None:
                trace.append(("build", path))

            def append(self, item: object) -> None:
                """Takes anything."""

            def extend(self, items: object) -> None:
                """Takes anything."""

            def __setitem__(self, key: object, value: object) -> None:
                """Takes anything."""

        return StandIn


def mine(data: bytes) -> tuple[Trace, bool]:
    """The same of our machine, and whether it came to the end."""
    trace: Trace = []
    whole = False
    for event in ours.events(Bytes(data), 100_000, lambda _: True):
        if isinstance(event, ours.Import):
            trace.append(("import", event.what.path))
        elif isinstance(event, ours.Call):
            assert isinstance(event.callee, ours.Global)
            assert isinstance(event.args, ours.Container)
            trace.append((f"call {event.args.count}", event.callee.path))
        elif isinstance(event, ours.Change) and event.opcode == "BUILD":
            assert isinstance(event.target, ours.Call)
            assert isinstance(event.target.callee, ours.Global)
            trace.append(("build", event.target.callee.path))
        elif isinstance(event, ours.Persistent):
            trace.append(("persistent", "str"))
        elif isinstance(event, ours.Stop):
            whole = True
    return trace, whole


class Writer:
    """Makes a stream that every reader follows to its end, out of any numbers."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = iter(numbers)
        self._stack: list[str] = []
        self._memo: dict[int, str] = {}
        self._out = bytearray(proto(4))

    def stream(self) -> bytes:
        for number in self._numbers:
            self._step(number)
        self._out += b"N."
        return bytes(self._out)

    def _next(self, below: int) -> int:
        return next(self._numbers, 0) % below

    def _give(self, opcodes: bytes, kind: str) -> None:
        self._out += opcodes
        self._stack.append(kind)

    def _step(self, number: int) -> None:  # noqa: C901, PLR0912, PLR0915 - one branch an opcode
        choice = number % 20
        top = self._stack[-1] if self._stack else ""
        module, attribute = NAMES[self._next(len(NAMES))]
        if choice == 0:
            self._give(b"K\x05", "value")
        elif choice == 1:
            self._give(b"I01\n", "value")
        elif choice == 2:
            self._give(f"c{module}\n{attribute}\n".encode(), "name")
        elif choice == 3:
            self._give(f"V{module}\nU".encode() + bytes([len(attribute)]) + attribute.encode() + b"\x93", "name")
        elif choice == 4 and top == "name":
            self._out += b")R" if number % 40 < 20 else b")\x81"
            self._stack[-1] = "object"
        elif choice == 5 and top == "name":
            self._out += b"(K\x01K\x02K\x03tR" if number % 40 < 20 else b"N\x85}\x92"
            self._stack[-1] = "object"
        elif choice == 6 and top == "object":
            self._out += b"}b"
        elif choice == 7:
            self._give(f"(K\x01i{module}\n{attribute}\n".encode(), "object")
        elif choice == 8:
            self._give(f"(c{module}\n{attribute}\nK\x01No".encode(), "object")
        elif choice == 9 and top:
            self._out += b"\x94"
            self._memo[len(self._memo)] = top
        elif choice == 10 and top:
            slot = self._next(4)
            self._out += [b"q" + bytes([slot]), f"p{slot}\n".encode(), b"r" + slot.to_bytes(4, "little")][number % 3]
            self._memo[slot] = top
        elif choice == 11 and self._memo:
            slot = sorted(self._memo)[self._next(len(self._memo))]
            written = [b"h" + bytes([slot % 256]), f"g{slot}\n".encode(), b"j" + slot.to_bytes(4, "little")]
            self._give(written[number % 3], self._memo[slot])
        elif choice == 12 and top:
            self._give(b"2", top)
        elif choice == 13 and top:
            self._out += b"0"
            self._stack.pop()
        elif choice == 14:
            self._give([b"]", b"}", b")", b"\x8f"][number % 4], ["list", "dict", "value", "set"][number % 4])
        elif choice == 15 and top in {"list", "object"}:
            self._out += b"Na" if number % 40 < 20 else b"(NK\x07e"
        elif choice == 16 and top in {"dict", "object"}:
            self._out += b"K\x01Ns" if number % 40 < 20 else b"(K\x01NK\x02Nu"
        elif choice == 17:
            self._give([b"(K\x01l", b"(K\x01Nd", b"(K\x01t", b"(K\x01\x91"][number % 4], "value")
        elif choice == 18:
            self._out += [b"(K\x01K\x021", b"(0", b"(NN000", b"N0"][number % 4]
        elif choice == 19:
            self._give(b"Ptensor\n" if number % 40 < 20 else b"Vtensor\nQ", "value")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=120))
def test_names_and_calls_are_those_of_python(numbers: list[int]) -> None:
    data = Writer(numbers).stream()
    theirs = Theirs(data)
    theirs.load()
    assert mine(data) == (theirs.trace, True)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=60), st.integers(0, 400), st.integers(0, 255))
def test_what_python_sees_before_an_error_is_seen(numbers: list[int], at: int, byte: int) -> None:
    whole = Writer(numbers).stream()
    damaged = bytes([*whole[:at], byte, *whole[at + 1 :]])
    theirs = Theirs(damaged)
    try:
        theirs.load()
    except Exception:  # noqa: BLE001 - a damaged stream fails in any way
        theirs.trace.append(("failed", ""))
    names = {path for kind, path in theirs.trace if kind == "import"}
    events = ours.events(Bytes(damaged), 100_000, lambda _: True)
    assert names <= {event.what.path for event in events if isinstance(event, ours.Import)}


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"cacme\nThing\0N.", [("import", "acme.Thing\0N")]),
        (b"(K\x01iacme\nThingX", [("import", "acme.Thing"), ("call 1", "acme.Thing")]),
        (b"(K\x01iacme\nT", [("import", "acme."), ("call 1", "acme.")]),
        (b"cacmeX", [("import", "acme.")]),
        (b"c", [("import", ".")]),
    ],
)
def test_a_name_that_ends_the_file_without_a_line_feed_is_imported_and_called(data: bytes, seen: Trace) -> None:
    theirs = Theirs(data)
    with pytest.raises(EOFError):
        theirs.load()
    assert mine(data) == (seen, False)
    assert theirs.trace == seen
