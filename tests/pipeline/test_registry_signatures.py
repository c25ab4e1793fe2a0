"""Signatures that a registry has for a model: found, fetched, and held against the manifest that was hashed here."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from configured import context
from driftseal.config import Config
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.report import Report
from driftseal.model.rule import Severity
from driftseal.model.signature import SignatureCheck, SignatureStatus
from driftseal.pipeline import trust
from driftseal.pipeline.scan import Run, scan
from driftseal.pipeline.trust import TrustOptions
from modelsigning import TENSORS, covering, keys, signed, trusted
from servers import real_registry
from servers.oci_registry import INDEX, MANIFEST, Registry, descriptor, digest, running

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
PROVENANCE = "https://slsa.dev/provenance/v1"
FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, download_seconds=300.0)


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Path:
    keys(tmp_path, "alice", "mallory")
    trusted(tmp_path, "alice")
    return tmp_path


def look(folder: Path, reference: str, limits: Limits = FAST) -> Report:
    run = Run("scan", context(folder, limits=limits), replace(Config(), limits=limits))
    run = replace(run, policy=lambda: trust.for_signatures(run, TrustOptions()))
    return scan([reference], run)


def checks(report: Report) -> tuple[SignatureCheck, ...]:
    (snapshot,) = report.snapshots
    return snapshot.signatures


def about(manifest: bytes, kind: str = PROVENANCE) -> dict[str, Any]:
    """A statement about a manifest."""
    subject = {"name": "org/m", "digest": {"sha256": digest(manifest).removeprefix("sha256:")}}
    return {"_type": "https://in-toto.io/Statement/v1", "subject": [subject], "predicateType": kind, "predicate": {}}


def refer(registry: Registry, manifest: bytes, bundle: bytes, kind: str = BUNDLE) -> bytes:
    """A referrer as cosign and oras write it, listed by the API and under the tag for registries without it."""
    subject = descriptor(manifest, MANIFEST)
    made = registry.push("attached", registry.blob(bundle, kind), artifactType=kind, subject=subject)
    listed = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(made, MANIFEST, artifactType=kind)]}
    registry.referrers[digest(manifest)] = json.dumps(listed).encode()
    registry.put(digest(manifest).replace(":", "-"), listed, INDEX)
    return made


def cosigned(registry: Registry, manifest: bytes, private: Path, named: str = "") -> None:
    """A signature as cosign attached it by a tag."""
    image = {"docker-manifest-digest": named or digest(manifest)}
    kind = "cosign container image signature"
    payload = json.dumps({"critical": {"identity": {}, "image": image, "type": kind}, "optional": None}).encode()
    key = load_pem_private_key(private.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = base64.b64encode(key.sign(payload, ec.ECDSA(SHA256()))).decode()
    layer = registry.blob(payload, SIMPLE, annotations={"dev.cosignproject.cosign/signature": signature})
    registry.push(digest(manifest).replace(":", "-") + ".sig", layer)


def pushed(registry: Registry) -> bytes:
    return registry.push("v1", registry.file("model.safetensors", TENSORS), registry.file("config.json", b"{}"))


def test_a_bundle_that_refers_to_the_manifest_is_verified(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    made = refer(registry, manifest, signed(about(manifest), world / "alice.pem"))
    report = look(world, f"oci:{registry.host}/org/m:v1")
    (check,) = checks(report)
    assert (check.name, check.status) == (f"referrer {digest(made)}", SignatureStatus.VERIFIED)
    assert check.reason == f"signed by alice; {PROVENANCE} about {digest(manifest)}"
    assert (report.findings, report.gaps) == ((), ())


def test_a_bundle_by_nobody_who_is_known_says_nothing(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    refer(registry, manifest, signed(about(manifest), world / "mallory.pem"))
    report = look(world, f"oci:{registry.host}/org/m:v1")
    assert [check.status for check in checks(report)] == [SignatureStatus.UNKNOWN]
    assert [(one.rule.id, one.match.location.item) for one in report.findings] == [
        ("signature-unknown-signer", "model:")
    ]


def test_a_bundle_about_another_manifest_is_a_trick(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    refer(registry, manifest, signed(about(b"another"), world / "alice.pem"))
    report = look(world, f"oci:{registry.host}/org/m:v1")
    (check,) = checks(report)
    assert (check.status, check.signers) == (SignatureStatus.MISMATCH, ("alice",))
    assert (
        check.reason
        == f"signed by alice; what it says ({PROVENANCE}) is about another manifest than {digest(manifest)}"
    )
    (finding,) = report.findings
    assert (finding.rule.id, finding.severity) == ("signature-file-changed", Severity.HIGH)


def test_a_signature_of_cosign_by_tag_is_verified(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    cosigned(registry, manifest, world / "alice.pem")
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1"))
    assert (check.status, check.signers) == (SignatureStatus.VERIFIED, ("alice",))
    cosigned(registry, manifest, world / "alice.pem", named=digest(b"another"))
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1"))
    assert check.status is SignatureStatus.MISMATCH


def test_an_attestation_of_cosign_by_tag_is_verified(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    envelope = json.loads(signed(about(manifest), world / "alice.pem"))["dsseEnvelope"]
    registry.push(digest(manifest).replace(":", "-") + ".att", registry.blob(json.dumps(envelope).encode(), DSSE))
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1"))
    assert (check.status, check.signers) == (SignatureStatus.VERIFIED, ("alice",))


def test_a_signature_of_the_files_is_verified_among_the_layers_and_as_a_referrer(
    world: Path, registry: Registry
) -> None:
    bundle = signed(covering({"model.safetensors": TENSORS, "config.json": b"{}"}), world / "alice.pem")
    manifest = registry.push(
        "v1",
        registry.file("model.safetensors", TENSORS),
        registry.file("config.json", b"{}"),
        registry.file("model.sig", bundle),
    )
    refer(registry, manifest, bundle)
    found = {check.name.partition(" ")[0]: check for check in checks(look(world, f"oci:{registry.host}/org/m:v1"))}
    assert {name: check.status for name, check in found.items()} == {
        "model.sig": SignatureStatus.VERIFIED,
        "referrer": SignatureStatus.VERIFIED,
    }


def test_digests_that_nobody_computed_are_told_as_such(world: Path, registry: Registry) -> None:
    header = json.dumps({"w": {"dtype": "U8", "shape": [9000], "data_offsets": [0, 9000]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(9000)
    bundle = signed(covering({"model.safetensors": weights}), world / "alice.pem")
    registry.push("v1", registry.file("model.safetensors", weights), registry.file("model.sig", bundle))
    limits = replace(FAST, remote_request_bytes=8000)
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1", limits))
    assert (check.status, check.claimed, check.covered) == (SignatureStatus.VERIFIED, 1, 1)
    told = "as far as the digests of 1 of them are true that were not computed here (see --download)"
    assert check.reason == f"signed by alice; every file is the one that was signed, {told}"
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1", replace(FAST, model_text_bytes=100)))
    assert (check.status, check.reason) == (
        SignatureStatus.MALFORMED,
        "larger than 100 bytes (limits.model_text_bytes)",
    )


@pytest.mark.parametrize(
    ("bundle", "kind", "why"),
    [
        (b"{}", BUNDLE, "it has no 'mediaType'"),
        (b"[" * 10_000, BUNDLE, "nested deeper than 64 levels"),
        (b"{}", DSSE, "it has no 'signatures'"),
        (b"{}", SIMPLE, "it has no 'critical'"),
    ],
)
def test_a_hostile_referrer_gives_one_clear_answer(
    world: Path, registry: Registry, bundle: bytes, kind: str, why: str
) -> None:
    refer(registry, pushed(registry), bundle, kind)
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1"))
    assert (check.status, why in check.reason) == (SignatureStatus.MALFORMED, True)


def test_a_referrer_that_is_too_large_or_not_there_is_told(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    made = refer(registry, manifest, b" " * 20_000)
    (check,) = checks(look(world, f"oci:{registry.host}/org/m:v1", replace(FAST, file_bytes=10_000)))
    assert (check.status, check.reason) == (SignatureStatus.MALFORMED, "larger than 10000 bytes (limits.file_bytes)")
    del registry.manifests[digest(made)]
    report = look(world, f"oci:{registry.host}/org/m:v1")
    assert [gap.what for gap in report.gaps] == [f"referrer {digest(made)}"]
    assert "is not known at" in report.gaps[0].why


def test_more_signatures_than_are_looked_at_are_a_gap(world: Path, registry: Registry) -> None:
    manifest = pushed(registry)
    layers = [registry.blob(b"%d" % number, BUNDLE) for number in range(4)]
    registry.push(digest(manifest).replace(":", "-") + ".att", *layers)
    report = look(world, f"oci:{registry.host}/org/m:v1", replace(FAST, bundles=3))
    assert len(checks(report)) == 3
    assert [(gap.what, gap.why) for gap in report.gaps] == [
        ("referrers", "more signatures than are looked at (limits.bundles)")
    ]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    """The host of a registry that Debian ships, which knows no referrers but by tag."""
    with real_registry.running(tmp_path) as host:
        yield host


def test_a_real_registry_gives_its_signatures_by_tag(world: Path, registry: Registry, real: str) -> None:
    manifest = pushed(registry)
    refer(registry, manifest, signed(about(manifest), world / "alice.pem"))
    cosigned(registry, manifest, world / "mallory.pem")
    real_registry.upload(real, registry)
    report = look(world, f"oci:{real}/org/m:v1")
    assert sorted((check.status, check.signers) for check in checks(report)) == [
        (SignatureStatus.UNKNOWN, ()),
        (SignatureStatus.VERIFIED, ("alice",)),
    ]
    assert report.gaps == ()
