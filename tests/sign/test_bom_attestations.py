"""Who attested a bill of materials, and that it is the very file: whatever is wrong with the bundle is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from driftseal.errors import FormatError, LimitExceeded, TrustError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.digest import Digest
from driftseal.model.trust import Statement, TrustPolicy, Verification, VerificationStatus
from driftseal.sign import attestation, envelope
from signing import World

NAME = "bom.cdx.json"
CYCLONEDX = {"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1, "components": []}
SPDX = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}
NOW = "2026-06-01T12:00:00Z"


def data(document: object = CYCLONEDX) -> bytes:
    return json.dumps(document, indent=2).encode()


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.person("alice")
    return made


def check(world: World, bundles: dict[str, bytes], *, file: bytes | None = None, **rule: object) -> Verification:
    return attestation.check(NAME, file or data(), bundles, world.policy(**rule), NOW, DEFAULT_LIMITS)


def signed(world: World, person: str = "alice", file: bytes | None = None) -> dict[str, bytes]:
    made = attestation.make(NAME, file or data(), DEFAULT_LIMITS)
    return {f"{person}.sigstore.json": world.people[person].sign(made)}


def forged(world: World, change: Callable[[Any], None]) -> dict[str, bytes]:
    """What somebody with a trusted key signs who says something else."""
    document = json.loads(attestation.make(NAME, data(), DEFAULT_LIMITS).payload)
    change(document)
    return {"alice.sigstore.json": world.people["alice"].sign(Statement(json.dumps(document).encode()))}


@pytest.mark.parametrize(
    ("document", "kind"), [(CYCLONEDX, "https://cyclonedx.org/bom"), (SPDX, "https://spdx.dev/Document")]
)
def test_the_statement_is_one_of_in_toto_about_the_file_with_the_document_in_it(document: object, kind: str) -> None:
    file = data(document)
    told = json.loads(attestation.make(NAME, file, DEFAULT_LIMITS).payload)
    assert told == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": NAME, "digest": {"sha256": Digest.of(file).value}}],
        "predicateType": kind,
        "predicate": document,
    }


def test_any_verifier_of_ecdsa_accepts_the_bundle(world: World) -> None:
    (bundle,) = signed(world).values()
    document = json.loads(bundle)
    assert document["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    inner = document["dsseEnvelope"]
    key = serialization.load_pem_public_key((world.folder / "alice.pem.pub").read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    payload, signature = base64.b64decode(inner["payload"]), base64.b64decode(inner["signatures"][0]["sig"])
    kind = inner["payloadType"].encode()
    encoded = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    key.verify(signature, encoded, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signature, encoded + b" ", ec.ECDSA(hashes.SHA256()))


def test_what_a_trusted_person_signed_is_believed(world: World) -> None:
    found = check(world, signed(world))
    assert (found.status, found.signers) == (VerificationStatus.VERIFIED, ("alice",))


def test_a_stranger_is_nobody(world: World) -> None:
    world.person("mallory", trusted=False)
    found = check(world, signed(world, "mallory"))
    assert (found.status, found.signers) == (VerificationStatus.UNTRUSTED, ())
    assert found.reason == "signed by nobody who is trusted for it"


def test_one_key_may_be_believed_without_a_policy(world: World) -> None:
    world.person("mallory", trusted=False)
    policy: TrustPolicy = attestation.of_key(world.folder / "alice.pem.pub")
    for person, status in (("alice", VerificationStatus.VERIFIED), ("mallory", VerificationStatus.UNTRUSTED)):
        found = attestation.check(NAME, data(), signed(world, person), policy, NOW, DEFAULT_LIMITS)
        assert found.status is status
    with pytest.raises(TrustError, match="not a public key"):
        attestation.of_key(world.folder / "alice.pem")


def test_two_people_are_two_where_the_policy_asks_for_two(world: World) -> None:
    world.person("bob")
    both = {**signed(world), **signed(world, "bob")}
    assert check(world, signed(world), threshold=2).status is VerificationStatus.BELOW_THRESHOLD
    twice = {**signed(world), "again.sigstore.json": signed(world)["alice.sigstore.json"]}
    assert check(world, twice, threshold=2).status is VerificationStatus.BELOW_THRESHOLD
    assert check(world, both, threshold=2).signers == ("alice", "bob")


def test_a_rule_may_name_bills_of_materials_alone(world: World) -> None:
    assert check(world, signed(world), match="bom/*").trusted
    found = check(world, signed(world), match="model/*")
    assert (found.status, "no rule of" in found.reason) == (VerificationStatus.UNTRUSTED, True)


def test_a_file_that_was_changed_is_another_file(world: World) -> None:
    found = check(world, signed(world), file=data({**CYCLONEDX, "version": 2}))
    assert (found.status, "about another file" in found.reason) == (VerificationStatus.WRONG_TARGET, True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda told: told["predicate"].update(version=2), "holds another document"),
        (lambda told: told.update(predicateType="https://spdx.dev/Document"), "holds another document"),
        (lambda told: told.update(predicate=[]), "is no statement"),
        (lambda told: told.pop("subject"), "is no statement: it has no 'subject'"),
        (lambda told: told.update(_type="https://example.com/Statement"), "is no in-toto statement"),
    ],
)
def test_a_statement_that_says_something_else_is_refused(
    world: World, change: Callable[[Any], None], reason: str
) -> None:
    found = check(world, forged(world, change))
    assert (found.status, reason in found.reason) == (VerificationStatus.TAMPERED, True), found.reason


def test_a_version_behind_the_type_is_the_same_type(world: World) -> None:
    def change(told: Any) -> None:
        told["predicateType"] += "/v1.7"

    assert check(world, forged(world, change)).trusted


def test_a_member_that_is_there_twice_is_refused(world: World) -> None:
    payload = attestation.make(NAME, data(), DEFAULT_LIMITS).payload
    odd = Statement(payload[:-1] + b',"predicateType":"https://cyclonedx.org/bom"}')
    found = check(world, {"alice.sigstore.json": world.people["alice"].sign(odd)})
    assert (found.status, "twice" in found.reason) == (VerificationStatus.TAMPERED, True)


def test_a_statement_that_was_signed_as_something_else_is_none(world: World) -> None:
    payload = attestation.make(NAME, data(), DEFAULT_LIMITS).payload
    key = serialization.load_pem_private_key((world.folder / "alice.pem").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(envelope.pae("text/plain", payload), ec.ECDSA(hashes.SHA256()))
    document = json.loads(envelope.bundle(payload, signature, ""))
    assert check(world, {"x": json.dumps(document).encode()}).status is VerificationStatus.UNTRUSTED
    document["dsseEnvelope"]["payloadType"] = "text/plain"
    found = check(world, {"x": json.dumps(document).encode()})
    assert (found.status, "payload of another type" in found.reason) == (VerificationStatus.TAMPERED, True)


@pytest.mark.parametrize("bundle", [b"", b"{}", b"[]", b"\xff", envelope.bundle(b"x", b"", "")])
def test_what_is_no_bundle_is_no_signature(world: World, bundle: bytes) -> None:
    assert not check(world, {"x": bundle}).trusted


def test_a_key_that_was_revoked_counts_no_more(world: World) -> None:
    bundles = signed(world)
    text = world.path.read_text(encoding="utf-8")
    where = text.index("[[signer.alice.key]]") + len("[[signer.alice.key]]")
    world.path.write_text(f"{text[:where]}\nrevoked = 2026-05-01{text[where:]}", encoding="utf-8")
    found = check(world, bundles)
    assert (found.status, "revoked on 2026-05-01" in found.reason) == (VerificationStatus.UNTRUSTED, True)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({**CYCLONEDX, "metadata": {"timestamp": "2026-05-20T00:00:00Z"}}, VerificationStatus.VERIFIED),
        ({**CYCLONEDX, "metadata": {"timestamp": "2026-05-20T00:00:00+02:00"}}, VerificationStatus.VERIFIED),
        ({**CYCLONEDX, "metadata": {"timestamp": "2026-04-20T00:00:00Z"}}, VerificationStatus.EXPIRED),
        ({**CYCLONEDX, "metadata": {"timestamp": "2026-05-20T00:00:00"}}, VerificationStatus.EXPIRED),
        ({**CYCLONEDX, "metadata": {"timestamp": "yesterday"}}, VerificationStatus.EXPIRED),
        (CYCLONEDX, VerificationStatus.EXPIRED),
        ({**SPDX, "@graph": [{"created": "2026-05-20T00:00:00Z"}]}, VerificationStatus.VERIFIED),
        ({**SPDX, "@graph": [{"created": "2026-04-20T00:00:00Z"}]}, VerificationStatus.EXPIRED),
    ],
)
def test_a_rule_may_bound_the_age(world: World, document: object, status: VerificationStatus) -> None:
    file = data(document)
    assert check(world, signed(world, file=file), file=file, max_age_days=30).status is status
    assert check(world, signed(world, file=file), file=file).trusted


def test_only_a_bill_of_materials_is_signed_and_none_without_bounds() -> None:
    with pytest.raises(FormatError, match="is no bill of materials"):
        attestation.make(NAME, b'{"a": 1}', DEFAULT_LIMITS)
    with pytest.raises(FormatError, match="is no object"):
        attestation.make(NAME, b"[]", DEFAULT_LIMITS)
    with pytest.raises(LimitExceeded, match="larger than 10 bytes"):
        attestation.make(NAME, data(), Limits(file_bytes=10))
