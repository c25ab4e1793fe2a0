"""Signatures that others made of models: who made them, and whether they are of the files that are here."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands import driftseal
from configured import NOW, context
from driftseal.config import Config
from driftseal.errors import ConfigError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.report import Report
from driftseal.model.rule import Severity
from driftseal.model.signature import SignatureCheck, SignatureStatus
from driftseal.pipeline import trust
from driftseal.pipeline.scan import Run, scan
from driftseal.pipeline.trust import TrustOptions
from modelsigning import TENSORS, Oms, covering, found, keys, model, signed, trusted

SIGNED = {"config.json": b'{"model_type": "llama"}', "model.safetensors": TENSORS, "a/b/vocab.txt": b"one\n"}
SIGNED |= {"a.txt": b"two\n"}


@pytest.fixture
def oms(tools: Path) -> Oms:
    return found(tools)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Alice, whom the policy names, Mallory, whom it does not, and a model."""
    keys(tmp_path, "alice", "mallory")
    trusted(tmp_path, "alice")
    model(tmp_path)
    return tmp_path


def look(folder: Path, *references: str, limits: Any = DEFAULT_LIMITS, now: str = NOW) -> Report:
    run = Run("scan", replace(context(folder, limits=limits), now=now), replace(Config(), limits=limits))
    run = replace(run, policy=lambda: trust.for_signatures(run, TrustOptions()))
    return scan(references or ["model"], run)


def only(report: Report) -> SignatureCheck:
    (check,) = (one for snapshot in report.snapshots for one in snapshot.signatures)
    return check


def told(report: Report) -> dict[str, tuple[Severity, str]]:
    """Findings about signatures: the rule with its severity and what it shows."""
    return {
        one.rule.id: (one.severity, one.match.evidence)
        for one in report.findings
        if one.rule.id.startswith("signature-")
    }


def put(folder: Path, data: bytes | dict[str, Any], name: str = "model/model.sig", by: str = "alice") -> None:
    made = data if isinstance(data, bytes) else signed(data, folder / f"{by}.pem")
    (folder / name).write_bytes(made)


def test_a_signature_of_model_signing_by_a_known_key_is_verified(world: Path, oms: Oms) -> None:
    oms.sign(world / "model", world / "model" / "model.sig", world / "alice.pem")
    report = look(world)
    check = only(report)
    assert (check.name, check.status, check.signers) == ("model.sig", SignatureStatus.VERIFIED, ("alice",))
    assert (check.covered, check.ignored) == (4, (".gitattributes",))
    assert check.reason == "signed by alice; every file is the one that was signed"
    assert (told(report), report.gaps) == ({}, ())


def test_a_signature_by_somebody_else_says_nothing(world: Path, oms: Oms) -> None:
    oms.sign(world / "model", world / "model" / "model.sig", world / "mallory.pem")
    report = look(world)
    assert (only(report).status, only(report).signers) == (SignatureStatus.UNKNOWN, ())
    reason = "signed by nobody whom the trust policy names; every file is the one that was signed"
    assert told(report) == {"signature-unknown-signer": (Severity.INFO, f"model.sig: {reason}")}


def test_without_a_policy_nobody_is_known(world: Path, oms: Oms) -> None:
    oms.sign(world / "model", world / "model" / "model.sig", world / "alice.pem")
    (world / ".driftseal" / "trust.toml").unlink()
    assert only(look(world)).status is SignatureStatus.UNKNOWN


