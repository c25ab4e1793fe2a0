"""Models of the Hugging Face Hub are pinned, read in parts, and never taken for more than what is known of them."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from configured import context
from driftseal import snapshot
from driftseal.collect.base import Consent, Context
from driftseal.collect.hf import HubCollector
from driftseal.collect.models import remote
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Json
from driftseal.model.snapshot import Snapshot
from servers.hub import LFS_FROM, Hub, git_oid, serving

FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, download_seconds=300.0)
SIZE = 4_000_000
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
CONFIG = json.dumps({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}).encode()
CARD = b"---\nlicense: mit\nbase_model: org/base\n---\n# A model\n"
FILES = {"README.md": CARD, "config.json": CONFIG, "model.safetensors": TENSORS}
TOKEN = "hf_VerySecretTokenOfSomebody"  # noqa: S105  # made up


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as served:
        yield served


def given(hub: Hub, folder: Path, *, limits: Limits = FAST, token: str = "") -> Context:
    environment = {"HF_ENDPOINT": hub.url, "PATH": "/usr/bin"} | ({"HF_TOKEN": token} if token else {})
    return context(folder, home=folder, environment=environment, limits=limits)


def taken(asks: Context, reference: str = "hf:org/name") -> Snapshot:
    collector = HubCollector(asks)
    assert collector.claims(reference)
    (found,) = collector.collect(list(collector.targets(reference)))
    return found


def content(found: Snapshot, key: str) -> Mapping[str, Json]:
    value = next(one for one in found.items if one.key == key).content
    assert isinstance(value, dict)
    return value


def gaps(found: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in found.gaps}


def test_a_model_is_pinned_to_its_commit_and_every_file_has_its_digest_and_who_says_so(
    hub: Hub, tmp_path: Path
) -> None:
    commit = hub.put("org/name", FILES)
    found = taken(given(hub, tmp_path))
    assert found.gaps == ()
    assert [one.key for one in found.items] == [
        "model-file:README.md",
        "model-file:config.json",
        "model-file:model.safetensors",
        "model:",
    ]
    model = content(found, "model:")
    assert (model["commit"], model["id"]) == (commit, "org/name")
    assert (model["license"], model["base_model"], model["model_type"]) == ("mit", "org/base", "llama")
    assert model["hub"] == {
        "disabled": False,
        "gated": False,
        "private": False,
        "security_issues": {},
        "ref": "refs/heads/main",
        "tags": {},
        "last_commit": {"date": "2026-01-02T03:04:05.000Z", "title": "Upload folder", "authors": ["ann"]},
    }
    config, weights = content(found, "model-file:config.json"), content(found, "model-file:model.safetensors")
    assert (config["sha256"], config["sha256_by"]) == (hashlib.sha256(CONFIG).hexdigest(), "driftseal")
    assert (config["git_oid"], config["size"]) == (git_oid(CONFIG), len(CONFIG))
    assert (weights["sha256"], weights["sha256_by"]) == (hashlib.sha256(TENSORS).hexdigest(), "hub")
    assert (weights["size"], weights["format"]) == (len(TENSORS), "safetensors")


def test_files_are_asked_for_at_the_pinned_commit_alone(hub: Hub, tmp_path: Path) -> None:
    commit = hub.put("org/name", FILES)
    taken(given(hub, tmp_path))
    assert hub.asked[0].path == "/api/models/org/name/revision/main?blobs=true&securityStatus=true"
    assert {one.path.partition("/resolve/")[2].partition("/")[0] for one in hub.of("/resolve/")} == {commit}
    assert [one.path for one in hub.asked[1:3]] == [
        "/api/models/org/name/refs",
        f"/api/models/org/name/commits/{commit}?limit=1",
    ]


def test_weights_are_not_downloaded(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    taken(given(hub, tmp_path))
    assert hub.sent < 300_000


def test_a_tag_that_moved_is_drift_of_the_same_target(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES, ref="v1.0")
    before = taken(given(hub, tmp_path), "hf:org/name@v1.0")
    hub.put("org/name", {**FILES, "config.json": CONFIG.replace(b"llama", b"other")}, ref="v1.0")
    after = taken(given(hub, tmp_path), "hf:org/name@v1.0")
    assert before.target == after.target
    assert (before.target.identity, before.target.reference) == ("model/hf:org/name", "hf:org/name@v1.0")
    assert before.digest != after.digest
    differing = {one.key for one, two in zip(before.items, after.items, strict=True) if one.digest != two.digest}
    assert differing == {"model:", "model-file:config.json"}


def test_looking_twice_at_one_commit_gives_the_same_snapshot(hub: Hub, tmp_path: Path) -> None:
    commit = hub.put("org/name", FILES)
    one = taken(given(hub, tmp_path), f"hf:org/name@{commit}")
    hub.said = {"downloads": 99, "likes": 3, "securityRepoStatus": {"scansDone": False, "filesWithIssues": []}}
    two = taken(given(hub, tmp_path), f"hf:org/name@{commit}")
    assert snapshot.dump(one) == snapshot.dump(two)


def test_a_tag_that_moved_is_told_though_the_branch_that_is_read_stays(hub: Hub, tmp_path: Path) -> None:
    first = hub.put("org/name", FILES, ref="tags/v1.0")
    second = hub.put("org/name", {"config.json": CONFIG})
    before = content(taken(given(hub, tmp_path)), "model:")
    hub.refs["org/name", "tags/v1.0"] = second
    after = content(taken(given(hub, tmp_path)), "model:")
    assert isinstance(before["hub"], dict)
    assert isinstance(after["hub"], dict)
    assert (before["hub"]["tags"], after["hub"]["tags"]) == ({"v1.0": first}, {"v1.0": second})
    assert before["commit"] == after["commit"] == second


def test_a_tag_is_told_as_one(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES, ref="tags/v1.0")
    told = content(taken(given(hub, tmp_path), "hf:org/name@v1.0"), "model:")["hub"]
    assert isinstance(told, dict)
    assert told["ref"] == "refs/tags/v1.0"


def test_a_model_that_is_named_by_its_commit_does_not_drift_with_the_tags(hub: Hub, tmp_path: Path) -> None:
    commit = hub.put("org/name", FILES, ref="tags/v1.0")
    reference = f"hf:org/name@{commit}"
    before = taken(given(hub, tmp_path), reference)
    hub.put("org/name", {}, ref="tags/v1.0")
    assert taken(given(hub, tmp_path), reference).digest == before.digest


def test_more_tags_than_are_kept_are_told(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    for number in range(4):
        hub.put("org/name", FILES, ref=f"tags/v{number}")
    found = taken(given(hub, tmp_path, limits=replace(FAST, items=3)))
    assert gaps(found) == {"refs": "has more than 3 branches or tags (limits.items)"}


def test_a_mirror_that_knows_no_history_is_read_without(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.young = False
    found = taken(given(hub, tmp_path))
    assert found.gaps == ()
    told = content(found, "model:")["hub"]
    assert isinstance(told, dict)
    assert set(told) == {"disabled", "gated", "private", "security_issues"}


def test_tags_that_cannot_be_listed_are_a_gap_and_the_files_are_read(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.refusals = [(0, {}), (403, {}), (0, {})]
    found = taken(given(hub, tmp_path))
    assert gaps(found) == {
        "refs": "its branches and tags could not be listed: the Hub refuses access (403); set HF_TOKEN"
    }
    assert len(found.items) == len(FILES) + 1


class _Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os').system('id')",)


def torch_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as made:
        made.writestr(zipfile.ZipInfo("archive/data.pkl"), pickle.dumps(_Runs(), protocol=2))
        made.writestr(zipfile.ZipInfo("archive/data/0"), bytes(5 * SIZE))
        made.writestr(zipfile.ZipInfo("archive/version"), "3\n")
    return packed.getvalue()


def test_a_poisoned_pickle_is_found_without_downloading_the_weights(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", {"config.json": CONFIG, "pytorch_model.bin": torch_zip()})
    asks = given(hub, tmp_path)
    found = taken(asks)
    assert found.gaps == ()
    shown = asks.readings[found.target.identity]["model-file:pytorch_model.bin"]
    assert ("pickle-dangerous-call", "archive/data.pkl") in [(fact.name, fact.path) for fact in shown.facts]
    assert hub.sent < SIZE // 2


def test_a_server_that_sends_whole_files_alone_is_a_gap_and_is_not_listened_to(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.ranges = False
    found = taken(given(hub, tmp_path))
    assert gaps(found) == {
        "model.safetensors": "the server sends whole files alone, so it was not looked into; "
        "try --download, or download the model and scan its folder"
    }
    assert content(found, "model-file:model.safetensors")["sha256"] == hashlib.sha256(TENSORS).hexdigest()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("bytes 5-9/4000083", "sends another part than it was asked for"),
        ("items 0-1/2", "sends another part than it was asked for"),
        (f"bytes 0-131071/{len(TENSORS) + 1}", f"the server says {len(TENSORS) + 1}"),
    ],
)
def test_a_part_of_another_place_or_another_file_is_a_gap(hub: Hub, tmp_path: Path, told: str, why: str) -> None:
    hub.put("org/name", FILES)
    hub.content_range = told
    assert why in gaps(taken(given(hub, tmp_path)))["model.safetensors"]


@pytest.mark.parametrize(
    ("status", "code", "token", "why"),
    [
        (
            401,
            "RepoNotFound",
            "",
            "does not exist, or is private (401); see how it is written; a private one needs HF_",
        ),
        (404, "RepoNotFound", TOKEN, "does not exist, or is private (404); see how it is written; a private one needs"),
        (401, "", TOKEN, "the token in HF_TOKEN is not accepted (401); make a new one"),
        (403, "GatedRepo", TOKEN, "is gated: only those whom its owner lets in may read it (403); ask for access at "),
        (401, "GatedRepo", "", "is gated: only those whom its owner lets in may read it (401); ask for access at "),
        (403, "", TOKEN, "the Hub refuses access (403); see whether the token in HF_TOKEN may read this model"),
        (403, "DisabledRepo", "", "was disabled by the Hub (403)"),
        (404, "RevisionNotFound", "", "has no branch, tag or commit of that name (404); see those at "),
        (500, "", "", "cannot be reached: it answers 500"),
    ],
)
def test_each_refusal_says_what_it_means_and_what_to_do(
    hub: Hub, tmp_path: Path, status: int, code: str, token: str, why: str
) -> None:
    hub.refusals = [(status, {"X-Error-Code": code} if code else {})]
    found = taken(given(hub, tmp_path, token=token))
    assert found.items == ()
    assert list(gaps(found)) == ["hf:org/name"]
    assert why in gaps(found)["hf:org/name"]
    assert TOKEN not in repr(found)


def test_a_model_that_nobody_has_and_a_revision_that_it_has_not_are_told_apart(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    assert "does not exist, or is private" in gaps(taken(given(hub, tmp_path), "hf:org/typo"))["hf:org/typo"]
    assert "no branch, tag or commit" in gaps(taken(given(hub, tmp_path), "hf:org/name@v9"))["hf:org/name@v9"]


def test_it_waits_as_long_as_it_is_asked_to_and_then_goes_on(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.refusals = [(429, {"Retry-After": "0"}), (429, {"RateLimit": '"api";r=0;t=0'}), (0, {})]
    found = taken(given(hub, tmp_path))
    assert found.gaps == ()
    assert len(hub.of("/revision/")) == 3


def test_a_rate_limit_that_outlasts_our_patience_is_told_at_once(hub: Hub, tmp_path: Path) -> None:
    hub.refusals = [(429, {"RateLimit": '"api";r=0;t=3000'})]
    why = gaps(taken(given(hub, tmp_path)))["hf:org/name"]
    assert why.endswith(
        "is asked too often from here (429); try again in five minutes; with HF_TOKEN set it answers more often"
    )
    assert len(hub.asked) == 1


def test_once_the_hub_has_had_enough_it_is_asked_for_nothing_more(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.refusals = [(0, {}), (0, {}), (0, {}), (0, {}), (429, {"Retry-After": "3000"})]
    found = taken(given(hub, tmp_path))
    assert list(gaps(found)) == ["config.json"]
    assert gaps(found)["config.json"].endswith("answers more often; 2 of 3 files were not looked at")
    # What was read is kept, and what the Hub had told of the weights before.
    assert [one.key for one in found.items] == ["model-file:README.md", "model-file:model.safetensors", "model:"]
    assert len(hub.of("/resolve/")) == 2


def test_sizes_and_digests_that_the_hub_does_not_keep_to_are_gaps(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.claims = {"config.json": {"size": 5, "blobId": "0" * 40}}
    hub.claims["README.md"] = {"lfs": {"sha256": "f" * 64, "size": len(CARD), "pointerSize": 130}}
    found = taken(given(hub, tmp_path))
    assert [(gap.what, gap.why) for gap in found.gaps] == [
        ("README.md", f"its SHA-256 is not the one that the Hub tells ({'f' * 64})"),
        ("config.json", f"the Hub says 5 bytes, and there are {len(CONFIG)}"),
        ("config.json", f"its git object is not the one that the Hub tells ({'0' * 40})"),
    ]
    assert content(found, "model-file:README.md")["sha256"] == hashlib.sha256(CARD).hexdigest()


def test_the_token_goes_to_the_hub_and_never_to_where_it_redirects(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.token = TOKEN
    with serving() as storage:
        storage.repositories = hub.repositories
        hub.storage = storage.url.replace("127.0.0.1", "localhost")
        found = taken(given(hub, tmp_path, token=TOKEN))
    assert found.gaps == ()
    assert {one.headers.get("authorization") for one in hub.asked} == {f"Bearer {TOKEN}"}
    assert [one.headers.get("authorization") for one in storage.asked] == [None] * len(storage.asked)
    assert storage.asked
    assert TOKEN.encode() not in snapshot.dump(found)


@pytest.mark.parametrize(
    "path", ["../../secret", "a/../../b", "/etc/passwd", "a//b", "a\\..\\b", "a\nb", "", ".", "\ud800"]
)
def test_a_path_that_no_repository_can_hold_is_never_asked_for(hub: Hub, tmp_path: Path, path: str) -> None:
    hub.put("org/name", {**FILES, path: b"x"})
    found = taken(given(hub, tmp_path))
    assert [gap.why for gap in found.gaps] == ["is no path that a repository can hold; it was not asked for"]
    assert len([one for one in found.items if one.key != "model:"]) == len(FILES)
    assert len(hub.of("/resolve/")) == len(FILES)


@pytest.mark.parametrize(
    "reference", ["hf:", "hf:a/b/c", "hf:../x", "hf:org/name@", "hf:org/na me", "hf:org/..@x", "hf:datasets/org/x"]
)
def test_a_reference_that_names_no_model_is_refused_before_anything_is_asked(
    hub: Hub, tmp_path: Path, reference: str
) -> None:
    with pytest.raises(TargetError, match=r"names no model|is no model"):
        list(HubCollector(given(hub, tmp_path)).targets(reference))
    assert hub.asked == []


def test_an_endpoint_that_speaks_no_hub_is_told(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.said = {"sha": "main"}
    assert "tells no commit and no files; see whether HF_ENDPOINT" in gaps(taken(given(hub, tmp_path)))["hf:org/name"]


def test_another_commit_than_the_one_that_was_named_is_refused(hub: Hub, tmp_path: Path) -> None:
    commit = hub.put("org/name", FILES)
    hub.said = {"sha": "a" * 40}
    reference = f"hf:org/name@{commit}"
    assert f"of another commit: {'a' * 40}" in gaps(taken(given(hub, tmp_path), reference))[reference]


def test_what_the_hubs_own_scanners_say_is_kept_beside_the_model(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    flagged = {"path": "model.safetensors", "level": "unsafe"}
    hub.said = {"securityRepoStatus": {"scansDone": True, "filesWithIssues": [flagged]}, "gated": "manual"}
    asks = given(hub, tmp_path)
    found = taken(asks)
    model = content(found, "model:")
    shown = asks.readings[found.target.identity]["model-file:model.safetensors"]
    assert [(fact.name, fact.subject) for fact in shown.facts] == [("hub-flagged", "unsafe")]
    assert isinstance(model["hub"], dict)
    assert (model["hub"]["security_issues"], model["hub"]["gated"]) == ({"model.safetensors": "unsafe"}, "manual")


def test_a_missing_part_of_the_weights_is_a_gap(hub: Hub, tmp_path: Path) -> None:
    index = json.dumps({"weight_map": {"w": "model.safetensors", "v": "more.safetensors"}}).encode()
    hub.put("org/name", {**FILES, "model.safetensors.index.json": index})
    assert gaps(taken(given(hub, tmp_path))) == {"more.safetensors": "a part of the weights is not in the repository"}


def test_what_is_fetched_of_one_file_and_of_one_model_is_bounded(hub: Hub, tmp_path: Path) -> None:
    raw = pickle.dumps([b"x" * 1000 + str(number).encode() for number in range(1000)], protocol=2)
    assert len(raw) > LFS_FROM * 2
    hub.put("org/name", {"model.pkl": raw})
    tight = replace(FAST, model_text_bytes=1024, remote_file_bytes=200_000)
    assert "(limits.remote_file_bytes)" in gaps(taken(given(hub, tmp_path, limits=tight)))["model.pkl"]
    tight = replace(FAST, model_text_bytes=1024, remote_bytes=200_000)
    assert "(limits.remote_bytes)" in gaps(taken(given(hub, tmp_path, limits=tight)))["model.pkl"]
    assert hub.sent <= 400_000


@pytest.mark.parametrize("size", [-1, None, "9", True, 10**30, 1 << 53, 0.5])
def test_a_size_that_no_file_has_is_a_gap(hub: Hub, tmp_path: Path, size: Json) -> None:
    hub.put("org/name", FILES)
    hub.claims = {"model.safetensors": {"lfs": {"sha256": "a" * 64, "size": size}}}
    found = taken(given(hub, tmp_path))
    assert gaps(found) == {"model.safetensors": "the Hub tells no size of it"}
    assert len(hub.of("model.safetensors")) == 0


@pytest.mark.parametrize("name", ["../../settings", "org/../x", "https://elsewhere.example/x", "a b", "\ud800"])
def test_a_name_that_leads_elsewhere_is_never_asked_for(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.put("org/name", FILES)
    hub.said = {"id": name}
    assert "tells no name of a model" in gaps(taken(given(hub, tmp_path)))["hf:org/name"]
    assert len(hub.asked) == 1


@pytest.mark.parametrize("siblings", [None, 7, [], [7, None, {}], {"rfilename": "x"}])
def test_a_model_without_files_is_never_a_clean_one(hub: Hub, tmp_path: Path, siblings: Json) -> None:
    hub.put("org/name", FILES)
    hub.said = {"siblings": siblings}
    found = taken(given(hub, tmp_path))
    assert found.items == ()
    assert "no file of it could be read" in gaps(found).values()


def test_the_time_for_one_model_is_bounded_and_what_was_not_reached_is_told(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    found = taken(given(hub, tmp_path, limits=replace(FAST, remote_seconds=-1.0)))
    assert gaps(found)["README.md"] == "3 files were not reached in time (limits.remote_seconds)"


def test_more_files_than_are_asked_for_are_told(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    found = taken(given(hub, tmp_path, limits=replace(FAST, remote_files=2)))
    assert gaps(found) == {"hf:org/name@main": "has more than 2 files (limits.remote_files)"}


def test_a_claim_too_large_to_keep_is_left_out(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", {"config.json": CONFIG})
    hub.said = {"cardData": {"license": "x" * 300_000, "base_model": ["org/a", "org/b"]}}
    model = content(taken(given(hub, tmp_path)), "model:")
    assert "license" not in model
    assert model["base_model"] == ["org/a", "org/b"]


def downloading(asks: Context) -> Context:
    return replace(asks, consent=Consent(download=True))


def test_with_download_every_byte_is_hashed_here(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    found = taken(downloading(given(hub, tmp_path)))
    weights = content(found, "model-file:model.safetensors")
    assert found.gaps == ()
    assert weights["sha256"] == hashlib.sha256(TENSORS).hexdigest()
    assert hub.sent == sum(map(len, FILES.values()))
    assert len(hub.of("model.safetensors")) == 1


def test_with_download_a_digest_that_the_weights_do_not_have_is_a_gap(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.claims = {"model.safetensors": {"lfs": {"sha256": "e" * 64, "size": len(TENSORS)}}}
    assert taken(given(hub, tmp_path)).gaps == ()
    found = taken(downloading(given(hub, tmp_path)))
    assert gaps(found) == {"model.safetensors": f"its SHA-256 is not the one that the Hub tells ({'e' * 64})"}
    weights = content(found, "model-file:model.safetensors")
    assert (weights["sha256"], weights["sha256_by"]) == (hashlib.sha256(TENSORS).hexdigest(), "driftseal")


def test_looking_closer_at_the_same_bytes_is_no_drift(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    assert taken(given(hub, tmp_path)).digest == taken(downloading(given(hub, tmp_path))).digest


def test_with_download_a_server_that_sends_whole_files_alone_is_listened_to(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", {"pytorch_model.bin": torch_zip()})
    hub.ranges = False
    asks = downloading(given(hub, tmp_path))
    found = taken(asks)
    assert found.gaps == ()
    assert content(found, "model-file:pytorch_model.bin")["sha256"] == hashlib.sha256(torch_zip()).hexdigest()
    shown = asks.readings[found.target.identity]["model-file:pytorch_model.bin"]
    assert "pickle-dangerous-call" in {fact.name for fact in shown.facts}


def test_with_download_no_more_is_written_than_the_hub_tells(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.ranges = False
    hub.claims = {"model.safetensors": {"lfs": {"sha256": "a" * 64, "size": 300_000}}}
    found = taken(downloading(given(hub, tmp_path)))
    assert gaps(found)["model.safetensors"].startswith("more than the 300000 bytes were sent that it is told to have")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_a_gap_with_a_mend(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.put("org/name", FILES)
    # A disk cannot be filled here; this device answers as a full one does.
    with Path("/dev/full").open("r+b", buffering=0) as full:
        monkeypatch.setattr(remote, "TemporaryFile", lambda **_: full)
        found = taken(downloading(given(hub, tmp_path)))
    assert gaps(found)["model.safetensors"].startswith("there is no room for it among temporary files")
    assert content(found, "model-file:model.safetensors")["sha256_by"] == "hub"


def test_fewer_bytes_than_were_asked_for_are_a_gap(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.lost = 3
    why = gaps(taken(given(hub, tmp_path)))["model.safetensors"]
    assert why.startswith("131069 bytes were sent where 131072 were asked for")
