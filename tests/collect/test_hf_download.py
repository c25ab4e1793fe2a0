"""With ``--download`` what breaks off is gone on with, what changes is begun anew, and what has no room is told."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from shutil import disk_usage

import pytest

from configured import context
from driftseal.collect.base import Consent
from driftseal.collect.hf import HubCollector
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Json
from driftseal.model.snapshot import Snapshot
from servers.hub import Hub, serving

FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, remote_whole_seconds=300.0)
SIZE = 4_000_000
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
NAME = "model.safetensors"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as served:
        served.put("org/name", {NAME: TENSORS})
        yield served


def fetched(hub: Hub, folder: Path, limits: Limits = FAST) -> Snapshot:
    environment = {"HF_ENDPOINT": hub.url}
    asks = context(folder, home=folder, environment=environment, limits=limits, consent=Consent(download=True))
    collector = HubCollector(asks)
    (found,) = collector.collect(list(collector.targets("hf:org/name")))
    return found


def weights(found: Snapshot) -> Mapping[str, Json]:
    value = next(one.content for one in found.items if one.key == f"model-file:{NAME}")
    assert isinstance(value, dict)
    return value


def gaps(found: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in found.gaps}


def asked(hub: Hub) -> list[tuple[str, str]]:
    return [(one.headers.get("range", ""), one.headers.get("if-range", "")) for one in hub.of("/resolve/")]


def test_a_connection_that_breaks_off_costs_nothing_that_had_come(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = [1_000_000, 500_000]
    found = fetched(hub, tmp_path)
    assert found.gaps == ()
    assert weights(found)["sha256"] == hashlib.sha256(TENSORS).hexdigest()
    assert hub.sent == len(TENSORS)
    tag = f'"{hashlib.sha256(TENSORS).hexdigest()}"'
    assert asked(hub) == [("", ""), ("bytes=1000000-", tag), ("bytes=1500000-", tag)]


def test_however_often_it_breaks_off_it_goes_on_as_long_as_something_comes(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = [300_000] * 12
    found = fetched(hub, tmp_path)
    assert found.gaps == ()
    assert (len(asked(hub)), hub.sent) == (13, len(TENSORS))


def test_it_is_given_up_when_nothing_more_comes_and_nothing_is_taken_for_read(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = [1_000_000, *[0] * 9]
    found = fetched(hub, tmp_path)
    assert gaps(found)[NAME].endswith(
        "cannot be reached: the connection broke off; see whether this machine is online, "
        "or set HF_ENDPOINT to a mirror that it reaches; what was downloaded before is read with HF_HUB_OFFLINE=1"
    )
    assert len(asked(hub)) == FAST.download_tries
    # The Hub's claim is kept, as a claim.
    assert weights(found)["sha256_by"] == "hub"
    (place,) = next(one.evidence for one in found.items if one.key == f"model-file:{NAME}")
    assert place.technique == "manifest-analysis"


def test_a_file_that_changed_on_the_way_is_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    hub.versions = ["one", "one", "two"]
    hub.breaks = [1_000_000, 500_000]
    found = fetched(hub, tmp_path)
    assert found.gaps == ()
    assert asked(hub) == [("", ""), ("bytes=1000000-", '"one"'), ("bytes=1500000-", '"one"')]
    assert hub.sent == len(TENSORS) + 1_500_000
    assert weights(found)["sha256"] == hashlib.sha256(TENSORS).hexdigest()


def test_a_server_that_says_each_time_that_it_has_another_file_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.versions = [str(number) for number in range(99)]
    hub.breaks = [1_000_000] * 99
    assert "cannot be reached" in gaps(fetched(hub, tmp_path))[NAME]
    assert len(asked(hub)) == FAST.download_tries


def test_a_server_that_knows_no_parts_is_asked_for_the_whole_again(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    hub.breaks = [1_000_000]
    found = fetched(hub, tmp_path)
    assert found.gaps == ()
    assert weights(found)["sha256"] == hashlib.sha256(TENSORS).hexdigest()
    assert hub.sent == len(TENSORS) + 1_000_000


def test_another_part_than_was_asked_for_is_not_put_behind_the_first(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = [1_000_000]
    hub.content_range = f"bytes 5-9/{len(TENSORS)}"
    found = fetched(hub, tmp_path)
    assert found.gaps == ()
    assert [one for one, _ in asked(hub)] == ["", "bytes=1000000-", ""]
    assert weights(found)["sha256"] == hashlib.sha256(TENSORS).hexdigest()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_ends_too_early_is_a_gap_with_its_mend(hub: Hub, tmp_path: Path, *, ranges: bool) -> None:
    digest = hashlib.sha256(TENSORS).hexdigest()
    hub.claims = {NAME: {"lfs": {"sha256": digest, "size": len(TENSORS) + 10}}}
    hub.ranges = ranges
    why = gaps(fetched(hub, tmp_path))[NAME]
    sizes = f"after {len(TENSORS)} of the {len(TENSORS) + 10} bytes" if ranges else f"after {len(TENSORS)} of"
    assert sizes in why


def test_a_busy_moment_is_waited_for(hub: Hub, tmp_path: Path) -> None:
    hub.refusals = [(0, {}), (0, {}), (0, {}), (503, {}), (429, {"Retry-After": "0"}), (0, {})]
    assert fetched(hub, tmp_path).gaps == ()


def test_nobody_waits_for_an_hour_however_long_a_download_may_take(hub: Hub, tmp_path: Path) -> None:
    hub.refusals = [(0, {}), (0, {}), (0, {}), (429, {"Retry-After": "3600"})]
    patient = replace(FAST, remote_whole_seconds=6 * 3600.0)
    assert "is asked too often from here (429)" in gaps(fetched(hub, tmp_path, patient))[NAME]


def test_the_token_goes_on_no_try_to_where_the_hub_redirects(hub: Hub, tmp_path: Path) -> None:
    with serving() as storage:
        storage.repositories = hub.repositories
        storage.breaks = [1_000_000]
        hub.storage = storage.url.replace("127.0.0.1", "localhost")
        hub.token = "hf_Secret"  # noqa: S105  # made up
        environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}
        asks = context(tmp_path, home=tmp_path, environment=environment, limits=FAST, consent=Consent(download=True))
        (found,) = HubCollector(asks).collect(list(HubCollector(asks).targets("hf:org/name")))
        assert found.gaps == ()
        assert [(one.headers.get("range"), one.headers.get("authorization")) for one in storage.asked] == [
            (None, None),
            ("bytes=1000000-", None),
        ]
        assert storage.sent == len(TENSORS)


def test_a_disk_without_the_room_is_not_filled_first(hub: Hub, tmp_path: Path) -> None:
    more = disk_usage(tempfile.gettempdir()).free + (1 << 40)
    hub.claims = {NAME: {"lfs": {"sha256": "a" * 64, "size": more}}}
    found = fetched(hub, tmp_path, replace(FAST, remote_whole_bytes=more * 2))
    assert gaps(found) == {
        NAME: "there is no room for it among temporary files, and nothing of it was kept; "
        "set TMPDIR to a folder that has room, or scan without --download"
    }
    assert (asked(hub), weights(found)["sha256_by"]) == ([], "hub")


def test_what_is_fetched_of_a_model_is_bounded_on_every_try(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    hub.breaks = [3_000_000] * 9
    found = fetched(hub, tmp_path, replace(FAST, remote_whole_bytes=8_000_000))
    assert gaps(found)[NAME] == "more of the model would have to be fetched than is allowed (limits.remote_whole_bytes)"
    assert hub.sent <= 9_000_000


def test_nothing_of_what_was_fetched_stays(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "room"))
    (tmp_path / "room").mkdir()
    hub.breaks = [1_000_000]
    assert fetched(hub, tmp_path).gaps == ()
    assert list((tmp_path / "room").iterdir()) == []
