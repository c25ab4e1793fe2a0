"""What may be believed, and what is refused with which words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftseal import snapshot
from driftseal.errors import FormatError, LimitExceeded, TrustError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.snapshot import Snapshot
from driftseal.model.trust import SignedBaseline, Statement, VerificationStatus
from driftseal.sign import envelope, statement, verify
from driftseal.sign.state import State
from signing import IDENTITY, World, baseline, check, tools


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.person("alice")
    made.person("bob")
    made.person("mallory", trusted=False)
    return made


def test_a_signed_baseline_of_a_trusted_person_is_believed(world: World) -> None:
    verification, approved = check(world.signed("alice"), world.policy())
    assert (verification.status, verification.signers) == (VerificationStatus.VERIFIED, ("alice",))
    assert approved is not None
    assert approved.target == IDENTITY
    assert set(approved.items) == {"tool:send", "tool:search"}
    assert approved.snapshot == tools().digest


def test_the_same_baseline_gives_the_same_bytes() -> None:
    file = snapshot.dump(tools())
    assert statement.make(baseline(), file) == statement.make(baseline(), file)


@pytest.mark.parametrize(
    ("people", "status", "words"),
    [
        ((), VerificationStatus.UNSIGNED, "nobody has signed it"),
        (("mallory",), VerificationStatus.UNTRUSTED, "signed by nobody whom the policy names"),
    ],
)
def test_without_a_trusted_signature_nothing_is_believed(
    world: World, people: tuple[str, ...], status: VerificationStatus, words: str
) -> None:
    verification, approved = check(world.signed(*people), world.policy())
    assert (verification.status, approved) == (status, None)
    assert words in verification.reason


def test_a_missing_baseline_and_a_missing_policy_are_told_apart(world: World) -> None:
    assert check(None, world.policy())[0].status is VerificationStatus.MISSING
    assert check(world.signed("alice"), None)[0].status is VerificationStatus.NO_POLICY


def test_a_target_that_no_rule_names_has_no_trusted_signers(world: World) -> None:
    verification, _ = check(world.signed("alice"), world.policy(match="cursor/*"))
    assert verification.status is VerificationStatus.UNTRUSTED
    assert "no rule" in verification.reason


def test_a_changed_payload_is_refused(world: World) -> None:
    signed = world.signed("alice")
    evil = signed.payload.replace(b'"version":1', b'"version":9')
    assert check(replace(signed, payload=evil), world.policy())[0].status is VerificationStatus.TAMPERED


def test_a_payload_changed_in_both_places_has_no_signature(world: World) -> None:
    signed = world.signed("alice")
    evil = signed.payload.replace(b'"version":1', b'"version":9')
    opened = envelope.open_bundle(signed.bundles["alice.sigstore.json"], "b", DEFAULT_LIMITS)
    forged = envelope.bundle(evil, opened.signature, opened.hint)
    again = replace(signed, payload=evil, bundles={"alice.sigstore.json": forged})
    assert check(again, world.policy())[0].status is VerificationStatus.UNTRUSTED


def test_the_key_that_a_bundle_names_is_not_a_reason_to_trust(world: World) -> None:
    signed = world.signed("mallory")
    made = Statement(signed.payload)
    alices = envelope.open_bundle(world.people["alice"].sign(made), "a", DEFAULT_LIMITS).hint
    opened = envelope.open_bundle(signed.bundles["mallory.sigstore.json"], "m", DEFAULT_LIMITS)
    forged = envelope.bundle(signed.payload, opened.signature, alices)
    again = replace(signed, bundles={"alice.sigstore.json": forged})
    assert check(again, world.policy())[0].status is VerificationStatus.UNTRUSTED


def test_a_baseline_of_another_target_is_refused(world: World) -> None:
    verification, _ = check(world.signed("alice"), world.policy(), identity="cursor/project/.cursor/mcp.json/other")
    assert verification.status is VerificationStatus.WRONG_TARGET
    assert IDENTITY in verification.reason


def test_a_threshold_counts_people_and_not_keys(world: World) -> None:
    world.person("alice", key="alice-2")
    two = world.policy(threshold=2)
    both_hers = world.signed("alice", "alice-2")
    verification, _ = check(both_hers, two)
    assert (verification.status, verification.signers) == (VerificationStatus.BELOW_THRESHOLD, ("alice",))
    verification, _ = check(world.signed("alice", "bob"), two)
    assert (verification.status, verification.signers) == (VerificationStatus.VERIFIED, ("alice", "bob"))


def test_people_whom_the_rule_does_not_name_do_not_count(world: World) -> None:
    assert check(world.signed("bob"), world.policy(signers=("alice",)))[0].status is VerificationStatus.UNTRUSTED


def test_a_revoked_key_never_counts_whenever_it_signed(world: World) -> None:
    trust = world.policy()
    keys = {name: tuple(replace(key, revoked="2030-01-01") for key in found) for name, found in trust.signers.items()}
    verification, _ = check(world.signed("alice"), replace(trust, signers=keys))
    assert verification.status is VerificationStatus.UNTRUSTED
    assert "revoked on 2030-01-01" in verification.reason


def test_a_key_counts_only_from_its_first_day(world: World) -> None:
    trust = world.policy()
    keys = {
        name: tuple(replace(key, valid_from="2026-06-02") for key in found) for name, found in trust.signers.items()
    }
    verification, _ = check(world.signed("alice"), replace(trust, signers=keys))
    assert verification.status is VerificationStatus.UNTRUSTED
    assert "from 2026-06-02" in verification.reason


def test_an_expired_baseline_is_refused(world: World) -> None:
    assert check(world.signed("alice"), world.policy(), now="2026-08-01T00:00:00Z")[1] is not None
    verification, _ = check(world.signed("alice"), world.policy(), now="2026-08-01T00:00:01Z")
    assert verification.status is VerificationStatus.EXPIRED


def test_the_policy_may_want_it_fresher_than_the_baseline_says(world: World) -> None:
    assert check(world.signed("alice"), world.policy(max_age_days=40))[1] is not None
    assert check(world.signed("alice"), world.policy(max_age_days=30))[0].status is VerificationStatus.EXPIRED


def seen(world: World, version: int, taken: Snapshot | None = None) -> State:
    _, approved = check(world.signed("alice", of=baseline(taken, version=version)), world.policy())
    assert approved is not None
    return State().remembering(approved)


def test_an_older_version_is_a_rollback(world: World) -> None:
    state = seen(world, 3)
    verification, _ = check(world.signed("alice", of=baseline(version=2)), world.policy(), state=state)
    assert verification.status is VerificationStatus.ROLLED_BACK
    verification, _ = check(world.signed("alice", of=baseline(version=4)), world.policy(), state=state)
    assert (verification.status, verification.rollback_checked) == (VerificationStatus.VERIFIED, True)


def test_without_a_record_it_is_told_that_rollback_was_not_checked(world: World) -> None:
    assert check(world.signed("alice"), world.policy())[0].rollback_checked is False
    assert check(world.signed("alice"), world.policy(), state=State())[0].rollback_checked is False


def test_a_version_below_the_policys_minimum_is_a_rollback(world: World) -> None:
    assert check(world.signed("alice"), world.policy(min_version=2))[0].status is VerificationStatus.ROLLED_BACK


def test_two_contents_under_one_version_are_equivocation(world: World) -> None:
    state = seen(world, 2, tools("other"))
    verification, _ = check(world.signed("alice", of=baseline(version=2)), world.policy(), state=state)
    assert verification.status is VerificationStatus.EQUIVOCATION


def test_the_record_never_goes_back(world: World) -> None:
    state = seen(world, 5)
    _, approved = check(world.signed("alice", of=baseline(version=4)), world.policy())
    assert approved is not None
    assert state.remembering(approved) is state


def test_another_snapshot_beside_the_statement_is_refused(world: World) -> None:
    signed = replace(world.signed("alice"), snapshot=snapshot.dump(tools("send", "steal")))
    verification, _ = check(signed, world.policy())
    assert verification.status is VerificationStatus.TAMPERED
    assert "tool:search" in verification.reason


@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff", b"[" * 9999])
def test_a_ruined_snapshot_is_refused(world: World, junk: bytes) -> None:
    assert check(replace(world.signed("alice"), snapshot=junk), world.policy())[0].status is VerificationStatus.TAMPERED


def test_changed_line_ends_do_not_break_a_baseline(world: World) -> None:
    signed = world.signed("alice")
    crlf = replace(signed, snapshot=signed.snapshot.replace(b"\n", b"\r\n"))
    assert check(crlf, world.policy())[0].status is VerificationStatus.VERIFIED


def test_a_snapshot_is_opened_only_when_every_item_is_the_approved_one(world: World) -> None:
    signed = world.signed("alice")
    _, approved = check(signed, world.policy())
    assert approved is not None
    assert verify.open_snapshot(signed, approved, DEFAULT_LIMITS) == tools()
    with pytest.raises(TrustError, match="tool:search"):
        verify.open_snapshot(replace(signed, snapshot=snapshot.dump(tools("send"))), approved, DEFAULT_LIMITS)


def edited(signed: SignedBaseline, **changes: object) -> SignedBaseline:
    """The first bundle's JSON with some members of its envelope replaced."""
    ((name, data),) = signed.bundles.items()
    document = json.loads(data)
    document["dsseEnvelope"].update(changes)
    return replace(signed, bundles={name: json.dumps(document).encode()})


