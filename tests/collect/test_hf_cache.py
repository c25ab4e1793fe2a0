"""Models in the cache of the Hub's own library are read where nothing may be asked, and hashed to the last byte."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from configured import context, write
from driftseal.collect.base import Consent, Context
from driftseal.collect.hf import HubCollector
from driftseal.model.snapshot import Origin, Snapshot
from servers.hub import LFS_FROM, Hub, git_oid, serving

SIZE = 200_000
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
CONFIG = json.dumps({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}).encode()
FILES = {"README.md": b"---\nlicense: mit\n---\n", "config.json": CONFIG, "sub/model.safetensors": TENSORS}
MEND = "unset HF_HUB_OFFLINE to ask the Hub, or download it first: hf download org/"
CACHE = ".cache/huggingface/hub"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as served:
        yield served


def offline(home: Path, **environment: str) -> Context:
    return context(home, home=home, environment={"HF_HUB_OFFLINE": "1", **environment})


def taken(asks: Context, reference: str = "hf:org/name") -> Snapshot:
    collector = HubCollector(asks)
    (found,) = collector.collect(list(collector.targets(reference)))
    return found


def gaps(found: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in found.gaps}


def cached(home: Path, files: dict[str, bytes], commit: str, *, cache: str = CACHE, ref: str = "main") -> Path:
    """A model as the Hub's library leaves it."""
    root = home / cache / "models--org--name"
    write(root, f"refs/{ref}", commit)
    for path, data in files.items():
        blob = hashlib.sha256(data).hexdigest() if len(data) >= LFS_FROM else git_oid(data)
        write(root, f"blobs/{blob}", data)
        link = root / "snapshots" / commit / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(root / "blobs" / blob, link.parent))
    return root


def test_what_lies_in_the_cache_is_what_the_hub_told(hub: Hub, tmp_path: Path) -> None:
    commit = hub.put("org/name", FILES)
    online = taken(context(tmp_path, home=tmp_path, environment={"HF_ENDPOINT": hub.url}))
    asked = len(hub.asked)
    cached(tmp_path, FILES, commit)
    here = taken(offline(tmp_path, HF_ENDPOINT=hub.url))
    assert (here.gaps, here.origin, here.target) == ((), Origin.STATIC, online.target)
    assert len(hub.asked) == asked
    # To look here in place of there is no drift of any file.
    assert {one.key: one.digest for one in here.items if one.key != "model:"} == {
        one.key: one.digest for one in online.items if one.key != "model:"
    }
    model = next(one.content for one in here.items if one.key == "model:")
    assert isinstance(model, dict)
    assert (model["commit"], model["license"], "hub" in model) == (commit, "mit", False)


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"HF_HOME": "there"}, "there/hub"),
        ({"HF_HUB_CACHE": "~/there"}, "there"),
        ({"HUGGINGFACE_HUB_CACHE": "there"}, "there"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/huggingface/hub"),
    ],
)
def test_the_cache_lies_where_the_library_looks_for_it(tmp_path: Path, environment: dict[str, str], cache: str) -> None:
    cached(tmp_path, FILES, "c" * 40, cache=cache)
    assert taken(offline(tmp_path, **environment)).gaps == ()


def test_a_branch_with_slashes_and_a_commit_are_found(tmp_path: Path) -> None:
    cached(tmp_path, FILES, "c" * 40, ref="refs/pr/1")
    assert taken(offline(tmp_path), "hf:org/name@refs/pr/1").gaps == ()
    assert taken(offline(tmp_path), f"hf:org/name@{'c' * 40}").gaps == ()


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (
            "hf:org/other",
            f"does not lie in the cache of the Hub; {MEND}other",
        ),
        (
            "hf:org/name@v2",
            f"no such branch or tag lies in the cache of the Hub; name one of the commits that do: {'c' * 40}",
        ),
        (
            f"hf:org/name@{'d' * 40}",
            f"of the commit {'d' * 40} nothing lies in the cache of the Hub; {MEND}name",
        ),
    ],
)
def test_what_does_not_lie_there_is_a_gap_with_its_mend(tmp_path: Path, reference: str, why: str) -> None:
    cached(tmp_path, FILES, "c" * 40)
    found = taken(offline(tmp_path), reference)
    assert (found.items, gaps(found)) == ((), {reference: why})


