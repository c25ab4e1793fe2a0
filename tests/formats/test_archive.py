from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from driftseal.errors import FormatError
from driftseal.formats import archive
from driftseal.formats.archive import Problem
from driftseal.limits import DEFAULT_LIMITS, Limits


def tarred(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as made:
        for path, data in members:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for path, data in members:
            made.writestr(path, data)
    return packed.getvalue()


def read(data: bytes, limits: Limits = DEFAULT_LIMITS, strip: int = 0) -> archive.Contents:
    return archive.read(data, "a", limits, strip=strip)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_kind_of_tar_gives_its_files_below_the_folder_they_lie_in(form: int) -> None:
    long = "/".join(["package", *["folder" * 3] * 8, "x.js"])
    data = gzip.compress(tarred(("package/a.js", b"one"), (long, b"two"), form=form))
    found = read(data, strip=1)
    assert found.members == (("a.js", b"one"), (long.removeprefix("package/"), b"two"))
    assert found.problems == ()


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("path", ["/etc/x.py", "../x.py", "a/../../x.py", "..\\x.py", "C:/x.py"])
def test_a_path_that_leads_out_is_told_and_not_read(pack: object, path: str) -> None:
    data = tarred((path, b"x")) if pack is tarred else zipped((path, b"x"))
    found = read(data)
    assert found.members == ()
    assert [problem.why for problem in found.problems] == ["leads out of the archive, or names no file"]


def test_links_are_told_and_not_followed() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as made:
        info = tarfile.TarInfo("a.py")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(info)
    assert read(packed.getvalue()).problems == (Problem("a.py", "is a symbolic link, which is not followed"),)
    info_zip = zipfile.ZipInfo("a.py")
    info_zip.external_attr = 0o120777 << 16
    zip_packed = io.BytesIO()
    with zipfile.ZipFile(zip_packed, "w") as linked:
        linked.writestr(info_zip, "/etc/passwd")
    assert read(zip_packed.getvalue()).problems[0].path == "a.py"


def test_of_two_files_of_one_path_the_later_is_read_and_it_is_told() -> None:
    found = read(tarred(("a.py", b"first"), ("./a.py", b"second")))
    assert found.members == (("a.py", b"second"),)
    assert found.problems == (Problem("./a.py", "stands twice in the archive; the later one is read"),)


def test_files_behind_a_damaged_header_or_an_empty_block_are_read() -> None:
    first, second = tarred(("a.py", b"1"))[:1024], tarred(("b.py", b"2"))
    assert [path for path, _ in read(first + bytes(512) + second).members] == ["a.py", "b.py"]
    found = read(first + b"x" * 512 + second)
    assert [path for path, _ in found.members] == ["a.py", "b.py"]
    assert found.problems[0].why.startswith("a damaged header")
    assert read(tarred(("a.py", b"1")) + second).problems[0].why.startswith("holds bytes after its end")


def test_a_bomb_is_stopped_by_the_bytes_that_come_out_of_it() -> None:
    limits = Limits(archive_bytes=100_000)
    for data in (gzip.compress(tarred(*((f"{n}", bytes(50_000)) for n in range(9)))),
                 zipped(*((f"{n}", bytes(50_000)) for n in range(9)))):  # fmt: skip
        found = read(data, limits)
        assert len(found.members) in {1, 2}
        assert found.problems == (Problem("", "not read to its end: more than 100000 bytes unpacked"),)


def test_too_many_members_and_too_large_ones_are_told() -> None:
    assert len(read(tarred(*((str(n), b"") for n in range(9))), Limits(archive_members=3)).members) == 3
    for data in (tarred(("a", b"123456"), ("b", b"1")), zipped(("a", b"123456"), ("b", b"1"))):
        found = read(data, Limits(code_file_bytes=5))
        assert found.members == (("b", b"1"),)
        assert found.problems == (Problem("a", "larger than 5 bytes"),)


def test_what_is_cut_off_or_no_archive_is_an_error() -> None:
    whole = gzip.compress(tarred(("a.py", bytes(range(256)) * 40)))
    for data in (whole[:-200], whole[:30], b"", b"hello", zipped(("a", b"b"))[:-30], gzip.compress(b"no tar")):
        with pytest.raises(FormatError, match=r"^a: "):
            read(data)


def test_a_zip_member_without_a_name_is_told() -> None:
    nameless = zipped(("x", b"1"), ("ok.py", b"2")).replace(b"x", b"\0")
    found = read(nameless)
    assert found.members == (("ok.py", b"2"),)
    assert [problem.path for problem in found.problems] == [""]