def test_a_signature_of_model_signing_by_a_certificate_counts_by_the_authority_of_the_policy(
    world: Path, oms: Oms
) -> None:
    authority(world)
    certified: list[str | Path] = ["--signing_certificate", world / "carol.crt"]
    certified += ["--certificate_chain", world / "middle.crt"]
    signature = world / "model" / "model.sig"
    done = oms.run(
        *("sign", "certificate", world / "model", "--signature", signature),
        *("--private_key", world / "carol.pem", *certified),
    )
    assert done.returncode == 0, done.stderr
    theirs: list[str | Path] = ["verify", "certificate", world / "model", "--signature", signature]
    done = oms.run(*theirs, "--certificate_chain", world / "ca.pem")
    assert done.returncode == 0, done.stderr
    assert only(look(world)).status is SignatureStatus.UNKNOWN
    added = driftseal("trust", "add", "carol", "ca.pem", "--issued-to", "Carol", cwd=world)
    assert added.returncode == 0, added.stderr
    assert "Carol, certified by" in added.stdout
    today = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    check = only(look(world, now=today))
    assert (check.status, check.signers) == (SignatureStatus.VERIFIED, ("carol",))
    (world / "model" / "a.txt").write_bytes(b"changed")
    assert only(look(world, now=today)).status is SignatureStatus.MISMATCH
    # The clock of these tests stands still before the day on which the certificate was made.
    assert "carol's signature does not count: its certificate is in force from" in only(look(world)).reason


def authority(folder: Path) -> None:
    """A root, an authority below it, and Carol's certificate, made with openssl."""
    (folder / "x.cnf").write_text(
        "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
        "[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n",
        "utf-8",
    )

    def openssl(*args: str) -> None:
        done = subprocess.run(["openssl", *args], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    root = ["-x509", "-subj", "/CN=Acme root", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30"]
    openssl("req", *curve, *root, "-addext", "keyUsage=critical,keyCertSign")
    for name, subject, by, kind in (("middle", "Acme models", "ca", "ca"), ("carol", "Carol", "middle", "leaf")):
        openssl("req", *curve, "-subj", f"/CN={subject}", "-keyout", f"{name}.pem", "-out", f"{name}.csr")
        above = ["-CA", "ca.pem", "-CAkey", "ca.key"] if by == "ca" else ["-CA", "middle.crt", "-CAkey", "middle.pem"]
        issued = ["-CAcreateserial", "-days", "20", "-extfile", "x.cnf", "-extensions", kind]
        openssl("x509", "-req", "-in", f"{name}.csr", *above, "-out", f"{name}.crt", *issued)


def test_files_that_were_changed_added_and_taken_away_are_named(world: Path, oms: Oms) -> None:
    path = world / "model"
    oms.sign(path, path / "model.sig", world / "alice.pem")
    (path / "model.safetensors").write_bytes(TENSORS[:-1] + b"!")
    (path / "evil.pkl").write_bytes(b"cos\nsystem\n(S'id'\ntR.")
    (path / "a.txt").unlink()
    report = look(world)
    check = only(report)
    assert check.status is SignatureStatus.MISMATCH
    assert (check.changed, check.added, check.removed) == (("model.safetensors",), ("evil.pkl",), ("a.txt",))
    assert check.reason == "signed by alice; the files are not those that were signed: 1 changed, 1 missing, 1 added"
    assert told(report) == {
        "signature-file-changed": (Severity.HIGH, "model.safetensors is not the one that model.sig covers"),
        "signature-file-uncovered": (Severity.HIGH, "evil.pkl is not covered by model.sig"),
        "signature-file-missing": (Severity.MEDIUM, "a.txt is covered by model.sig and not here"),
    }


def test_a_signature_that_leaves_out_the_pickle_is_a_trick(world: Path, oms: Oms) -> None:
    path = world / "model"
    (path / "weights.bin").write_bytes(b"\x80\x04cos\nsystem\n(S'id'\ntR.")
    (path / "notes.txt").write_bytes(b"hello")
    more = ["--ignore-paths", str(path / "weights.bin"), "--ignore-paths", str(path / "notes.txt")]
    oms.sign(path, path / "model.sig", world / "alice.pem", *more)
    report = look(world)
    check = only(report)
    assert (check.status, check.ignored) == (SignatureStatus.VERIFIED, (".gitattributes", "notes.txt", "weights.bin"))
    assert "left out by name: .gitattributes, notes.txt, weights.bin" in str(check)
    evidence = "weights.bin is left out of model.sig by name"
    assert told(report) == {"signature-leaves-out-file": (Severity.HIGH, evidence)}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("revoked = 2025-12-31", "alice's key was revoked on 2025-12-31"),
        ("valid_from = 2026-06-01", "alice's key counts only from 2026-06-01"),
    ],
)
def test_a_key_that_does_not_count_is_told_as_such(world: Path, line: str, why: str) -> None:
    policy = world / ".driftseal" / "trust.toml"
    text = policy.read_text("utf-8").replace("[[signer.alice.key]]\n", f"[[signer.alice.key]]\n{line}\n")
    policy.write_text(text, encoding="utf-8")
    put(world, covering(SIGNED))
    report = look(world)
    assert only(report).status is SignatureStatus.UNKNOWN
    assert told(report) == {"signature-refused": (Severity.MEDIUM, f"model.sig: {why}")}