@pytest.mark.parametrize("path", ["sub/model.safetensors", "config.json"])
def test_bytes_that_are_not_those_that_the_blob_is_named_after_are_told(tmp_path: Path, path: str) -> None:
    root = cached(tmp_path, FILES, "c" * 40)
    blob = (root / "snapshots" / ("c" * 40) / path).resolve()
    data = blob.read_bytes()
    blob.write_bytes(data.replace(b"llama", b"other") if path == "config.json" else data[:-1] + b"\x01")
    why = gaps(taken(offline(tmp_path)))[path]
    assert why.endswith(
        f"the one that the cache of the Hub tells ({blob.name}); remove it there, and download it again"
    )


@pytest.mark.parametrize("place", ["refs/main", "snapshots", "snapshots/" + "c" * 40, "blobs", ""])
def test_links_out_of_the_cache_are_not_followed(tmp_path: Path, place: str) -> None:
    root = cached(tmp_path, FILES, "c" * 40)
    (root / place).rename(tmp_path / "elsewhere")
    (root / place).symlink_to(tmp_path / "elsewhere")
    found = taken(offline(tmp_path))
    assert [one for one in found.items if one.key != "model:"] == []
    assert all(
        "a link in the cache of the Hub" in why or "a link that leads out" in why or "no file" in why
        for why in gaps(found).values()
    )
    assert found.gaps


def test_a_ref_that_names_no_commit_leads_nowhere(tmp_path: Path) -> None:
    root = cached(tmp_path, FILES, "c" * 40)
    (root / "refs/main").write_text("../../../elsewhere\n")
    assert gaps(taken(offline(tmp_path)))["hf:org/name"].startswith(
        "the cache names no commit for it: ../../../elsewhere"
    )


def test_parts_of_the_weights_that_were_not_downloaded_are_told(tmp_path: Path) -> None:
    index = json.dumps({"weight_map": {"w": "model.safetensors", "v": "more.safetensors"}}).encode()
    cached(tmp_path, {"model.safetensors": TENSORS, "model.safetensors.index.json": index}, "c" * 40)
    assert gaps(taken(offline(tmp_path))) == {"more.safetensors": "a part of the weights is not in the repository"}


def test_no_is_no(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    found = taken(context(tmp_path, home=tmp_path, environment={"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}))
    assert (found.gaps, found.origin) == ((), Origin.PUBLISHED)


def test_the_token_of_the_librarys_login_is_used(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", FILES)
    hub.token = "hf_OfTheLogin"  # noqa: S105  # made up
    write(tmp_path, ".cache/huggingface/token", "hf_OfTheLogin\n")
    assert taken(context(tmp_path, home=tmp_path, environment={"HF_ENDPOINT": hub.url})).gaps == ()
    other = {"HF_ENDPOINT": hub.url, "HF_TOKEN_PATH": "mine/token"}
    write(tmp_path, "mine/token", "hf_OfTheLogin\n")
    (tmp_path / ".cache/huggingface/token").write_text("hf_Old")
    assert taken(context(tmp_path, home=tmp_path, environment=other)).gaps == ()
    assert (
        "does not exist, or is private"
        in gaps(taken(context(tmp_path, home=tmp_path, environment={**other, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"})))[
            "hf:org/name"
        ]
    )


def test_a_token_that_is_not_accepted_is_told_by_where_it_lies(hub: Hub, tmp_path: Path) -> None:
    write(tmp_path, ".cache/huggingface/token", "hf_Old")
    hub.refusals = [(401, {})]
    why = gaps(taken(context(tmp_path, home=tmp_path, environment={"HF_ENDPOINT": hub.url})))["hf:org/name"]
    assert why == (
        "the token in ~/.cache/huggingface/token is not accepted (401); "
        "make a new one that may read, or run: hf auth login"
    )


@pytest.mark.parametrize("token", ["a b", "a\r\nHost: x", "ä", "x" * 5000])
def test_what_can_be_no_token_is_never_sent(hub: Hub, tmp_path: Path, token: str) -> None:
    write(tmp_path, ".cache/huggingface/token", token)
    found = taken(context(tmp_path, home=tmp_path, environment={"HF_ENDPOINT": hub.url}))
    assert gaps(found) == {
        "hf:org/name": "~/.cache/huggingface/token: holds no token of the Hub; log in again: hf auth login"
    }
    assert hub.asked == []


def test_offline_needs_no_consent_and_no_download(tmp_path: Path) -> None:
    cached(tmp_path, FILES, "c" * 40)
    asks = context(tmp_path, home=tmp_path, environment={"HF_HUB_OFFLINE": "1"}, consent=Consent(download=True))
    assert taken(asks).digest == taken(offline(tmp_path)).digest
