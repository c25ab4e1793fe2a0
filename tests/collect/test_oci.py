"""Models in OCI registries become snapshots: every digest computed, every lie of the registry told."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from configured import content, context, write
from driftseal.collect.base import Consent, Context
from driftseal.collect.oci import OciCollector, Reference
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS, KIB
from driftseal.model.item import ItemKind
from driftseal.model.snapshot import Origin, Snapshot
from servers import real_registry
from servers.oci_registry import INDEX, MANIFEST, Registry, descriptor, digest, running

FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, download_seconds=300.0)
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)
EVIL = b"cos\nsystem\n(S'id'\ntR."


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running() as started:
        yield started


def given(folder: Path, **more: Any) -> Context:
    return context(folder, limits=more.pop("limits", FAST), **more)


def snapshot(asked: Context, reference: str) -> Snapshot:
    collector = OciCollector(asked)
    assert collector.claims(reference)
    (taken,) = collector.collect(list(collector.targets(reference)))
    return taken


def gaps(taken: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in taken.gaps}


def refusal(folder: Path, reference: str) -> str:
    """Why nothing of a model could be had."""
    taken = snapshot(given(folder), f"oci:{reference}")
    assert taken.items == ()
    (gap,) = taken.gaps
    assert gap.what == f"oci:{reference}"
    return gap.why


def test_nothing_is_asked_before_it_is_collected(tmp_path: Path, registry: Registry) -> None:
    # Baselines in a stranger's folder name targets too.
    assert list(OciCollector(given(tmp_path)).targets(f"oci:{registry.host}/o:v1"))
    assert registry.asked == []


@pytest.mark.parametrize(
    ("text", "told", "identity"),
    [
        ("h.example/a", "h.example/a:latest", "oci/h.example/a:latest"),
        ("//h.example:5000/a/b__c:v1", "h.example:5000/a/b__c:v1", "oci/h.example:5000/a/b__c:v1"),
        (f"h.example/a@sha256:{'0' * 64}", f"h.example/a@sha256:{'0' * 64}", "oci/h.example/a"),
        (f"h.example/a:v@sha256:{'0' * 64}", f"h.example/a:v@sha256:{'0' * 64}", "oci/h.example/a:v"),
        ("docker.io/alpine", "docker.io/library/alpine:latest", "oci/docker.io/library/alpine:latest"),
    ],
)
def test_a_reference_is_read_as_container_tools_read_it(text: str, told: str, identity: str) -> None:
    named = Reference.parse(text)
    assert named is not None
    assert (str(named), named.identity) == (told, identity)


@pytest.mark.parametrize(
    "text",
    ["", "host", "host/", "host/../x", "host/A", "host/a:", "host/a@sha256:12", "u:p@host/a", "h/a?x", "host/a:../b"],
)
def test_what_names_no_artifact_is_refused_with_the_form(tmp_path: Path, text: str) -> None:
    with pytest.raises(TargetError, match="names no artifact") as caught:
        snapshot(given(tmp_path), f"oci:{text}")
    assert caught.value.hint == "write oci:HOST/REPOSITORY:TAG or oci:HOST/REPOSITORY@sha256:DIGEST"


def test_every_layer_is_a_file_under_its_title(tmp_path: Path, registry: Registry) -> None:
    data = registry.push(
        "v1",
        registry.file("model.safetensors", TENSORS),
        registry.file("config.json", b'{"model_type": "llama"}'),
        registry.file("sub/evil.pkl", EVIL),
        registry.blob(b"Be kind.", "application/vnd.example.system"),
        annotations={"org.opencontainers.image.licenses": "MIT"},
    )
    asked = given(tmp_path)
    taken = snapshot(asked, f"oci:{registry.host}/org/m:v1")
    assert (taken.origin, gaps(taken)) == (Origin.PUBLISHED, {})
    assert [one.key for one in taken.items] == [
        "model-file:config.json",
        "model-file:model.safetensors",
        "model-file:sub/evil.pkl",
        "model-file:system",
        "model:",
        "prompt-file:system",
    ]
    model = content(taken, ItemKind.MODEL)
    assert (model["manifest"], model["model_type"], model["referrers"]) == (digest(data), "llama", [])
    assert model["annotations"] == {"org.opencontainers.image.licenses": "MIT"}
    file = content(taken, ItemKind.MODEL_FILE, "model.safetensors")
    assert (file["sha256"], file["format"]) == (digest(TENSORS).removeprefix("sha256:"), "safetensors")
    assert content(taken, ItemKind.PROMPT_FILE, "system") == {"text": "Be kind."}
    facts = asked.readings[taken.target.identity]["model-file:sub/evil.pkl"].facts
    assert "os.system" in {fact.subject for fact in facts}


def test_a_large_layer_is_read_in_parts_and_never_fetched_whole(tmp_path: Path, registry: Registry) -> None:
    size = 200 * KIB
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(size)
    registry.push("v1", registry.file("model.safetensors", weights))
    limits = replace(FAST, remote_request_bytes=8 * KIB, remote_piece_bytes=4 * KIB)
    taken = snapshot(given(tmp_path, limits=limits), f"oci:{registry.host}/m:v1")
    assert gaps(taken) == {}
    file = content(taken, ItemKind.MODEL_FILE, "model.safetensors")
    assert (file["format"], file["sha256"]) == ("safetensors", digest(weights).removeprefix("sha256:"))
    ranged = [headers["range"] for path, headers in registry.asked if path.endswith(digest(weights))]
    assert ranged
    assert len(ranged) < 5
    registry.blobs[digest(weights)] = weights[:-1] + b"!"
    fetched = snapshot(given(tmp_path, limits=limits, consent=Consent(download=True)), f"oci:{registry.host}/m:v1")
    assert gaps(fetched)["model.safetensors"].startswith("its bytes are not those that the manifest names")


def test_a_registry_that_ignores_ranges_is_told(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("model.safetensors", TENSORS))
    registry.ranges = False
    taken = snapshot(given(tmp_path, limits=replace(FAST, remote_request_bytes=16)), f"oci:{registry.host}/m:v1")
    why = "the registry sends whole blobs alone, so it was not looked into; "
    why += "try --download, or pull it and scan the folder"
    assert gaps(taken) == {"model.safetensors": why}
    assert content(taken, ItemKind.MODEL_FILE, "model.safetensors")["size"] == len(TENSORS)


def test_an_index_is_walked_and_every_manifest_lies_in_a_folder(tmp_path: Path, registry: Registry) -> None:
    first = registry.push("a", registry.file("m.safetensors", TENSORS))
    second = registry.push("b", registry.file("m.pkl", EVIL))
    children = [
        descriptor(first, MANIFEST, platform={"os": "linux", "architecture": "amd64"}),
        descriptor(second, MANIFEST, platform={"os": "linux", "architecture": "arm64", "variant": "v8"}),
        descriptor(b"gone", MANIFEST),
    ]
    registry.put("v1", {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}, INDEX)
    taken = snapshot(given(tmp_path), f"oci:{registry.host}/m:v1")
    keys = {one.key for one in taken.items}
    assert {"model-file:linux/amd64/m.safetensors", "model-file:linux/arm64/v8/m.pkl"} <= keys
    assert gaps(taken)["manifest-3"].startswith(f"is not known at {registry.host} (404)")


def test_a_token_is_asked_for_where_the_registry_says_so(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("m.safetensors", TENSORS))
    registry.token = "let-me-in"  # noqa: S105  # opens nothing but a registry of this test
    login = base64.b64encode(b"me:secret").decode()
    write(tmp_path, "docker/config.json", json.dumps({"auths": {registry.host: {"auth": login}}}))
    taken = snapshot(
        given(tmp_path, environment={"DOCKER_CONFIG": str(tmp_path / "docker")}), f"oci:{registry.host}/o/m:v1"
    )
    assert gaps(taken) == {}
    path, headers = next(one for one in registry.asked if one[0].startswith("/token"))
    assert path == "/token?scope=repository%3Ao%2Fm%3Apull&service=here"
    assert headers["authorization"] == f"Basic {login}"
    assert not any(word in str(taken) for word in ("let-me-in", "secret", login))


def test_a_token_service_elsewhere_over_plain_http_is_not_asked(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("m.safetensors", TENSORS))
    registry.token, registry.realm = "x", "http://192.0.2.1/token"
    assert "is offered at http://192.0.2.1/token, and only https is asked" in refusal(tmp_path, f"{registry.host}/m:v1")


def test_a_token_that_does_not_help_is_a_refusal_with_its_mend(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("m.safetensors", TENSORS))
    registry.token, registry.deaf = "x", True
    why = refusal(tmp_path, f"{registry.host}/o:v1")
    assert "does not exist, is private, or wants a login; " in why
    assert why.endswith(f"docker login {registry.host}")


@pytest.mark.parametrize(
    ("status", "why"),
    [(403, "refuses access"), (404, "is not known at"), (429, "is asked too often"), (500, "answers 500")],
)
def test_failures_are_told_apart(tmp_path: Path, registry: Registry, status: int, why: str) -> None:
    registry.status["/v2/o/manifests/v1"] = status
    told, _, mend = refusal(tmp_path, f"{registry.host}/o:v1").partition("; ")
    assert why in told
    assert mend


def test_a_pinned_digest_is_compared_with_the_bytes(tmp_path: Path, registry: Registry) -> None:
    data = registry.push("v1", registry.file("m.safetensors", TENSORS))
    pinned = f"oci:{registry.host}/o@{digest(data)}"
    assert snapshot(given(tmp_path), pinned).target.reference == pinned
    registry.manifests[digest(data)] = (MANIFEST, data + b" ")
    assert "and not the one asked for; " in refusal(tmp_path, pinned.removeprefix("oci:"))


def test_a_digest_that_the_registry_tells_wrongly_is_no_clean_result(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("m.safetensors", TENSORS))
    registry.told_digest = f"sha256:{'0' * 64}"
    assert "and the registry says sha256:0000" in refusal(tmp_path, f"{registry.host}/o:v1")


def test_blobs_that_differ_or_break_off_are_gaps_and_the_rest_is_kept(tmp_path: Path, registry: Registry) -> None:
    wrong = registry.file("wrong.pkl", EVIL)
    registry.push("v1", registry.file("m.safetensors", TENSORS), wrong)
    registry.blobs[wrong["digest"]] = EVIL + b"!"
    taken = snapshot(given(tmp_path), f"oci:{registry.host}/o:v1")
    assert gaps(taken)["wrong.pkl"].startswith("its bytes are not those that the manifest names")
    assert content(taken, ItemKind.MODEL_FILE, "m.safetensors")["format"] == "safetensors"
    registry.cut = True
    assert "the connection broke off" in gaps(snapshot(given(tmp_path), f"oci:{registry.host}/o:v1"))["m.safetensors"]


def test_signatures_are_listed_from_referrers_and_where_cosign_puts_them(tmp_path: Path, registry: Registry) -> None:
    data = registry.push("v1", registry.file("m.safetensors", TENSORS))
    signature = descriptor(b"s", MANIFEST, artifactType="application/vnd.dev.sigstore.bundle.v0.3+json")
    registry.referrers[digest(data)] = json.dumps({"schemaVersion": 2, "manifests": [signature]}).encode()
    cosign = registry.push(digest(data).replace(":", "-") + ".sig", registry.blob(b"x", "application/x"))
    taken = snapshot(given(tmp_path), f"oci:{registry.host}/o:v1")
    assert content(taken, ItemKind.MODEL)["referrers"] == [
        {"digest": digest(b"s"), "type": "application/vnd.dev.sigstore.bundle.v0.3+json"},
        {"digest": digest(cosign), "type": "cosign"},
    ]


def test_values_of_environment_variables_stay_out(tmp_path: Path, registry: Registry) -> None:
    config = registry.blob(b'{"config": {"Env": ["KEY=hunter22"]}}', "application/vnd.oci.image.config.v1+json")
    registry.push("v1", registry.file("m.safetensors", TENSORS), config=config)
    taken = snapshot(given(tmp_path), f"oci:{registry.host}/o:v1")
    assert content(taken, ItemKind.MODEL)["config"] == {"config": {"Env": ["KEY"]}}
    assert "hunter22" not in str(taken)


def test_a_title_that_leads_out_of_the_folder_is_a_fact(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("../../.bashrc", b"echo"))
    asked = given(tmp_path)
    taken = snapshot(asked, f"oci:{registry.host}/o:v1")
    facts = asked.readings[taken.target.identity]["model-file:../../.bashrc"].facts
    assert [(fact.name, fact.subject) for fact in facts] == [("path-escapes", "../../.bashrc")]


def test_of_two_layers_with_one_title_neither_hides_the_other(tmp_path: Path, registry: Registry) -> None:
    registry.push("v1", registry.file("m.pkl", EVIL), registry.file("m.pkl", TENSORS))
    asked = given(tmp_path)
    taken = snapshot(asked, f"oci:{registry.host}/o:v1")
    assert [one.detail for one in taken.anomalies] == ["a second model-file named 'm.pkl' in one list"]
    readings = asked.readings[taken.target.identity]
    assert {key: one.format for key, one in readings.items()} == {
        "model-file:m.pkl": "pickle",
        "model-file:m.pkl#2": "safetensors",
    }
    assert "os.system" in {fact.subject for fact in readings["model-file:m.pkl"].facts}


def test_an_artifact_without_layers_and_weights_of_no_format_are_no_clean_result(
    tmp_path: Path, registry: Registry
) -> None:
    registry.push("v1")
    why = "its manifest names none, so there is nothing to look at; see whether the name is right"
    assert gaps(snapshot(given(tmp_path), f"oci:{registry.host}/o:v1")) == {"layers": why}
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n".encode()
    registry.push("v2", registry.file("m.ckpt", b"??"), registry.file("n.gguf", b""), registry.file("p.bin", pointer))
    assert gaps(snapshot(given(tmp_path), f"oci:{registry.host}/o:v2")) == {
        "m.ckpt": "its format is not known, so only its digest was taken",
        "n.gguf": "it is empty; push it again",
        "p.bin": "a Git LFS pointer was pushed in its place; push the file itself",
    }


def test_two_digests_of_one_repository_are_not_taken_for_one(tmp_path: Path, registry: Registry) -> None:
    one = digest(registry.push("a", registry.file("m.safetensors", TENSORS)))
    two = digest(registry.push("b", registry.file("m.pkl", EVIL)))
    collector = OciCollector(given(tmp_path))
    list(collector.targets(f"oci:{registry.host}/o@{one}"))
    with pytest.raises(TargetError, match="beside another digest"):
        list(collector.targets(f"oci:{registry.host}/o@{two}"))


# --- a real registry -------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    """The host of a registry that Debian ships."""
    with real_registry.running(tmp_path) as host:
        yield host


def test_a_real_registry_gives_the_same_snapshot(tmp_path: Path, registry: Registry, real: str) -> None:
    data = registry.push("v1", registry.file("model.safetensors", TENSORS), registry.file("evil.pkl", EVIL))
    real_registry.upload(real, registry)
    limits = replace(FAST, remote_request_bytes=32)
    ours = snapshot(given(tmp_path, limits=limits), f"oci:{registry.host}/org/m:v1")
    theirs = snapshot(given(tmp_path, limits=limits), f"oci:{real}/org/m:v1")
    assert (theirs.digest, gaps(theirs)) == (ours.digest, {})
    whole = snapshot(given(tmp_path, limits=limits, consent=Consent(download=True)), f"oci:{real}/org/m:v1")
    assert (whole.digest, gaps(whole)) == (ours.digest, {})
    pinned = snapshot(given(tmp_path), f"oci:{real}/org/m@{digest(data)}")
    assert content(pinned, ItemKind.MODEL)["manifest"] == digest(data)
    assert f"is not known at {real} (404); " in refusal(tmp_path, f"{real}/org/m:v2")