def test_the_rule_of_the_policy_for_this_model_says_whose_signature_counts(world: Path) -> None:
    policy = world / ".driftseal" / "trust.toml"
    policy.write_text(policy.read_text("utf-8").replace('match = "*"', 'match = "hf/*"'), encoding="utf-8")
    put(world, covering(SIGNED))
    assert only(look(world)).status is SignatureStatus.UNKNOWN


def test_a_signature_beside_the_folder_counts_where_it_names_the_model(world: Path, oms: Oms) -> None:
    oms.sign(world / "model", world / "model.sig", world / "alice.pem")
    check = only(look(world))
    assert (check.name, check.status) == ("../model.sig", SignatureStatus.VERIFIED)
    (world / "model.sig").unlink()
    put(world, covering(SIGNED) | {"subject": [{**covering(SIGNED)["subject"][0], "name": "other"}]}, "model.sig")
    assert [one.signatures for one in look(world).snapshots] == [()]


def test_a_signature_beside_a_file_is_one_of_that_file(world: Path, oms: Oms) -> None:
    path = world / "model" / "model.safetensors"
    oms.sign(path, path.with_name("model.safetensors.sig"), world / "alice.pem")
    assert only(look(world, "model/model.safetensors")).status is SignatureStatus.VERIFIED
    path.write_bytes(TENSORS[:-1] + b"!")
    check = only(look(world, "model/model.safetensors"))
    assert (check.status, check.changed) == (SignatureStatus.MISMATCH, (".",))


def test_a_signature_in_a_folder_speaks_of_the_folder_or_of_the_model(world: Path) -> None:
    (world / "model" / "sub").mkdir()
    (world / "model" / "sub" / "weights.safetensors").write_bytes(TENSORS)
    put(world, covering({"weights.safetensors": TENSORS}), "model/sub/model.sig")
    check = only(look(world))
    assert (check.status, check.covered) == (SignatureStatus.VERIFIED, 1)
    assert check.reason == "signed by alice; in sub every file is the one that was signed"
    (world / "model" / "sub" / "evil.pkl").write_bytes(b"cos\nsystem\n(S'id'\ntR.")
    assert only(look(world)).added == ("sub/evil.pkl",)
    (world / "model" / "sub" / "evil.pkl").unlink()
    put(world, covering({**SIGNED, "sub/weights.safetensors": TENSORS}), "model/sub/model.sig")
    assert only(look(world)).reason == "signed by alice; every file is the one that was signed"


def with_links(path: Path) -> None:
    (path / "weights.safetensors").symlink_to("model.safetensors")


def test_links_within_the_model_are_followed_as_the_signer_did(world: Path, oms: Oms) -> None:
    path = world / "model"
    with_links(path)
    oms.sign(path, path / "model.sig", world / "alice.pem", "--allow_symlinks")
    assert only(look(world)).status is SignatureStatus.VERIFIED
    (path / "weights.safetensors").unlink()
    (path / "weights.safetensors").symlink_to(world / "alice.pem.pub")
    report = look(world)
    assert (only(report).status, only(report).removed) == (SignatureStatus.MISMATCH, ("weights.safetensors",))
    assert [gap.what for gap in report.gaps] == ["weights.safetensors"]


