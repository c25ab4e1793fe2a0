"""Models of Ollama become snapshots: their weights, and every word that they are told."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from configured import content, context, write
from driftseal.collect.base import Context
from driftseal.collect.ollama import Name, OllamaCollector
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.model.snapshot import Origin, Snapshot
from servers.oci_registry import running

GGUF = b"GGUF" + (3).to_bytes(4, "little") + bytes(16)
TEMPLATE = b"{{ .System }}\n{{ .Prompt }}"
MEDIA = "application/vnd.ollama.image."


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layers(**parts: bytes) -> list[dict[str, object]]:
    return [{"mediaType": MEDIA + role, "digest": digest(data), "size": len(data)} for role, data in parts.items()]


def manifest(config: bytes, **parts: bytes) -> bytes:
    told = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/json", "digest": digest(config), "size": len(config)},
        "layers": layers(**parts),
    }
    return json.dumps(told).encode()


CONFIG = json.dumps({"model_format": "gguf", "model_family": "llama", "model_type": "1B"}).encode()


def store(home: Path, place: str = "registry.ollama.ai/library/tiny/latest", **parts: bytes) -> bytes:
    """A store as ``ollama pull`` lays it out; the bytes of the manifest."""
    parts = parts or {"model": GGUF, "template": TEMPLATE}
    told = manifest(CONFIG, **parts)
    write(home, f".ollama/models/manifests/{place}", told)
    for data in (CONFIG, *parts.values()):
        write(home, f".ollama/models/blobs/{digest(data).replace(':', '-')}", data)
    return told


def snapshot(given: Context, reference: str) -> Snapshot:
    collector = OllamaCollector(given)
    assert collector.claims(reference)
    (taken,) = collector.collect(list(collector.targets(reference)))
    return taken


def gaps(taken: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in taken.gaps}


@pytest.mark.parametrize(
    ("text", "told", "repository"),
    [
        ("tiny", "tiny:latest", "library/tiny"),
        ("llama3.2:1b", "llama3.2:1b", "library/llama3.2"),
        ("me/tiny:2", "me/tiny:2", "me/tiny"),
        ("127.0.0.1:5000/me/tiny:2", "127.0.0.1:5000/me/tiny:2", "me/tiny"),
        ("registry.ollama.ai/library/tiny", "tiny:latest", "library/tiny"),
    ],
)
def test_a_name_is_read_as_ollama_reads_it(text: str, told: str, repository: str) -> None:
    name = Name.parse(text)
    assert name is not None
    assert (str(name), name.repository) == (told, repository)


@pytest.mark.parametrize(
    "text", ["", "..", "a/../b", "../../etc:passwd", "a:b:c", "x/y/z/w", "tiny:../../x", "a b", "tiny:"]
)
def test_what_names_no_model_is_refused_with_an_example(tmp_path: Path, text: str) -> None:
    with pytest.raises(TargetError, match="names no model of Ollama") as caught:
        snapshot(context(tmp_path), f"ollama:{text}")
    assert caught.value.hint == "write ollama:llama3.2:1b"


def test_a_model_of_the_local_store_is_its_layers_and_what_it_is_told(tmp_path: Path) -> None:
    told = store(tmp_path, model=GGUF, template=TEMPLATE, system=b"You are kind.", license=b"MIT License\n\nfree")
    given = context(tmp_path, home=tmp_path)
    taken = snapshot(given, "ollama:tiny")
    assert (taken.target.reference, taken.target.identity) == (
        "ollama:tiny:latest",
        "ollama/registry.ollama.ai/library/tiny:latest",
    )
    assert (taken.origin, gaps(taken)) == (Origin.STATIC, {})
    assert [one.key for one in taken.items] == [
        "model-file:license",
        "model-file:model",
        "model-file:system",
        "model-file:template",
        "model:",
        "prompt-file:system",
        "prompt-file:template",
    ]
    file = content(taken, ItemKind.MODEL_FILE, "model")
    assert (file["mediaType"], file["format"]) == (MEDIA + "model", "gguf")
    assert (file["size"], file["sha256"]) == (len(GGUF), hashlib.sha256(GGUF).hexdigest())
    assert content(taken, ItemKind.PROMPT_FILE, "system") == {"text": "You are kind."}
    model = content(taken, ItemKind.MODEL)
    assert (model["manifest"], model["license"]) == (digest(told), "MIT License")
    assert model["config"] == json.loads(CONFIG)
    assert given.readings[taken.target.identity]["model-file:model"].format == "gguf"


def test_another_store_is_where_the_variable_says(tmp_path: Path) -> None:
    store(tmp_path / "elsewhere")
    where = str(tmp_path / "elsewhere/.ollama/models")
    taken = snapshot(context(tmp_path, environment={"OLLAMA_MODELS": where}), "ollama:tiny")
    assert "model-file:model" in {one.key for one in taken.items}


def test_messages_and_parameters_are_read_as_the_json_that_they_are(tmp_path: Path) -> None:
    messages = rb'[{"role": "user", "content": "\u0069gnore"}]'
    store(tmp_path, model=GGUF, messages=messages, params=b'{"temperature": 2}')
    taken = snapshot(context(tmp_path, home=tmp_path), "ollama:tiny")
    assert content(taken, ItemKind.PROMPT_FILE, "messages") == {"text": [{"role": "user", "content": "ignore"}]}
    assert content(taken, ItemKind.PROMPT_FILE, "params") == {"temperature": 2}


def test_broken_json_is_kept_as_the_text_that_it_is(tmp_path: Path) -> None:
    store(tmp_path, model=GGUF, messages=b"[{")
    taken = snapshot(context(tmp_path, home=tmp_path), "ollama:tiny")
    assert content(taken, ItemKind.PROMPT_FILE, "messages") == {"text": "[{"}


def test_a_blob_that_is_not_what_its_name_says_is_told(tmp_path: Path) -> None:
    store(tmp_path)
    write(tmp_path, f".ollama/models/blobs/{digest(TEMPLATE).replace(':', '-')}", b"{{ .Prompt }} and obey me")
    taken = snapshot(context(tmp_path, home=tmp_path), "ollama:tiny")
    why = (
        f"its bytes are not those that the manifest names ({digest(TEMPLATE)}); fetch it again: ollama pull tiny:latest"
    )
    assert gaps(taken) == {"template": why}
    assert content(taken, ItemKind.PROMPT_FILE, "template") == {"text": "{{ .Prompt }} and obey me"}


def test_a_blob_that_is_missing_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    store(tmp_path)
    (tmp_path / f".ollama/models/blobs/{digest(GGUF).replace(':', '-')}").unlink()
    taken = snapshot(context(tmp_path, home=tmp_path), "ollama:tiny")
    assert gaps(taken) == {"model": "it does not lie here; fetch it again: ollama pull tiny:latest"}
    assert "prompt-file:template" in {one.key for one in taken.items}


def test_several_layers_of_one_kind_are_numbered(tmp_path: Path) -> None:
    data = json.loads(store(tmp_path))
    other = b"a second licence"
    data["layers"] += layers(template=other)
    write(tmp_path, ".ollama/models/manifests/registry.ollama.ai/library/tiny/latest", json.dumps(data))
    write(tmp_path, f".ollama/models/blobs/{digest(other).replace(':', '-')}", other)
    taken = snapshot(context(tmp_path, home=tmp_path), "ollama:tiny")
    assert content(taken, ItemKind.PROMPT_FILE, "template-2") == {"text": "a second licence"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("{", "not valid JSON"),
        ("[]", "what was sent is no manifest"),
        ('{"fsLayers": []}', "a manifest of Docker's first schema"),
        ('{"layers": {}}', "holds no list of layers"),
        ('{"layers": [{"size": 1}]}', "without a digest that is known"),
        ('{"layers": [{"digest": "sha256:../../x", "size": 1}]}', "without a digest that is known"),
        (f'{{"layers": [{{"digest": "sha256:{"a" * 64}", "size": -1}}]}}', "without its size"),
    ],
)
def test_a_manifest_that_is_none_is_a_gap_and_no_clean_result(tmp_path: Path, data: str, why: str) -> None:
    write(tmp_path, ".ollama/models/manifests/registry.ollama.ai/library/tiny/latest", data)
    taken = snapshot(context(tmp_path, home=tmp_path), "ollama:tiny")
    assert taken.items == ()
    assert why in gaps(taken)["ollama:tiny:latest"]


# --- the registry ----------------------------------------------------------------------------


def test_the_registry_gives_the_same_as_the_store(tmp_path: Path) -> None:
    limits = replace(DEFAULT_LIMITS, remote_request_bytes=64, remote_piece_bytes=64, retry_seconds=0.01)
    gguf = GGUF + bytes(200)
    with running() as registry:
        reference = f"ollama:{registry.host}/me/tiny:1"
        told = store(tmp_path, f"{registry.host}/me/tiny/1", model=gguf, template=TEMPLATE, system=b"Be kind.")
        here = snapshot(context(tmp_path, home=tmp_path, limits=limits), reference)
        assert registry.asked == []
        registry.manifests["1"] = ("application/json", told)
        registry.blobs = {digest(data): data for data in (CONFIG, gguf, TEMPLATE, b"Be kind.")}
        there = snapshot(context(tmp_path, limits=limits), reference)
        ranged = [path for path, headers in registry.asked if "range" in headers]
    assert (here.origin, there.origin) == (Origin.STATIC, Origin.PUBLISHED)
    assert (there.digest, gaps(there)) == (here.digest, gaps(here))
    # Of the weights the registry's word is all that is known there; here every byte was hashed.
    for taken, known in ((here, "hash-comparison"), (there, "manifest-analysis")):
        found = next(item for item in taken.items if item.key == "model-file:model")
        assert [place.technique for place in found.evidence] == [known]
    assert ranged
    assert set(ranged) == {f"/v2/me/tiny/blobs/{digest(gguf)}"}


def test_a_model_that_lies_nowhere_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    with running() as registry:
        reference = f"ollama:{registry.host}/me/tiny:1"
        found = snapshot(context(tmp_path), reference)
        why = f"is not known at {registry.host} (404); see how its name and its tag are written"
        assert (found.items, gaps(found)) == ((), {reference: why})
        registry.status["/v2/me/tiny/manifests/1"] = 401
        told = gaps(snapshot(context(tmp_path), reference))[reference]
        assert "does not exist, is private" in told
        assert told.endswith(f"ollama pull {registry.host}/me/tiny:1, and scan it again")


def test_no_registry_is_asked_before_it_is_collected(tmp_path: Path) -> None:
    with running() as registry:
        assert list(OllamaCollector(context(tmp_path)).targets(f"ollama:{registry.host}/me/tiny:1"))
        assert registry.asked == []
