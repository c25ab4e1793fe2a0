"""ZIP files: honest ones are quiet; ones whose two accounts differ are told, and all their bytes are read."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from driftseal.formats.blob import Blob, Bytes
from driftseal.limits import DEFAULT_LIMITS, KIB, MIB
from driftseal.observe import reading
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.zip import Zip

PICKLE = b"\x80\x02]q\x00."
LIMITS = replace(DEFAULT_LIMITS, unpacked_bytes=64 * MIB)


def budget() -> Budget:
    return Budget(LIMITS, LIMITS.unpacked_bytes, LIMITS.archive_members, LIMITS.file_steps)


def seen(data: bytes) -> list[Seen]:
    return list(Zip().read(Bytes(data), "model.pt", budget()))


def facts(data: bytes) -> set[str]:
    return {one.name for one in seen(data) if isinstance(one, Fact)}


def inside(data: bytes) -> dict[str, bytes]:
    return {one.path: whole(one.blob) for one in seen(data) if isinstance(one, Embedded)}


def whole(blob: Blob) -> bytes:
    return b"".join(blob.pieces())


def written(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return file.getvalue()


def patched(data: bytes, sign: bytes, field: int, value: bytes) -> bytes:
    """With other bytes at so many behind the first header of a kind."""
    at = data.index(sign) + field
    return data[:at] + value + data[at + len(value) :]


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_an_honest_archive_shows_its_files_and_nothing_else(method: int) -> None:
    data = written(("a/data.pkl", PICKLE), ("a/b.txt", b"text " * 500), method=method)
    assert facts(data) == set()
    assert inside(data) == {"a/data.pkl": PICKLE, "a/b.txt": b"text " * 500}


def test_an_archive_written_as_a_stream_is_honest() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    file = Unseekable()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", b"1" * 100)
        archive.writestr("two", b"2" * 100)
        with archive.open("three", "w", force_zip64=True) as member:
            member.write(b"3" * 100)
    assert facts(file.getvalue()) == set()
    assert inside(file.getvalue()) == {"one": b"1" * 100, "two": b"2" * 100, "three": b"3" * 100}


def test_an_archive_with_large_fields_is_honest() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("one", "w", force_zip64=True) as member:
        member.write(PICKLE)
    plain = file.getvalue()
    end = plain.index(END)
    start = plain.index(CENTRAL)
    wide = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, end - start, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    data = plain[:end] + wide + locator + struct.pack("<4s4H2IH", END, 0, 0, 0xFFFF, 0xFFFF, *[0xFFFFFFFF] * 2, 0)
    assert facts(data) == set()
    assert inside(data) == {"one": PICKLE}


def test_a_torch_file_states_its_version_and_byte_order() -> None:
    data = written(
        ("m/data.pkl", PICKLE),
        ("m/byteorder", b"little"),
        ("m/version", b"3\n"),
        ("m/data/0", b"1234"),
        ("m/code/x.py", b""),
    )
    stated = [one.value for one in seen(data) if isinstance(one, Property)]
    assert stated == [{"byteorder": "little", "version": "3", "tensors": 1, "code": 1}]
    assert facts(data) == {"torchscript"}


def test_numbers_of_a_tensor_are_passed_over_and_a_pickle_in_their_place_is_not() -> None:
    data = written(("m/data.pkl", PICKLE), ("m/data/0", b"1234"), ("m/data/1", PICKLE))
    assert set(inside(data)) == {"m/data.pkl", "m/data/1"}


@pytest.mark.parametrize(
    ("sign", "field", "value", "expected"),
    [
        (LOCAL, 30, b"b", "zip-names-differ"),
        (LOCAL, 8, b"\x63\0", "zip-headers-differ"),
        (LOCAL, 14, b"abcd", "zip-headers-differ"),
        (LOCAL, 22, b"\xff\0\0\0", "zip-headers-differ"),
        (LOCAL, 6, b"\x01", "zip-encrypted-flag"),
        (CENTRAL, 8, b"\x01", "zip-encrypted-flag"),
        (CENTRAL, 10, b"\x63\0", "zip-unknown-method"),
        (CENTRAL, 16, b"abcd", "zip-sum-differs"),
        (CENTRAL, 24, b"\xff\0\0\0", "zip-size-differs"),
        (END, 10, b"\x09", "zip-directory-broken"),
        (END, 16, b"\x01", "leading-data"),
    ],
)
def test_a_lie_in_a_header_is_told_and_hides_nothing(sign: bytes, field: int, value: bytes, expected: str) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = patched(written(("a", PICKLE), method=method), sign, field, value)
        if expected == "leading-data":
            data = b"junk" + data
        assert expected in facts(data)
        assert PICKLE in inside(data).values()


def test_every_copy_of_a_name_is_read() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = written(("a", b"first"), ("a", b"second"))
    assert facts(data) == {"duplicate-member"}
    assert inside(data) == {"a": b"first", "a#2": b"second"}


def test_a_member_that_the_directory_does_not_name_is_found() -> None:
    hidden = written(("hidden", PICKLE))
    data = written(("open", b"x"))
    at = data.index(CENTRAL)
    stretch = hidden[: hidden.index(CENTRAL)]
    moved = patched(data[:at] + stretch + data[at:], END, 16, struct.pack("<I", at + len(stretch)))
    assert "zip-hidden-member" in facts(moved)
    assert inside(moved)["hidden"] == PICKLE


def test_an_archive_without_a_directory_is_read_from_its_beginning() -> None:
    data = written(("a", PICKLE), ("b", PICKLE), method=zipfile.ZIP_DEFLATED)
    cut = data[: data.index(CENTRAL)]
    assert "zip-no-directory" in facts(cut)
    assert inside(cut) == {"a": PICKLE, "b": PICKLE}


def test_bytes_before_and_far_behind_an_archive_are_read_too() -> None:
    data = PICKLE + written(("a", b"x")) + PICKLE + bytes(70 * KIB) + b"!"
    assert facts(data) == {"leading-data", "trailing-data"}
    assert inside(data)["#leading"] == PICKLE
    assert inside(data)["#trailing"].startswith(PICKLE)
    assert inside(data)["a"] == b"x"


def test_two_archives_in_one_file_are_both_read() -> None:
    inner = written(("second", PICKLE))
    assert "zip-several-directories" in facts(written(("first", b"x"), comment=inner))
    assert {"first", "second"} <= set(inside(written(("first", b"x"), comment=inner)))


def test_an_archive_within_an_archive_is_no_second_directory() -> None:
    data = written(("inner.zip", written(("x", b"y"))))
    assert facts(data) == set()


def test_names_that_lead_out_are_told() -> None:
    for name in ("../up", "/root", "C:/x", "a/../../b", "a\\..\\..\\b"):
        assert facts(written((name, b""))) == {"path-escapes"}, name


def test_links_are_told_with_their_target() -> None:
    info = zipfile.ZipInfo("a/link")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "../../etc/passwd")
    told = [one for one in seen(file.getvalue()) if isinstance(one, Fact)]
    assert [(one.name, one.subject) for one in told] == [("archive-link", "a/link"), ("link-escapes", "a/link")]
    assert "../../etc/passwd" in told[0].evidence


def test_what_only_swells_is_told_and_ends_at_the_budget() -> None:
    data = written(("zeros", bytes(80 * MIB)), method=zipfile.ZIP_DEFLATED)
    found = seen(data)
    assert any(isinstance(one, Fact) and one.name == "extreme-ratio" for one in found)
    assert any(isinstance(one, Blank) and "limits.unpacked_bytes" in one.why for one in found)


def test_an_array_of_zeros_does_not_swell() -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (20000000,), }".ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(20_000_000)
    assert facts(written(("x.npy", array), method=zipfile.ZIP_DEFLATED)) == set()


def test_members_that_share_bytes_are_told() -> None:
    data = written(("aa", b"x" * 50), ("bb", b"y"))
    first, second = data.index(CENTRAL), data.rindex(CENTRAL)
    assert data[second + 42 : second + 46] != data[first + 42 : first + 46]
    assert "zip-overlap" in facts(data[: second + 42] + data[first + 42 : first + 46] + data[second + 46 :])


def test_bytes_behind_a_deflated_member_are_read() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    stretch = packer.compress(b"x") + packer.flush() + PICKLE
    data = written(("a", stretch))
    for sign, at in ((LOCAL, 8), (CENTRAL, 10)):
        data = patched(data, sign, at, b"\x08\0")
    assert "trailing-data" in facts(data)
    assert inside(data)["a#trailing"] == PICKLE


def test_a_member_beyond_the_end_is_told() -> None:
    data = patched(written(("a", PICKLE)), CENTRAL, 20, b"\xff\xff\0\0")
    assert "zip-truncated" in facts(data)


BASES = [
    written(("a/data.pkl", PICKLE), ("a/data/0", bytes(40)), ("b", b"text" * 30), method=method, comment=b"c")
    for method in METHODS
]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    some.sampled_from(BASES),
    some.lists(some.tuples(some.integers(0, 2000), some.binary(min_size=1, max_size=8)), max_size=6),
    some.integers(0, 2000),
)
def test_no_change_of_bytes_breaks_the_reader(base: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(base)
    for at, value in changes:
        place = at % len(data)
        data[place : place + len(value)] = value
    for piece in (bytes(data), bytes(data[: cut % len(data)]), bytes(data) * 2):
        for one in seen(piece):
            if isinstance(one, Embedded):
                assert len(whole(one.blob)) <= LIMITS.unpacked_bytes


@given(some.binary(max_size=400))
def test_noise_is_no_archive_and_breaks_nothing(noise: bytes) -> None:
    assert not Zip().claims(noise, Bytes(noise)) or noise.startswith(b"PK")
    seen(noise)


def test_members_that_share_bytes_are_not_read_without_end() -> None:
    data = written(("a", b"x" * 1000))
    record = data[data.index(CENTRAL) : data.index(END)]
    many = data[: data.index(CENTRAL)] + record * 100
    end = struct.pack("<4s4H2IH", END, 0, 0, 100, 100, len(record) * 100, data.index(CENTRAL), 0)
    few = replace(LIMITS, unpacked_bytes=5000)
    found = list(Zip().read(Bytes(many + end), "x", Budget(few, few.unpacked_bytes, 1000, 1000)))
    assert "zip-named-twice" in {one.name for one in found if isinstance(one, Fact)}
    assert sum(one.blob.size for one in found if isinstance(one, Embedded)) <= len(many + end) + 5000
    assert any(isinstance(one, Blank) and "share" in one.why for one in found)


def test_a_tensor_is_passed_over_when_it_is_deflated_too() -> None:
    data = written(("m/data.pkl", PICKLE), ("m/data/0", b"1234"), ("m/data/1", PICKLE), method=zipfile.ZIP_DEFLATED)
    assert set(inside(data)) == {"m/data.pkl", "m/data/1"}


def test_an_archive_whose_first_member_goes_on_as_a_pickle_is_an_archive() -> None:
    data = written(("a", b"\n\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R."))
    assert reading.read(Bytes(data), "x.npz", DEFAULT_LIMITS).format == "zip"


def test_an_archive_behind_other_bytes_is_known_by_its_end() -> None:
    data = b"#" * 100 + written(("a", b"x"))
    assert Zip().claims(data[:4096], Bytes(data))
    assert not Zip().claims(b"#" * 100, Bytes(b"#" * 100))


class Afar(Bytes):
    """Counts how often it is asked."""

    distant = True

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.asked = 0

    def read_at(self, offset: int, count: int) -> bytes:
        self.asked += 1
        return super().read_at(offset, count)


def test_tensors_of_a_file_that_lies_elsewhere_are_not_asked_for_one_by_one() -> None:
    tensors = [(f"m/data/{number}", bytes(5000)) for number in range(200)]
    blob = Afar(written(("m/data.pkl", PICKLE), *tensors))
    found = list(Zip().read(blob, "x.pt", budget()))
    assert [one.path for one in found if isinstance(one, Embedded)] == ["m/data.pkl"]
    assert not any(isinstance(one, Fact) for one in found)
    assert blob.asked < 20


def test_room_between_tensors_of_a_file_that_lies_elsewhere_is_looked_at() -> None:
    hidden = written(("hidden", PICKLE + bytes(2000)))
    data = written(("m/data/0", bytes(5000)))
    at = data.index(CENTRAL)
    stretch = hidden[: hidden.index(CENTRAL)]
    moved = patched(data[:at] + stretch + data[at:], END, 16, struct.pack("<I", at + len(stretch)))
    found = list(Zip().read(Afar(moved), "x.pt", budget()))
    assert "zip-hidden-member" in {one.name for one in found if isinstance(one, Fact)}


def test_more_members_than_are_read_are_a_blank() -> None:
    few = replace(LIMITS, archive_members=5)
    data = written(*((str(number), b"") for number in range(9)))
    found = list(Zip().read(Bytes(data), "x", Budget(few, 1000, 1000, 1000)))
    assert {one.why for one in found if isinstance(one, Blank)} == {"more members than limits.archive_members"}