SCRIPT = """
import pathlib, sys
import model_signing as m
path, signature, key, form = sys.argv[1:]
config = m.hashing.Config()
if form == "shards":
    config.use_shard_serialization(shard_size=7)
elif form == "blake2-shards":
    config.use_shard_serialization(hashing_algorithm="blake2", shard_size=100)
else:
    config.use_file_serialization(hashing_algorithm=form)
config.set_ignored_paths(paths=[signature])
m.signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(config).sign(path, signature)
"""


@pytest.fixture
def formed(world: Path, oms: Oms) -> Callable[[str], None]:
    def sign(form: str) -> None:
        args = [str(world / name) for name in ("model", "model/model.sig", "alice.pem")] + [form]
        subprocess.run([oms.python, "-c", SCRIPT, *args], check=True, timeout=600)

    return sign


@pytest.mark.parametrize("form", ["shards", "blake2", "blake2-shards"])
def test_parts_of_files_and_blake2_are_computed_where_a_signature_asks_for_them(
    world: Path, formed: Callable[[str], None], form: str
) -> None:
    (world / "model" / "empty.txt").touch()
    formed(form)
    check = only(look(world))
    assert (check.status, check.changed, check.added) == (SignatureStatus.VERIFIED, (), ())
    with (world / "model" / "model.safetensors").open("ab") as file:
        file.write(b"\0")
    assert only(look(world)).changed == ("model.safetensors",)
    (world / "model" / "model.safetensors").write_bytes(TENSORS[:-9])
    assert only(look(world)).changed == ("model.safetensors",)


def test_what_cannot_be_computed_is_a_gap_and_nothing_that_was_verified(
    world: Path, formed: Callable[[str], None]
) -> None:
    formed("blake3")
    report = look(world)
    check = only(report)
    assert (check.status, check.signers, check.covered) == (SignatureStatus.UNCHECKED, ("alice",), 0)
    (gap,) = report.gaps
    why = "signed by alice; its digests are BLAKE3, which is not computed here; verify it with model_signing"
    assert (gap.what, gap.why) == ("model.sig", why)
    (world / "model" / "evil.py").write_bytes(b"import os\n")
    assert only(look(world)).added == ("evil.py",)


