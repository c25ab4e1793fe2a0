"""Chains of certificates of one's own authority: only those that end at the policy's root, and are in force, count."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from driftseal.errors import ConfigError, TrustError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.trust import TrustedAuthority
from driftseal.sign import certificates, makers, policy, trustfile
from driftseal.sign.certificates import root
from driftseal.sign.envelope import Envelope, open_found, pae

TODAY = "2026-06-01"
BEGINS, ENDS = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
KIND = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def usage(*, signs: bool = False, issues: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def made(  # noqa: PLR0913  # what a certificate may differ in
    name: str,
    by: Holder | None = None,
    *,
    ca: bool = False,
    length: int | None = None,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] | None = None,
    begins: dt.datetime = BEGINS,
    ends: dt.datetime = ENDS,
    curve: ec.EllipticCurve | None = None,
) -> Holder:
    """A certificate for a name, issued by another one or by itself."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(by.certificate.subject if by else subject).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begins).not_valid_after(ends)
    standard = [(x509.BasicConstraints(ca=ca, path_length=length), True), (usage(signs=not ca, issues=ca), True)]
    for extension, critical in [*(standard if extensions is None else extensions), *more]:
        builder = builder.add_extension(extension, critical=critical)
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


ROOT = made("Acme root", ca=True)
MIDDLE = made("Acme models", ROOT, ca=True, length=0)
CAROL = made("Carol", MIDDLE, more=[(x509.SubjectAlternativeName([x509.RFC822Name("carol@acme.example")]), False)])


def bundle(signer: Holder, *chain: Holder, payload: bytes = b"{}") -> Envelope:
    held = [base64.b64encode(one.certificate.public_bytes(Encoding.DER)).decode() for one in (signer, *chain)]
    signature = signer.key.sign(pae(KIND, payload), ec.ECDSA(hashes.SHA256()))
    document = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "x509CertificateChain": {"certificates": [{"rawBytes": one} for one in held]},
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": KIND,
            "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
        },
    }
    return open_found(json.dumps(document).encode(), "model.sig", DEFAULT_LIMITS)


def pem(holder: Holder) -> bytes:
    return holder.certificate.public_bytes(Encoding.PEM)


def told(
    folder: Path,
    envelope: Envelope,
    *,
    anchor: Holder = ROOT,
    subject: str = "Carol",
    today: str = TODAY,
    line: str = "",
) -> tuple[set[str], str]:
    """Who made it by the policy, and why it does not count."""
    (folder / "ca.pem").write_bytes(pem(anchor))
    text = f'[[signer.carol.authority]]\nroot = "ca.pem"\nsubject = "{subject}"\n{line}\n'
    (folder / "trust.toml").write_text(text, "utf-8")
    known = policy.load(folder / "trust.toml", DEFAULT_LIMITS)
    found = makers.of(envelope, ["carol"], known, today)
    return set(found.people), "; ".join(found.refused)


@pytest.mark.parametrize("subject", ["Carol", "carol@acme.example", "*"])
def test_a_chain_that_ends_at_the_root_counts_for_its_subject(tmp_path: Path, subject: str) -> None:
    assert told(tmp_path, bundle(CAROL, MIDDLE), subject=subject) == ({"carol"}, "")


def test_the_order_of_the_chain_and_the_root_in_it_make_no_difference(tmp_path: Path) -> None:
    other = made("other", ca=True)
    assert told(tmp_path, bundle(CAROL, ROOT, other, MIDDLE)) == ({"carol"}, "")


def test_a_certificate_that_the_root_issued_itself_counts(tmp_path: Path) -> None:
    assert told(tmp_path, bundle(made("Carol", ROOT))) == ({"carol"}, "")


@pytest.mark.parametrize("subject", ["carol", "Carol ", "Mallory", "carol@acme.example.evil"])
def test_another_subject_of_the_same_authority_is_nobody(tmp_path: Path, subject: str) -> None:
    assert told(tmp_path, bundle(CAROL, MIDDLE), subject=subject) == (set(), "")


