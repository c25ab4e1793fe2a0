"""Signing and believing without keys: a Sigstore on loopback certifies identities, and the policy names them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import driftseal
from driftseal.errors import TrustError
from driftseal.model.trust import Statement
from driftseal.sign.keyless import KeylessSigner
from modelsigning import Oms, found, keys, model, statement, trusted
from servers.sigstore_services import ISSUER, Sigstore, running, token

CI = "https://github.com/acme/models/.github/workflows/sign.yml@refs/heads/main"


@pytest.fixture(scope="module")
def sigstore() -> Iterator[Sigstore]:
    with running() as services:
        yield services


@pytest.fixture
def world(tmp_path: Path, sigstore: Sigstore) -> Path:
    """A model, a key of alice, and a policy that names her and the CI job."""
    keys(tmp_path, "alice")
    trusted(tmp_path, "alice")
    model(tmp_path)
    folder = tmp_path / ".driftseal"
    (folder / "root.json").write_text(json.dumps(sigstore.trusted_root()), encoding="utf-8")
    (tmp_path / "services.json").write_text(json.dumps(sigstore.configuration()), encoding="utf-8")
    policy = (folder / "trust.toml").read_text("utf-8")
    identity = f'\n[[signer.ci.identity]]\nsan = "{CI}"\nissuer = "{ISSUER}"\n'
    (folder / "trust.toml").write_text(f'trusted_root = "root.json"\n{policy}{identity}', encoding="utf-8")
    return tmp_path


def approve(folder: Path, subject: str = CI, **claims: Any) -> tuple[int, str]:
    told = ["--keyless", "--identity-token-env", "TOKEN", "--sigstore-config", "services.json", "--yes"]
    env = {"TOKEN": token(subject, **claims)}
    done = driftseal("baseline", "approve", "model", *told, cwd=folder, env=env)
    assert env["TOKEN"] not in done.stderr + done.stdout
    return done.returncode, done.stderr


def checked(folder: Path) -> dict[str, Any]:
    done = driftseal("baseline", "verify", "--format", "json", cwd=folder)
    (row,) = json.loads(done.stdout)["baselines"]
    told: dict[str, Any] = row
    return told


def bundle(folder: Path) -> Path:
    (path,) = (folder / ".driftseal" / "baselines").glob("*/*.sigstore.json")
    return path


def test_a_baseline_signed_by_an_identity_is_believed_by_the_policy_that_names_it(world: Path) -> None:
    assert approve(world)[0] == 0
    assert bundle(world).name == "ci.sigstore.json"
    row = checked(world)
    assert (row["status"], row["signers"]) == ("verified", ["ci"])
    assert driftseal("drift", "model", cwd=world).returncode == 0


def test_another_identity_is_nobody_for_the_policy(world: Path) -> None:
    code, said = approve(world, "https://github.com/evil/models/.github/workflows/sign.yml@refs/heads/main")
    assert (code, "belongs to nobody whom the trust policy names" in said) == (4, True)
    assert not list((world / ".driftseal").glob("baselines/*/*.sigstore.json"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (CI, CI.replace("main", "dev")),
        (ISSUER, "https://other.example"),
        ("issuer =", "revoked = 2025-01-01\nissuer ="),
    ],
)
def test_a_policy_that_names_another_identity_or_issuer_does_not_believe_it(world: Path, old: str, new: str) -> None:
    assert approve(world)[0] == 0
    policy = world / ".driftseal" / "trust.toml"
    policy.write_text(policy.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert checked(world)["status"] == "untrusted"


def test_another_root_of_trust_does_not_believe_it(world: Path) -> None:
    assert approve(world)[0] == 0
    with running() as other:
        (world / ".driftseal" / "root.json").write_text(json.dumps(other.trusted_root()), encoding="utf-8")
    assert checked(world)["status"] == "untrusted"


def test_a_payload_that_was_exchanged_is_not_believed(world: Path) -> None:
    assert approve(world)[0] == 0
    path = bundle(world)
    document = json.loads(path.read_bytes())
    document["dsseEnvelope"]["signatures"][0]["sig"] = "A" * 96
    path.write_text(json.dumps(document), encoding="utf-8")
    assert checked(world)["status"] in {"untrusted", "tampered"}


def test_model_signing_accepts_our_keyless_signature_for_that_identity_alone(world: Path, tools: Path) -> None:
    oms: Oms = found(tools)
    assert approve(world)[0] == 0
    assert statement(bundle(world))["predicateType"] == "https://model_signing/signature/v1.0"
    told = ["--signature", str(bundle(world)), "--identity_provider", ISSUER]
    told += ["--trust_config", str(world / "services.json")]
    done = oms.run("verify", "sigstore", world / "model", *told, "--identity", CI)
    assert (done.returncode, done.stdout) == (0, "Verification succeeded\n"), done.stderr
    assert oms.run("verify", "sigstore", world / "model", *told, "--identity", "else").returncode != 0


def test_a_keyless_signature_of_model_signing_is_verified_for_the_identity_of_the_policy(
    world: Path, tools: Path
) -> None:
    oms: Oms = found(tools)
    path = world / "model"
    told = ["--identity_token", token(CI), "--trust_config", str(world / "services.json")]
    done = oms.run("sign", "sigstore", path, "--signature", path / "model.sig", *told)
    assert done.returncode == 0, done.stderr
    scanned = driftseal("scan", "model", "--format", "json", cwd=world)
    (target,) = json.loads(scanned.stdout)["targets"]
    (row,) = target["signatures"]
    assert (row["status"], row["signers"]) == ("verified", ["ci"])


def test_an_identity_is_shown_and_taken_out_of_force_like_a_key(world: Path) -> None:
    assert approve(world)[0] == 0
    shown = driftseal("trust", "show", cwd=world).stdout
    assert f"signer   ci: {CI} by {ISSUER}: in force" in shown
    revoked = driftseal("trust", "revoke", "ci", cwd=world)
    assert (revoked.returncode, f"{ISSUER}: revoked " in revoked.stdout) == (0, True)
    assert "ci's identity was revoked on" in checked(world)["reason"]


def test_the_digest_of_the_policy_covers_the_root_of_trust(world: Path) -> None:
    before = driftseal("trust", "show", cwd=world).stdout
    root = world / ".driftseal" / "root.json"
    root.write_text(root.read_text("utf-8") + " ", encoding="utf-8")
    assert driftseal("trust", "show", cwd=world).stdout != before


def test_without_a_network_signing_says_what_it_needs() -> None:
    nowhere = Sigstore()
    nowhere.url = "http://127.0.0.1:9"
    signer = KeylessSigner(token=token(CI), services=json.dumps(nowhere.configuration()))
    made = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "x", "predicate": {}}
    subject = [{"name": "m", "digest": {"sha256": "0" * 64}}]
    with pytest.raises(TrustError, match="signing without a key failed") as caught:
        signer.sign(Statement(json.dumps({**made, "subject": subject}).encode()))
    assert "it needs the network" in caught.value.hint


@pytest.mark.parametrize(("claims", "why"), [({"exp": 1}, "cannot be used"), ({"aud": "else"}, "cannot be used")])
def test_a_token_that_cannot_be_used_is_told_and_never_shown(world: Path, claims: dict[str, Any], why: str) -> None:
    code, said = approve(world, **claims)
    assert (code, why in said) == (4, True)


def test_who_has_no_identity_is_told_where_to_get_one(world: Path) -> None:
    done = driftseal("baseline", "approve", "model", "--keyless", "--yes", cwd=world)
    assert (done.returncode, "nobody says who we are" in done.stderr) == (4, True)
