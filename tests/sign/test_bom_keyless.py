"""Bills of materials signed by an identity, for our verifier and for Sigstore's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sigstore.errors import VerificationError
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity
from sigstore_models.trustroot.v1 import TrustedRoot as Root

from commands import CLEAN, driftseal, write
from driftseal.model.digest import Digest
from servers.sigstore_services import ISSUER, Sigstore, running, token

CI = "https://github.com/acme/shop/.github/workflows/bom.yml@refs/heads/main"
OTHER = CI.replace("main", "evil")


@pytest.fixture(scope="module")
def sigstore() -> Iterator[Sigstore]:
    with running() as services:
        yield services


@pytest.fixture
def signed(tmp_path: Path, sigstore: Sigstore) -> Path:
    """A folder with a document that a CI job signed."""
    write(tmp_path, "tools.json", CLEAN)
    write(tmp_path, "services.json", sigstore.configuration())
    write(tmp_path, "root.json", sigstore.trusted_root())
    how = ("--sign", "--keyless", "--identity-token-env", "TOKEN", "--sigstore-config", "services.json")
    env = {"TOKEN": token(CI)}
    done = driftseal("bom", "tools.json", "-o", "bom.json", *how, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert env["TOKEN"] not in done.stderr
    return tmp_path


def trusting(folder: Path, san: str) -> str:
    """A policy that believes one identity."""
    person = f'[[signer.ci.identity]]\nsan = "{san}"\nissuer = "{ISSUER}"\n'
    rule = '[[rule]]\nmatch = "bom/*"\nsigners = ["ci"]\n'
    (folder / "trust.toml").write_text(f'trusted_root = "root.json"\n{person}{rule}', encoding="utf-8")
    return "trust.toml"


def test_the_policy_believes_the_identity_that_it_names_and_no_other(signed: Path) -> None:
    for san, code, told in ((CI, 0, "verified: signed by ci"), (OTHER, 4, "untrusted: signed by nobody")):
        done = driftseal("bom", "verify", "bom.json", "--trust", trusting(signed, san), cwd=signed)
        assert (done.returncode, told in done.stdout) == (code, True), done.stdout + done.stderr


def test_sigstores_own_verifier_accepts_the_bundle_for_that_identity_alone(signed: Path) -> None:
    root = Root.from_json((signed / "root.json").read_bytes())
    verifier = Verifier(trusted_root=TrustedRoot(root))
    bundle = Bundle.from_json((signed / "bom.json.sigstore.json").read_bytes())
    kind, payload = verifier.verify_dsse(bundle, Identity(identity=CI, issuer=ISSUER))
    assert kind == "application/vnd.in-toto+json"
    subject = json.loads(payload)["subject"]
    assert subject == [{"name": "bom.json", "digest": {"sha256": Digest.of((signed / "bom.json").read_bytes()).value}}]
    with pytest.raises(VerificationError):
        verifier.verify_dsse(bundle, Identity(identity=OTHER, issuer=ISSUER))