def test_another_authority_of_the_same_name_is_nobody(tmp_path: Path) -> None:
    fake = made("Acme root", ca=True)
    assert told(tmp_path, bundle(made("Carol", fake), fake)) == (set(), "")
    assert told(tmp_path, bundle(made("Carol", made("Acme models", fake, ca=True)), MIDDLE, ROOT)) == (set(), "")


def test_a_missing_link_is_nobody(tmp_path: Path) -> None:
    assert told(tmp_path, bundle(CAROL)) == (set(), "")
    assert told(tmp_path, bundle(CAROL, ROOT)) == (set(), "")


def test_a_signature_by_another_key_than_the_certificate_s_is_nobody_s(tmp_path: Path) -> None:
    stolen = Holder(CAROL.certificate, made("Carol").key)
    assert told(tmp_path, bundle(stolen, MIDDLE)) == (set(), "")


def test_a_certificate_that_is_its_own_root_counts_by_its_key_alone(tmp_path: Path) -> None:
    alone = made("Carol")
    with pytest.raises(TrustError, match="is that of no authority"):
        told(tmp_path, bundle(alone), anchor=alone)


@pytest.mark.parametrize(
    ("today", "why"),
    [
        ("2025-12-31", "its certificate is in force from 2026-01-01 to 2027-01-01"),
        ("2027-01-02", "its certificate is in force from 2026-01-01 to 2027-01-01"),
    ],
)
def test_a_certificate_counts_only_while_it_is_in_force(tmp_path: Path, today: str, why: str) -> None:
    refused = f"carol's signature does not count: {why}"
    assert told(tmp_path, bundle(CAROL, MIDDLE), today=today) == (set(), refused)


def test_an_authority_above_must_be_in_force_too(tmp_path: Path) -> None:
    past = made("past", ROOT, ca=True, ends=dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    people, why = told(tmp_path, bundle(made("Carol", past), past))
    assert people == set()
    assert "a certificate above its own is in force from 2026-01-01 to 2026-02-01" in why


def test_somebody_s_certificate_issues_no_others(tmp_path: Path) -> None:
    evil = made("Carol", CAROL)
    people, why = told(tmp_path, bundle(evil, CAROL, MIDDLE))
    assert (people, "a certificate above its own is that of no authority" in why) == (set(), True)


def test_an_authority_that_may_have_none_below_it_has_none(tmp_path: Path) -> None:
    below = made("below", MIDDLE, ca=True)
    people, why = told(tmp_path, bundle(made("Carol", below), below, MIDDLE))
    assert (people, "allows fewer authorities below it" in why) == (set(), True)


CONSTRAINED = x509.NameConstraints(permitted_subtrees=[x509.DNSName("acme.example")], excluded_subtrees=None)
ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
PLAIN = (x509.BasicConstraints(ca=False, path_length=None), True)


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (made("Carol", ROOT, extensions=[PLAIN]), "is for no signatures"),
        (made("Carol", ROOT, extensions=[PLAIN, (usage(), True)]), "is for no signatures"),
        (made("Carol", ROOT, ca=True), "is that of an authority"),
        (made("Carol", ROOT, more=[(ODD, True)]), "has a condition that is not checked here (1.2.3.4)"),
    ],
)
def test_a_certificate_for_something_else_does_not_count(tmp_path: Path, signer: Holder, why: str) -> None:
    assert told(tmp_path, bundle(signer)) == (set(), f"carol's signature does not count: its certificate {why}")


def test_a_certificate_for_signing_code_counts(tmp_path: Path) -> None:
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
    assert told(tmp_path, bundle(made("Carol", ROOT, extensions=[PLAIN, (purpose, False)]))) == ({"carol"}, "")


