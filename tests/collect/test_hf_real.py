"""The Hub that our tests serve is one to its own library too, and what that downloads is what we read offline."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import tools as prepared
from configured import context
from driftseal.collect.hf import HubCollector
from driftseal.model.snapshot import Snapshot
from servers.hub import Hub, serving

SIZE = 200_000
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
FILES = {
    "README.md": b"---\nlicense: mit\n---\n",
    "config.json": b'{"model_type": "llama"}',
    "a/m.safetensors": TENSORS,
}
ASK = """
import json
from huggingface_hub import HfApi, snapshot_download
snapshot_download("org/name", revision="v1")
api = HfApi()
info = api.model_info("org/name", revision="v1", files_metadata=True, securityStatus=True)
refs = api.list_repo_refs("org/name")
(commit,) = api.list_repo_commits("org/name", revision=info.sha)
print(json.dumps({
    "sha": info.sha,
    "gated": info.gated,
    "files": {one.rfilename: [one.size, one.lfs and one.lfs.sha256] for one in info.siblings},
    "tags": {one.name: one.target_commit for one in refs.tags},
    "commit": [commit.commit_id, commit.title, commit.authors],
}))
"""


def library(tools: Path, hub: Hub, home: Path) -> dict[str, object]:
    """What the Hub's own library makes of the server."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [str(prepared.python(tools, "hub")), "-c", ASK]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


def taken(home: Path, **environment: str) -> Snapshot:
    asks = context(home, home=home, environment=environment)
    collector = HubCollector(asks)
    (found,) = collector.collect(list(collector.targets("hf:org/name@v1")))
    return found


def test_its_library_reads_from_our_server_what_we_read(tools: Path, tmp_path: Path) -> None:
    with serving() as hub:
        commit = hub.put("org/name", FILES, ref="tags/v1")
        told = library(tools, hub, tmp_path)
        online = taken(tmp_path, HF_ENDPOINT=hub.url)
    assert (told["sha"], told["gated"], told["tags"]) == (commit, False, {"v1": commit})
    assert told["commit"] == [commit, "Upload folder", ["ann"]]
    assert told["files"] == {
        name: [len(data), hashlib.sha256(data).hexdigest() if data is TENSORS else None] for name, data in FILES.items()
    }
    offline = taken(tmp_path, HF_HUB_OFFLINE="1")
    assert (online.gaps, offline.gaps) == ((), ())
    assert {one.key: one.digest for one in offline.items if one.key != "model:"} == {
        one.key: one.digest for one in online.items if one.key != "model:"
    }