def test_a_bundle_with_two_signatures_is_refused(world: World) -> None:
    signed = world.signed("alice")
    one = json.loads(signed.bundles["alice.sigstore.json"])["dsseEnvelope"]["signatures"][0]
    verification, _ = check(edited(signed, signatures=[one, one]), world.policy())
    assert verification.status is VerificationStatus.TAMPERED
    assert "exactly one signature" in verification.reason


@pytest.mark.parametrize(
    "changes", [{"signatures": []}, {"payload": "%%%"}, {"payloadType": "text/plain"}, {"payload": 3}]
)
def test_an_odd_envelope_is_refused(world: World, changes: dict[str, object]) -> None:
    assert check(edited(world.signed("alice"), **changes), world.policy())[0].status is VerificationStatus.TAMPERED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: json.dumps(text).encode())))
def test_garbage_is_a_refusal_and_never_a_crash(garbage: bytes) -> None:
    for read in (
        lambda data: envelope.open_bundle(data, "b", DEFAULT_LIMITS),
        lambda data: statement.read(data, DEFAULT_LIMITS),
    ):
        with pytest.raises((FormatError, LimitExceeded)):
            read(garbage)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(data=st.data())
def test_a_bundle_with_any_byte_changed_is_never_believed_as_something_else(world: World, data: st.DataObject) -> None:
    signed = world.signed("alice")
    raw = bytearray(signed.bundles["alice.sigstore.json"])
    # An ECDSA signature is of another length now and then, so the range must not hang on it.
    raw[data.draw(st.integers(0, 100_000)) % len(raw)] = data.draw(st.integers(0, 255))
    _, approved = check(replace(signed, bundles={"alice.sigstore.json": bytes(raw)}), world.policy())
    assert approved is None or approved.snapshot == tools().digest