@pytest.mark.parametrize("critical", [True, False])
def test_an_authority_for_certain_names_is_not_believed_for_any(tmp_path: Path, *, critical: bool) -> None:
    bound = made("bound", ROOT, ca=True, more=[(CONSTRAINED, critical)])
    people, why = told(tmp_path, bundle(made("Carol", bound), bound))
    assert (people, "a condition that is not checked here (2.5.29.30)" in why) == (set(), True)


def test_a_key_of_another_kind_is_nobody_s(tmp_path: Path) -> None:
    assert told(tmp_path, bundle(made("Carol", ROOT, curve=ec.SECP384R1()))) == (set(), "")


def test_what_the_policy_takes_out_of_force_does_not_count(tmp_path: Path) -> None:
    signed = bundle(CAROL, MIDDLE)
    revoked = "carol's authority was revoked on 2026-05-01"
    assert told(tmp_path, signed, line="revoked = 2026-05-01") == (set(), revoked)
    later = "carol's authority counts only from 2026-07-01"
    assert told(tmp_path, signed, line="valid_from = 2026-07-01") == (set(), later)


def test_revoking_a_person_takes_the_authority_out_of_force(tmp_path: Path) -> None:
    told(tmp_path, bundle(CAROL, MIDDLE))
    trustfile.revoke(tmp_path / "trust.toml", "carol", dt.date(2026, 5, 1))
    (held,) = policy.load(tmp_path / "trust.toml", DEFAULT_LIMITS).authorities["carol"]
    assert held.revoked == "2026-05-01"


def test_the_digest_of_a_policy_covers_the_root(tmp_path: Path) -> None:
    told(tmp_path, bundle(CAROL, MIDDLE))
    before = policy.load(tmp_path / "trust.toml", DEFAULT_LIMITS).digest
    (tmp_path / "ca.pem").write_bytes(pem(made("Acme root", ca=True)))
    assert policy.load(tmp_path / "trust.toml", DEFAULT_LIMITS).digest != before


def test_a_root_is_one_certificate_of_an_authority() -> None:
    assert root(pem(ROOT), "ca.pem") == pem(ROOT)
    for data, why in (
        (b"hello", "holds no certificate"),
        (b"", "holds no certificate"),
        (pem(ROOT) + pem(MIDDLE), "holds 2 certificates"),
        (pem(CAROL), "is that of no authority"),
    ):
        with pytest.raises(TrustError, match=rf"ca\.pem: {why}"):
            root(data, "ca.pem")


@pytest.mark.parametrize("entry", ['root = "ca.pem"', 'subject = "x"', 'root = "ca.pem"\nsubject = ""', "root = 7"])
def test_an_authority_without_a_root_or_a_subject_is_no_policy(tmp_path: Path, entry: str) -> None:
    (tmp_path / "ca.pem").write_bytes(pem(ROOT))
    (tmp_path / "trust.toml").write_text(f"[[signer.carol.authority]]\n{entry}\n", "utf-8")
    with pytest.raises(ConfigError, match="each authority has root, a file, or pem, and subject"):
        policy.load(tmp_path / "trust.toml", DEFAULT_LIMITS)


SIGNED = bundle(CAROL, MIDDLE)
AUTHORITY = TrustedAuthority(pem(ROOT), "ca.pem", "Carol")


@given(st.binary(max_size=200), st.integers(0, 700), st.integers(0, 1))
def test_no_chain_breaks_the_check_and_none_that_was_changed_counts(noise: bytes, at: int, which: int) -> None:
    chain = [bytearray(one) for one in SIGNED.chain]
    chain[which][at : at + len(noise)] = noise
    changed = replace(SIGNED, chain=tuple(map(bytes, chain)))
    assert (certificates.check(changed, AUTHORITY, TODAY) == "") == (changed.chain == SIGNED.chain)


def test_a_chain_without_end_is_nobody_s() -> None:
    for chain in ((), (SIGNED.chain[0], *SIGNED.chain[1:] * 20)):
        assert certificates.check(replace(SIGNED, chain=chain), AUTHORITY, TODAY) is None
