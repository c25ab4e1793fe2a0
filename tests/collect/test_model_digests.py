"""Discovery reads a file once; a cache that others may have written counts for nothing, and scans never ask it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from commands import driftseal
from configured import context, write
from driftseal import __version__
from driftseal.collect.model import ModelCollector
from driftseal.collect.models import digests
from driftseal.collect.models.digests import Digests
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.digest import Digest

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)
FORGED = "f" * 64
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the time by which files are told apart is another one there")


def later() -> int:
    return time.time_ns() + 60_000_000_000


def kept(folder: Path, *, limits: Limits = DEFAULT_LIMITS, clock: Callable[[], int] = later) -> Digests:
    return Digests(folder / "cache/driftseal/digests/1.json", limits, clock=clock)


def entries(folder: Path) -> dict[str, str]:
    value = json.loads((folder / "cache/driftseal/digests/1.json").read_text())
    assert value["version"] == __version__
    found = value["digests"]
    assert isinstance(found, dict)
    return found


def forge(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    path = folder / "cache/driftseal/digests/1.json"
    value = json.loads(path.read_text())
    changed = change(value)
    path.write_text(json.dumps(value if changed is None else changed))


def forged(value: dict[str, object]) -> None:
    found = value["digests"]
    assert isinstance(found, dict)
    value["digests"] = dict.fromkeys(found, FORGED)


def first(folder: Path) -> Path:
    """A file whose digest is known."""
    path = write(folder, "m.safetensors", TENSORS)
    with kept(folder) as known:
        assert known.digest_of(path) == Digest.of(TENSORS)
    return path


def asked(folder: Path, path: Path) -> Digest:
    with kept(folder) as known:
        return known.digest_of(path)


def test_a_file_is_read_once(tmp_path: Path) -> None:
    path = first(tmp_path)
    status = path.stat()
    name = f"{status.st_dev}-{status.st_ino}-{status.st_size}-{status.st_ctime_ns}"
    assert entries(tmp_path) == {name: hashlib.sha256(TENSORS).hexdigest()}
    # What it answers now can only come from there.
    forge(tmp_path, forged)
    assert asked(tmp_path, path) == Digest("sha256", FORGED)


def test_a_file_that_changed_is_read_again_though_its_size_and_its_date_stay(tmp_path: Path) -> None:
    path = first(tmp_path)
    status = path.stat()
    path.write_bytes(TENSORS[:-1] + b"\x01")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert asked(tmp_path, path) == Digest.of(TENSORS[:-1] + b"\x01")


def test_another_file_in_its_place_is_read(tmp_path: Path) -> None:
    path = first(tmp_path)
    write(tmp_path, "other", TENSORS[:-1] + b"\x02").replace(path)
    assert asked(tmp_path, path) == Digest.of(TENSORS[:-1] + b"\x02")


def test_a_file_that_changed_a_moment_ago_is_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "m.safetensors", TENSORS)
    with kept(tmp_path, clock=lambda: path.stat().st_ctime_ns + 1_000_000_000) as known:
        assert known.digest_of(path) == Digest.of(TENSORS)
    assert not (tmp_path / "cache").exists()


def test_verification_never_asks_the_cache(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = write(tmp_path, "m.safetensors", TENSORS)
    environment = {"XDG_CACHE_HOME": str(home / "cache")}
    at = digests.place(environment, home, "linux")
    with Digests(at, DEFAULT_LIMITS, clock=later) as known:
        known.digest_of(path)
    at.write_text(at.read_text().replace(hashlib.sha256(TENSORS).hexdigest(), FORGED))
    with Digests(at, DEFAULT_LIMITS) as known:
        assert known.digest_of(path) == Digest("sha256", FORGED)
    collector = ModelCollector(context(tmp_path, home=home, environment=environment))
    (taken,) = collector.collect(list(collector.targets("m.safetensors")))
    content = next(one.content for one in taken.items if one.key == "model-file:m.safetensors")
    assert isinstance(content, dict)
    assert content["sha256"] == hashlib.sha256(TENSORS).hexdigest()


def test_only_discovery_knows_the_cache() -> None:
    package = Path(digests.__file__).parents[2]
    named = re.compile(r"collect[.]models(?:[.]digests| import [^\n]*\bdigests\b)")
    users = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if named.search(path.read_text())}
    assert {one for one in users if not one.startswith("collect/discovery/")} <= {"pipeline/bom.py"}


def _older(value: dict[str, object]) -> None:
    forged(value)
    value["version"] = "0.0.1"


def _more(value: dict[str, object]) -> None:
    forged(value)
    value["trusted"] = True


def _worse(value: dict[str, object]) -> None:
    forged(value)
    found = value["digests"]
    assert isinstance(found, dict)
    found["../../etc"] = FORGED


def _shorter(value: dict[str, object]) -> None:
    forged(value)
    found = value["digests"]
    assert isinstance(found, dict)
    value["digests"] = dict.fromkeys(found, "ff")


def _deep(value: dict[str, object]) -> object:
    del value
    nested: list[object] = []
    for _ in range(200):
        nested = [nested]
    return nested


@pytest.mark.parametrize("change", [_older, _more, _worse, _shorter, _deep, lambda _: 7, lambda _: []])
def test_a_cache_that_is_not_of_the_form_counts_for_nothing_and_is_made_anew(
    tmp_path: Path, change: Callable[[dict[str, object]], object]
) -> None:
    path = first(tmp_path)
    forge(tmp_path, change)
    assert asked(tmp_path, path) == Digest.of(TENSORS)
    assert set(entries(tmp_path).values()) == {hashlib.sha256(TENSORS).hexdigest()}


def test_a_cache_that_is_too_large_counts_for_nothing(tmp_path: Path) -> None:
    path = first(tmp_path)
    forge(tmp_path, forged)
    with kept(tmp_path, limits=replace(DEFAULT_LIMITS, file_bytes=64)) as known:
        assert known.digest_of(path) == Digest.of(TENSORS)


def test_a_cache_where_others_may_write_counts_for_nothing_and_is_not_written(tmp_path: Path) -> None:
    path = first(tmp_path)
    forge(tmp_path, forged)
    folder = tmp_path / "cache/driftseal/digests"
    before = (folder / "1.json").read_bytes()
    folder.chmod(0o777)
    assert asked(tmp_path, path) == Digest.of(TENSORS)
    assert (folder / "1.json").read_bytes() == before


def test_a_link_in_place_of_the_cache_is_not_followed(tmp_path: Path) -> None:
    path = first(tmp_path)
    forge(tmp_path, forged)
    at = tmp_path / "cache/driftseal/digests/1.json"
    at.replace(tmp_path / "elsewhere.json")
    at.symlink_to(tmp_path / "elsewhere.json")
    assert asked(tmp_path, path) == Digest.of(TENSORS)
    assert not at.is_symlink()
    assert FORGED in (tmp_path / "elsewhere.json").read_text()


def test_where_nothing_can_be_kept_everything_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "m.safetensors", TENSORS)
    write(tmp_path, "cache", "a file in place of the folder")
    assert asked(tmp_path, path) == Digest.of(TENSORS)


def test_the_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    first(tmp_path)
    assert (tmp_path / "cache/driftseal/digests").stat().st_mode & 0o077 == 0


def test_those_that_were_used_last_are_kept(tmp_path: Path) -> None:
    paths = [write(tmp_path, f"{number}.bin", f"{number}") for number in range(4)]
    limits = replace(DEFAULT_LIMITS, cached_digests=2)
    for path in paths:
        with kept(tmp_path, limits=limits) as known:
            known.digest_of(path)
    assert list(entries(tmp_path).values()) == [hashlib.sha256(text).hexdigest() for text in (b"2", b"3")]


def test_many_are_told_in_their_order_and_one_that_fails_stands_in_its_place(tmp_path: Path) -> None:
    paths = [write(tmp_path, f"{number}.bin", bytes([number]) * 5000) for number in range(80)]
    paths.insert(40, tmp_path / "absent.bin")
    with kept(tmp_path) as known:
        found = list(known.digests_of(paths))
    assert isinstance(found[40], TargetError)
    assert str(found[40]).startswith("absent.bin: cannot be read")
    del found[40]
    assert found == [Digest.of(bytes([number]) * 5000) for number in range(80)]
    with kept(tmp_path) as known, pytest.raises(TargetError, match="absent"):
        known.digest_of(tmp_path / "absent.bin")


def test_it_lies_in_the_cache_of_its_user_under_our_version(tmp_path: Path) -> None:
    home = tmp_path
    name = f"driftseal/digests/{__version__}.json"
    assert digests.place({}, home, "linux") == home / ".cache" / name
    assert digests.place({"XDG_CACHE_HOME": "/x"}, home, "linux") == Path("/x") / name
    assert digests.place({}, home, "darwin") == home / "Library/Caches" / name


def kept_wrongly(project: Path, home: Path) -> Path:
    """Weights whose digest an earlier run kept, and a cache that says another one since."""
    tensors = json.dumps({"w": {"dtype": "U8", "shape": [400_000], "data_offsets": [0, 400_000]}}).encode()
    weights = project / "model.safetensors"
    weights.write_bytes(len(tensors).to_bytes(8, "little") + tensors + b"w" * 400_000)
    # A file that changed a moment ago is not kept.
    time.sleep(2.1)
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    assert driftseal("bom", ".", "--allow-gaps", cwd=project, env=env).returncode == 0
    (kept,) = (home / ".cache").rglob("digests/*.json")
    told = json.loads(kept.read_bytes())
    told["digests"] = dict.fromkeys(told["digests"], "0" * 64)
    kept.write_text(json.dumps(told), encoding="utf-8")
    return weights


@pytest.mark.skipif(os.name == "nt", reason="nothing is kept there")
def test_a_bill_remembers_large_files_and_what_judges_or_signs_it_reads_them(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    weights = kept_wrongly(project, home)
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    read = hashlib.sha256(weights.read_bytes()).hexdigest()
    listed = driftseal("bom", ".", "--allow-gaps", cwd=project, env=env).stdout
    assert ("0" * 64 in listed, read in listed) == (True, False)
    for judged in (("bom", ".", "--findings"), ("scan", ".", "--format", "json"), ("snapshot", "model.safetensors")):
        told = driftseal(*judged, cwd=project, env=env).stdout
        assert "0" * 64 not in told
    assert read in driftseal("bom", ".", "--findings", cwd=project, env=env).stdout