def test_a_large_bundle_is_refused_before_it_is_read() -> None:
    with pytest.raises(LimitExceeded):
        envelope.open_bundle(b" " * 101, "b", Limits(file_bytes=100))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":0'),
        (b'"version":1', b'"version":true'),
        (b'"canonicalization":"driftseal-v1"', b'"canonicalization":"other"'),
        (b'"predicateType":"https://driftseal', b'"predicateType":"https://other'),
        (b'"note":""', b'"note":"","note":"x"'),
        (b'"expiresAt"', b'"expires"'),
    ],
)
def test_a_statement_that_is_not_exactly_ours_is_refused(old: bytes, new: bytes) -> None:
    payload = statement.make(baseline(), b"x").payload
    assert old in payload
    with pytest.raises(FormatError):
        statement.read(payload.replace(old, new), DEFAULT_LIMITS)


def test_a_snapshot_that_says_it_was_taken_otherwise_is_refused(world: World) -> None:
    signed = world.signed("alice")
    altered = replace(signed, snapshot=signed.snapshot.replace(b'"origin": "live"', b'"origin": "static"'))
    assert altered != signed
    verification, _ = check(altered, world.policy())
    assert verification.status is VerificationStatus.TAMPERED
    assert "how it was taken" in verification.reason


def test_a_baseline_from_the_future_is_refused(world: World) -> None:
    ahead = replace(baseline(), prepared_at="2026-06-03T00:00:00Z", expires_at="9999-12-31T23:59:59Z")
    verification, _ = check(world.signed("alice", of=ahead), world.policy(max_age_days=999_999))
    assert verification.status is VerificationStatus.TAMPERED
    assert "still to come" in verification.reason