def test_a_signature_with_a_certificate_is_known_by_its_key(world: Path, oms: Oms) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = str(world / "alice.pem"), str(world / "certificate.pem")
    command = ["openssl", "req", "-x509", "-key", key, "-out", certificate, "-days", "2", "-subj", "/CN=alice"]
    more = ["-addext", "keyUsage=critical,digitalSignature"]
    done = subprocess.run([*command, *more], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    path = world / "model"
    signing = ["--private_key", key, "--signing_certificate", certificate, "--certificate_chain", certificate]
    ran = oms.run("sign", "certificate", path, "--signature", path / "model.sig", *signing)
    assert ran.returncode == 0, ran.stderr
    assert "x509CertificateChain" in (path / "model.sig").read_text("utf-8")
    assert only(look(world)).signers == ("alice",)
    (world / ".driftseal" / "trust.toml").unlink()
    trusted(world, "mallory")
    assert only(look(world)).status is SignatureStatus.UNKNOWN
    added = driftseal("trust", "add", "alice", "certificate.pem", cwd=world)
    assert added.returncode == 0, added.stderr
    assert only(look(world)).signers == ("alice",)


def resources(*names: str, algorithm: str = "sha256", digest: str = "0" * 64) -> dict[str, Any]:
    """A statement over things of these names."""
    listed = [{"name": name, "algorithm": algorithm, "digest": digest} for name in names]
    root = hashlib.sha256(bytes.fromhex(digest) * len(names)).hexdigest() if len(digest) % 2 == 0 else "0"
    made = covering(SIGNED, resources=listed)
    return made | {"subject": [{"name": "model", "digest": {"sha256": root}}]}


def serialized(**changed: Any) -> dict[str, Any]:
    made = covering(SIGNED)
    made["predicate"]["serialization"] |= changed
    return made


HOSTILE: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "a list": (b"[]", "is no statement about a model: expected an object, not a list"),
    "not json": (b"{", "not valid JSON: Expecting property name"),
    "deep": (b'{"a":' * 100 + b"1" + b"}" * 100, "nested deeper than 64 levels"),
    "one name twice": (b'{"_type": 1, "_type": 2}', "what is signed names '_type' twice"),
    "another statement": ({**covering(SIGNED), "_type": "x"}, "it holds no in-toto statement of version 1"),
    "another predicate": ({**covering(SIGNED), "predicateType": "x"}, "its predicate type 'x' is not that of a model"),
    "the older form": (
        {**covering(SIGNED), "predicateType": "https://model_signing/Digests/v0.1"},
        "its predicate type 'https://model_signing/Digests/v0.1' is not that of a model",
    ),
    "two subjects": ({**covering(SIGNED), "subject": covering(SIGNED)["subject"] * 2}, "a list of 2 is longer than 1"),
    "no subject": ({**covering(SIGNED), "subject": []}, "it has no subject"),
    "another root": (
        {**covering(SIGNED), "subject": [{"name": "m", "digest": {"sha256": "0" * 64}}]},
        "is not that of",
    ),
    "no resources": (resources(), "it covers no file"),
    "one file twice": (resources("a", "a"), "'a' is covered twice"),
    "up": (resources("../a"), "'../a' is no path inside a model"),
    "absolute": (resources("/etc/passwd"), "'/etc/passwd' is no path inside a model"),
    "odd": (resources("a//b"), "'a//b' is no plain path"),
    "zero": (resources("a\0b"), "is no path inside a model"),
    "a file and a folder": (resources(".", "a"), "it covers a file and a folder at once"),
    "another algorithm": (resources("a", algorithm="md5"), "'a' has a digest of another algorithm than sha256"),
    "a short digest": (resources("a", digest="00"), "'a' has no digest of sha256"),
    "a digest in capitals": (resources("a", digest="A" * 64), "'a' has no digest of sha256"),
    "an unknown hash": (serialized(hash_type="shake256"), "by an algorithm that is not known: 'shake256'"),
    "an unknown way": (serialized(method="tensors"), "in a way that is not known: 'tensors'"),
    "shards of nothing": (serialized(method="shards", shard_size=0), "shard_size is no number of bytes"),
    "shards of true": (serialized(method="shards", shard_size=True), "shard_size is no number of bytes"),
    "shards of a half": (serialized(method="shards", shard_size=0.5), "shard_size is no number of bytes"),
    "endless shards": (serialized(method="shards", shard_size=1e300), "shard_size is no number of bytes"),
    "no shard": (serialized(method="shards", shard_size=5), "has a digest of another algorithm than sha256-sharded-5"),
    "links": (serialized(allow_symlinks="no"), "allow_symlinks is neither true nor false"),
    "ignored": (serialized(ignore_paths={}), "expected a list, not an object"),
    "a number for a name": (covering(SIGNED, resources=[{"name": 1}]), "expected text, not a number"),
    "no serialization": (covering(SIGNED, serialization=None), "expected an object, not null"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_statement_gives_one_clear_answer(world: Path, case: str) -> None:
    data, why = HOSTILE[case]
    put(world, signed(data, world / "alice.pem"))
    report = look(world)
    assert only(report).status is SignatureStatus.MALFORMED
    assert why in only(report).reason
    assert only(report).signers == ()
    ((rule, (severity, evidence)),) = told(report).items()
    assert (rule, severity) == ("signature-unreadable", Severity.LOW)
    assert evidence.startswith("model.sig: ")


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("a:0:5", "a:0:5"), "'a' is covered twice"),
        (("a:0:5", "a:3:8"), "'a:3:8' names no part of a file"),
        (("a:5:10",), "the beginning of 'a' is not covered"),
        (("a:0:5", "a:10:12"), "'a' is covered twice"),
        (("a:0:6",), "'a:0:6' names no part of a file"),
        (("a:5:5",), "'a:5:5' names no part of a file"),
        (("a:-1:4",), "'a:-1:4' names no part of a file"),
        (("a",), "'a' names no part of a file"),
        (("../a:0:5",), "'../a' is no path inside a model"),
        (("a:0:99999999999999999999",), "names no part of a file"),
    ],
)
def test_hostile_shards_give_one_clear_answer(world: Path, names: tuple[str, ...], why: str) -> None:
    made = resources(*names, algorithm="sha256-sharded-5")
    made["predicate"]["serialization"] |= {"method": "shards", "shard_size": 5}
    put(world, made)
    assert (only(look(world)).status, why in only(look(world)).reason) == (SignatureStatus.MALFORMED, True)


