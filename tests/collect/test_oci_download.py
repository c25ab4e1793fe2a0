"""With ``--download`` layers are fetched to the last byte, whatever breaks off, and compared with their digests."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import disk_usage

import pytest

from configured import context
from driftseal.collect.base import Consent
from driftseal.collect.oci import OciCollector
from driftseal.limits import DEFAULT_LIMITS, KIB
from driftseal.model.item import Item
from driftseal.model.snapshot import Snapshot
from servers.oci_registry import TITLE, Registry, digest, running

FAST = replace(
    DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, remote_whole_seconds=300.0, remote_request_bytes=64 * KIB
)
SIZE = 1_000_000
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
NAME = "model.safetensors"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running() as started:
        started.push("v1", started.file(NAME, TENSORS))
        yield started


def taken(registry: Registry, folder: Path, *, download: bool = True) -> Snapshot:
    collector = OciCollector(context(folder, limits=FAST, consent=Consent(download=download)))
    (found,) = collector.collect(list(collector.targets(f"oci:{registry.host}/m:v1")))
    return found


def weights(found: Snapshot) -> Item:
    return next(one for one in found.items if one.key == f"model-file:{NAME}")


def gaps(found: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in found.gaps}


def ranges(registry: Registry) -> list[str]:
    return [headers.get("range", "") for path, headers in registry.asked if path.endswith(digest(TENSORS))]


def test_a_digest_that_was_computed_and_one_that_is_a_claim_are_told_apart_and_are_no_drift(
    registry: Registry, tmp_path: Path
) -> None:
    looked, fetched = taken(registry, tmp_path, download=False), taken(registry, tmp_path)
    assert looked.gaps == fetched.gaps == ()
    assert looked.digest == fetched.digest
    assert [place.technique for place in weights(looked).evidence] == ["manifest-analysis"]
    assert [place.technique for place in weights(fetched).evidence] == ["hash-comparison"]
    content = weights(fetched).content
    assert isinstance(content, dict)
    assert content["sha256_by"] == "manifest"


def test_a_connection_that_breaks_off_costs_nothing_that_had_come(registry: Registry, tmp_path: Path) -> None:
    registry.breaks = [300_000, 200_000]
    assert taken(registry, tmp_path).gaps == ()
    assert ranges(registry) == ["", "bytes=300000-", "bytes=500000-"]


def test_tokens_may_end_on_the_way(registry: Registry, tmp_path: Path) -> None:
    registry.token = "t"  # noqa: S105  # made up
    registry.fleeting = True
    registry.breaks = [300_000, 200_000, 100_000]
    assert taken(registry, tmp_path).gaps == ()
    assert list(dict.fromkeys(ranges(registry))) == ["", "bytes=300000-", "bytes=500000-", "bytes=600000-"]
    assert registry.token == "t+++"  # noqa: S105  # made up


def test_a_registry_that_knows_no_parts_is_listened_to(registry: Registry, tmp_path: Path) -> None:
    registry.ranges = False
    registry.breaks = [300_000]
    assert taken(registry, tmp_path).gaps == ()
    assert weights(taken(registry, tmp_path)).evidence[0].technique == "hash-comparison"


def test_bytes_of_another_digest_are_told_and_the_true_one_is_kept(registry: Registry, tmp_path: Path) -> None:
    other = TENSORS[:-1] + b"\x01"
    registry.blobs[digest(TENSORS)] = other
    found = taken(registry, tmp_path)
    assert gaps(found)[NAME].startswith(f"its bytes are not those that the manifest names ({digest(TENSORS)})")
    content = weights(found).content
    assert isinstance(content, dict)
    assert (content["sha256"], content["sha256_by"]) == (digest(other).removeprefix("sha256:"), "driftseal")


def test_a_layer_that_ends_too_early_is_a_gap(registry: Registry, tmp_path: Path) -> None:
    registry.blobs[digest(TENSORS)] = TENSORS[:400_000]
    assert f"400000 of {len(TENSORS)} bytes" in gaps(taken(registry, tmp_path))[NAME]


def test_a_layer_without_room_on_the_disk_is_not_begun(registry: Registry, tmp_path: Path) -> None:
    more = disk_usage(tempfile.gettempdir()).free + (1 << 30)
    layer = {
        "mediaType": "application/octet-stream",
        "digest": digest(TENSORS),
        "size": more,
        "annotations": {TITLE: NAME},
    }
    registry.push("v1", layer)
    assert gaps(taken(registry, tmp_path))[NAME].startswith("there is no room for it among temporary files")
    assert ranges(registry) == []
