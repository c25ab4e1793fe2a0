"""TAR and 7z archives, programs and pointers where a model should be."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.executable import Executable
from driftseal.observe.files.lfs_pointer import LfsPointer
from driftseal.observe.files.seven_zip import SevenZip
from driftseal.observe.files.tar import Tar

PICKLE: Final = b"\x80\x02]q\x00."


def seen(analyser: Analyser, data: bytes) -> list[Seen]:
    return list(analyser.read(Bytes(data), "x", Budget(DEFAULT_LIMITS, 1000, 1000, 1000)))


def told(analyser: Analyser, data: bytes) -> list[tuple[str, str]]:
    return [(one.name, one.subject) for one in seen(analyser, data) if isinstance(one, Fact)]


def inside(data: bytes) -> dict[str, bytes]:
    return {one.path: one.blob.read_at(0, 1 << 20) for one in seen(Tar(), data) if isinstance(one, Embedded)}


def packed(*members: tuple[str, bytes, str], style: int = tarfile.GNU_FORMAT) -> bytes:
    """Each by name, kind as its header has it, and content or the link's target."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=style) as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind == tarfile.REGTYPE:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content.encode()))
            else:
                info.linkname = content
                archive.addfile(info)
    return file.getvalue()


LONG: Final = "a/" * 90 + "x"


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_an_honest_archive_shows_its_files_and_nothing_else(style: int) -> None:
    name = LONG if style != tarfile.USTAR_FORMAT else "a/x"
    data = packed(("d", tarfile.DIRTYPE, ""), ("one", tarfile.REGTYPE, "1"), (name, tarfile.REGTYPE, "2"), style=style)
    assert Tar().claims(data[:4096], Bytes(data))
    assert told(Tar(), data) == []
    assert inside(data) == {"one": b"1", name: b"2"}


def test_names_and_links_that_lead_out_are_told() -> None:
    data = packed(
        ("../up", tarfile.REGTYPE, ""),
        ("a/in", tarfile.SYMTYPE, "../b"),
        ("a/out", tarfile.SYMTYPE, "../../b"),
        ("a/hard", tarfile.LNKTYPE, "../b"),
        ("a/root", tarfile.SYMTYPE, "/etc/passwd"),
    )
    assert told(Tar(), data) == [
        ("path-escapes", "../up"),
        ("archive-link", "a/in"),
        ("archive-link", "a/out"),
        ("link-escapes", "a/out"),
        ("archive-link", "a/hard"),
        ("link-escapes", "a/hard"),
        ("archive-link", "a/root"),
        ("link-escapes", "a/root"),
    ]


def test_devices_copies_and_trailing_bytes_are_told() -> None:
    data = packed(("pipe", tarfile.FIFOTYPE, ""), ("a", tarfile.REGTYPE, "1"), ("a", tarfile.REGTYPE, "2")) + PICKLE
    assert told(Tar(), data) == [("tar-special-member", "pipe"), ("duplicate-member", "a"), ("trailing-data", "")]
    assert inside(data)["a#2"] == b"2"


def test_damage_is_told_and_what_follows_is_read() -> None:
    data = packed(("a", tarfile.REGTYPE, "1")).rstrip(b"\0").ljust(1024, b"\0")
    broken = data + b"x" * 512 + packed(("b", tarfile.REGTYPE, "2"))
    assert told(Tar(), broken) == [("tar-broken", "")]
    assert inside(broken) == {"a": b"1", "b": b"2"}
    assert told(Tar(), packed(("a", tarfile.REGTYPE, "1" * 600))[:600]) == [("tar-broken", "")]


def test_a_size_that_is_no_number_is_told() -> None:
    data = bytearray(packed(("a", tarfile.REGTYPE, "1")))
    data[124:135] = b"not a digit"
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 8 * 32 + sum(data[156:512]))
    assert told(Tar(), bytes(data)) == [("tar-broken", "")]


@pytest.mark.parametrize("head", [b"7z\xbc\xaf\x27\x1c\0\4", b"8z\xbc\xaf\x27\x1c\0\4", b"Rar!\x1a\x07\x01\0"])
def test_archives_that_nothing_unpacks_are_a_blank(head: bytes) -> None:
    assert SevenZip().claims(head + bytes(40), Bytes(head + bytes(40)))
    found = seen(SevenZip(), head + bytes(40))
    assert isinstance(found[0], Fact)
    assert found[0].name == "content-not-readable"
    assert isinstance(found[1], Blank)


def test_a_pointer_tells_what_is_missing() -> None:
    oid = "sha256:" + "ab" * 32
    data = f"version https://git-lfs.github.com/spec/v1\noid {oid}\nsize 12345\n".encode()
    found = reading.read(Bytes(data), "model.safetensors", DEFAULT_LIMITS)
    assert found.format == "lfs_pointer"
    assert [(fact.name, fact.subject) for fact in found.facts if fact.name == "content-not-present"] == [
        ("content-not-present", oid)
    ]
    assert found.properties == (Property("lfs", {"oid": oid, "size": 12345}),)
    assert not found.complete


PE: Final = b"MZ\x90\0" + bytes(56) + b"\x40\0\0\0" + b"PE\0\0" + bytes(50)


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(60), ("native-executable", "ELF")),
        (PE, ("native-executable", "PE")),
        (b"\xcf\xfa\xed\xfe" + bytes(60), ("native-executable", "Mach-O")),
        (b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(60), ("native-executable", "Mach-O")),
        (b"MZqFpD='\n" + bytes(90), ("native-executable", "APE")),
        (b"#!/bin/sh\nid\n", ("script", "/bin/sh")),
        (b"#! /usr/bin/env python3\n", ("script", "/usr/bin/env python3")),
    ],
)
def test_programs_are_told_by_their_first_bytes(data: bytes, fact: tuple[str, str]) -> None:
    assert Executable().claims(data, Bytes(data))
    assert told(Executable(), data) == [fact]


@pytest.mark.parametrize(
    "data", [b"MZ", b"MZ" + bytes(200), b"#! no path", b"#!", b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(9), b"\x7fELF"]
)
def test_what_only_begins_alike_is_no_program(data: bytes) -> None:
    assert not Executable().claims(data, Bytes(data))


def test_an_archive_at_the_end_of_a_program_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../x", "y")
    found = reading.read(Bytes(PE + file.getvalue()), "x.llamafile", DEFAULT_LIMITS)
    assert found.formats["#archive"] == "zip"
    assert {fact.name for fact in found.facts} >= {"native-executable", "path-escapes"}


@given(some.integers(0, 3000), some.binary(min_size=1, max_size=40), some.integers(0, 3000))
def test_no_change_of_bytes_breaks_the_readers(at: int, value: bytes, cut: int) -> None:
    base = packed((LONG, tarfile.REGTYPE, "1"), ("b", tarfile.SYMTYPE, "c"), style=tarfile.PAX_FORMAT)
    for data in (base[:at] + value + base[at + len(value) :], base[:cut], value):
        for analyser in (Tar(), Executable(), LfsPointer(), SevenZip()):
            if analyser.claims(data[:4096], Bytes(data)):
                seen(analyser, data)
        seen(Tar(), data)
