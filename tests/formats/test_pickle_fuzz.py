"""Whatever bytes come: the machine ends, in time that grows with their number, and raises nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftseal.formats import pickle
from driftseal.formats.blob import Bytes, File
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Fact
from growth import grows_linearly
from pickles import call, proto, seen, stack_name

PIECES = [
    proto(4),
    b"\x95\x10\0\0\0\0\0\0\0",
    stack_name("os", "system"),
    call("acme", "run", "x"),
    call("joblib.numpy_pickle", "NumpyArrayWrapper"),
    b"}\x8c\x05shapeK\x03\x85s\x8c\x05dtype",
    b"cnumpy\ndtype\n\x8c\x02f8\x85R",
    b"(",
    b"t",
    b"R",
    b"b",
    b"s",
    b"\x94",
    b"h\0",
    b"0",
    b".",
    b"]",
    b"a",
    b"Q",
    b"\x81",
]
OPCODES = 400_000


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=400) | st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=60).map(b"".join))
def test_any_bytes_are_read_to_the_end_and_tell_the_same_twice(data: bytes) -> None:
    assert pickle.is_pickle(Bytes(data)) in {True, False}
    assert [repr(one) for one in seen(data)] == [repr(one) for one in seen(data)]


def read(data: bytes) -> None:
    for _ in pickle.events(Bytes(data), DEFAULT_LIMITS.pickle_values, lambda _: True):
        pass


@pytest.mark.parametrize(
    "piece",
    [
        b"N0",
        b"]",
        b"(",
        b"](h\0e",
        b"]a",
        b"h\0\x8c\x01x\x94sh\0",
        b"cacme\nx\n0",
        b"cos\nsystem\n)R0",
        b"K\x01.",
        b"I1\n0",
        b"}b",
        b"\x8c\x0bgASV1234567",
        b"\x80\x04x",
        b"\x8c\x01.h\0s",
    ],
)
def test_time_grows_with_the_number_of_opcodes(piece: bytes) -> None:
    start = proto(4) + b"}\x94"
    assert grows_linearly(lambda count: read(start + piece * count), OPCODES // 16 // len(piece))


def test_a_file_is_read_through_its_window(tmp_path: Path) -> None:
    data = proto(4) + b"(" + (b"X\x03\x02\x00\x00" + b"y" * 515) * 9000 + b"l" + call("a", "b", "c") + b"."
    path = tmp_path / "large.pkl"
    path.write_bytes(data)
    with path.open("rb") as opened:
        events = list(pickle.events(File(opened, len(data)), DEFAULT_LIMITS.pickle_values, lambda _: True))
    assert [event.what.path for event in events if isinstance(event, pickle.Import)] == ["a.b"]
    assert isinstance(events[-1], pickle.Stop)
    assert events[-1].offset == len(data)


@pytest.mark.parametrize("length", range(3570, 3600))
def test_where_a_window_ends_makes_no_difference(length: int) -> None:
    data = proto(4) + b"N0" * (length // 2) + b"I1\n0" * (length % 2) + b"N0" * 4000 + call("a", "b", "c") + b"."
    events = list(pickle.events(Bytes(data), DEFAULT_LIMITS.pickle_values, lambda _: True))
    assert [type(event).__name__ for event in events] == ["Start", "Import", "Call", "Stop"]


def test_calls_with_very_many_texts_are_judged_in_time() -> None:
    texts = b"(" + b"".join(b"\x8c\xff" + bytes([97 + number % 26]) * 255 for number in range(60)) + b"t\x94"

    def judge(count: int) -> None:
        stream = proto(4) + texts + (b"cacme\nrun\nh\0R0" + b"c__builtin__\nrange\nh\0R0") * count + b"N."
        found = [one.why for one in seen(stream) if isinstance(one, Blank)]
        assert found == [f"the arguments of {count - 5000} more calls are not looked at (limits.pickle_calls)"]

    assert grows_linearly(judge, 5001)


def test_values_nested_in_each_other_are_shown_in_time_and_in_short() -> None:
    nested = b"}" + b"".join(b"q%c0}(K\x01h%cK\x02h%cK\x03h%cu" % ((number,) * 4) for number in range(60))
    # Were each of them gone into, the 3 ** 60 of them would never come to an end.
    found = [one for one in seen(proto(4) + b"cacme\nrun\n" + nested + b"\x85R.") if isinstance(one, Fact)]
    assert all(len(one.evidence) < 2000 for one in found)