def bundle(**changed: Any) -> bytes:
    """A bundle that nobody signed, with some members changed."""
    envelope = {"payload": base64.b64encode(b"{}").decode(), "payloadType": "application/vnd.in-toto+json"}
    document = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": {**envelope, "signatures": [{"sig": "AAAA"}], **changed.pop("envelope", {})},
        **changed,
    }
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not valid JSON: Expecting value"),
        (b"-----BEGIN PGP SIGNATURE-----", "not valid JSON: Expecting value"),
        (b"[" * 100_000, "nested deeper than 64 levels"),
        (b'{"dsseEnvelope": {}, "dsseEnvelope": {}}', "names 'dsseEnvelope' twice"),
        (bundle(mediaType="application/json"), "its media type is not that of version 0.3"),
        (bundle(mediaType=["x"]), "its media type is not that of version 0.3"),
        (bundle(verificationMaterial={}), "it was signed neither with a key nor with a certificate"),
        (bundle(verificationMaterial={"publicKey": {"hint": 5}}), "expected text, not a number"),
        (bundle(messageSignature={}), "it signs the bytes of one file, and not a statement"),
        (bundle(envelope={"payload": "%"}), "not base64"),
        (bundle(envelope={"payload": 1}), "expected text, not a number"),
        (bundle(envelope={"payloadType": "text/plain"}), "signs a payload of another type"),
        (bundle(envelope={"signatures": []}), "it must hold exactly one signature"),
        (bundle(envelope={"signatures": [{"sig": "AAAA"}] * 2}), "it must hold exactly one signature"),
        (bundle(envelope={"signatures": [7]}), "expected an object, not a number"),
    ],
)
def test_a_hostile_bundle_gives_one_clear_answer(world: Path, data: bytes, why: str) -> None:
    put(world, data)
    check = only(look(world))
    assert (check.status, check.signers) == (SignatureStatus.MALFORMED, ())
    assert why in check.reason


def test_a_bundle_that_is_too_large_is_not_read(world: Path) -> None:
    put(world, b" " * 5000)
    check = only(look(world, limits=replace(DEFAULT_LIMITS, file_bytes=4000)))
    assert (check.status, check.reason) == (SignatureStatus.MALFORMED, "larger than 4000 bytes")


def test_a_certificate_that_is_none_is_nobody_s(world: Path) -> None:
    policy = world / ".driftseal" / "trust.toml"
    (policy.parent / "root.json").write_text("{}", encoding="utf-8")
    identity = '\n[[signer.ci.identity]]\nsan = "ci@example.org"\nissuer = "https://issuer.example"\n'
    policy.write_text('trusted_root = "root.json"\n' + policy.read_text("utf-8") + identity, encoding="utf-8")
    put(world, bundle(verificationMaterial={"certificate": {"rawBytes": "AAAA"}}, envelope={"payload": "e30="}))
    done = driftseal("scan", "model", cwd=world)
    assert (done.returncode, "the policy's trusted_root cannot be used" in done.stderr) == (4, True)


def test_identities_need_a_root_of_trust(world: Path) -> None:
    policy = world / ".driftseal" / "trust.toml"
    identity = '\n[[signer.ci.identity]]\nsan = "ci@example.org"\nissuer = "https://issuer.example"\n'
    policy.write_text(policy.read_text("utf-8") + identity, encoding="utf-8")
    put(world, covering(SIGNED))
    with pytest.raises(ConfigError, match="identities need trusted_root"):
        look(world)


def test_a_signature_of_another_kind_is_left_alone(world: Path) -> None:
    put(world, b"-----BEGIN PGP SIGNATURE-----", "model/model.safetensors.sig")
    report = look(world)
    assert [one.signatures for one in report.snapshots] == [()]
    assert told(report) == {}


def test_audit_does_not_believe_the_policy_of_the_tree(world: Path) -> None:
    put(world, covering(SIGNED))
    assert only_json(world, "audit", "model")["status"] == "unknown-signer"
    assert only_json(world, "scan", "model")["status"] == "verified"
    outside = world.parent / f"{world.name}-trust.toml"
    outside.write_bytes((world / ".driftseal" / "trust.toml").read_bytes())
    row = only_json(world, "audit", "model", "--trust", str(outside))
    assert (row["status"], row["signers"]) == ("verified", ["alice"])


def only_json(folder: Path, *args: str) -> dict[str, Any]:
    done = driftseal(*args, "--format", "json", cwd=folder)
    (target,) = json.loads(done.stdout)["targets"]
    (row,) = target["signatures"]
    found_there: dict[str, Any] = row
    return found_there


def test_a_broken_policy_harms_nobody_who_scans_what_is_not_signed(world: Path) -> None:
    (world / ".driftseal" / "trust.toml").write_text("[", encoding="utf-8")
    assert driftseal("scan", "model", cwd=world).returncode == 0
    put(world, covering(SIGNED))
    assert driftseal("scan", "model", cwd=world).returncode == 2


def test_the_text_report_names_the_signer_and_what_was_left_out(world: Path) -> None:
    put(world, covering(SIGNED))
    done = driftseal("scan", "model", cwd=world)
    text = " ".join(done.stdout.split())
    assert "Signature of model: model.sig: verified, signed by alice; every file is the one that was signed;" in text
    assert "left out by name: .gitattributes." in text
    sarif = json.loads(driftseal("scan", "model", "--format", "sarif", cwd=world).stdout)
    notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert any(note["message"]["text"].startswith("signature model.sig: verified, signed by alice") for note in notes)


def test_the_bill_of_materials_names_the_signer_and_the_digest_that_was_signed(world: Path) -> None:
    (world / "model" / "a").rename(world / "model" / "b")
    (world / "model" / "b.txt").write_bytes(b"in strings before b/, in paths after it\n")
    files = {"b.txt": (world / "model" / "b.txt").read_bytes(), "b/b/vocab.txt": b"one\n"}
    made = covering({**{name: SIGNED[name] for name in ("config.json", "model.safetensors", "a.txt")}, **files})
    put(world, made, "model.sig")
    document = json.loads(driftseal("bom", "model", cwd=world).stdout)
    (component,) = [one for one in document["components"] if one["type"] == "machine-learning-model"]
    properties = {one["name"]: one["value"] for one in component["properties"]}
    assert properties["driftseal:model:signature"] == "../model.sig verified, signed by alice"
    assert [one["content"] for one in component["hashes"]] == [made["subject"][0]["digest"]["sha256"]]


def test_approving_a_model_shows_what_became_of_its_signature(world: Path) -> None:
    put(world, covering({**SIGNED, "a.txt": b"other\n"}))
    done = driftseal("baseline", "approve", "model", "--key", "alice.pem", "--yes", cwd=world)
    assert "A file of the model is not the one that was signed" in done.stdout
