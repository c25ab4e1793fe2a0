"""Our bundles hold for verifiers that we did not write."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from driftseal.sign import envelope, statement
from signing import World, baseline

CHECK_BUNDLE = """
const { bundleFromJSON } = require('@sigstore/bundle');
const { toSignedEntity, toTrustMaterial, Verifier } = require('@sigstore/verify');
const crypto = require('crypto');
const fs = require('fs');
const [bundlePath, keyPath] = process.argv.slice(2);
const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(bundlePath, 'utf8')));
const publicKey = crypto.createPublicKey(fs.readFileSync(keyPath, 'utf8'));
const finder = () => ({ publicKey, validFor: () => true });
const trust = toTrustMaterial({ certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] }, finder);
const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
verifier.verify(toSignedEntity(bundle));
console.log('verified', bundle.content.dsseEnvelope.payload.length);
"""


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A bundle, the key that signed it, and another key."""
    world = World(tmp_path)
    signer = world.person("alice")
    world.person("mallory", trusted=False)
    path = tmp_path / "baseline.sigstore.json"
    path.write_bytes(signer.sign(statement.make(baseline(), b"file")))
    return path, tmp_path / "alice.pem.pub", tmp_path / "mallory.pem.pub"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_signature_over_the_encoding(made: tuple[Path, Path, Path], tmp_path: Path) -> None:
    bundle, key, other = made
    document = json.loads(bundle.read_bytes())["dsseEnvelope"]
    payload = base64.b64decode(document["payload"])
    (tmp_path / "pae").write_bytes(envelope.pae(document["payloadType"], payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(document["signatures"][0]["sig"]))

    def openssl(public: Path) -> int:
        command = ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(tmp_path / "sig")]
        return subprocess.run([*command, str(tmp_path / "pae")], capture_output=True, check=False).returncode

    assert openssl(key) == 0
    assert openssl(other) != 0


def node(tools: Path, *args: Path) -> subprocess.CompletedProcess[str]:
    script = tools / "check-bundle.cjs"
    script.write_text(CHECK_BUNDLE, encoding="utf-8")
    command = ["node", str(script), *map(str, args)]
    return subprocess.run(command, cwd=tools, capture_output=True, text=True, check=False)


def test_sigstore_js_verifies_our_bundle(made: tuple[Path, Path, Path], tools: Path) -> None:
    bundle, key, other = made
    done = node(tools, bundle, key)
    assert done.stdout.startswith("verified"), done.stderr
    assert node(tools, bundle, other).returncode != 0


def test_sigstore_js_refuses_a_changed_payload(made: tuple[Path, Path, Path], tools: Path) -> None:
    bundle, key, _ = made
    document = json.loads(bundle.read_bytes())
    payload = base64.b64decode(document["dsseEnvelope"]["payload"]).replace(b'"version":1', b'"version":9')
    document["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode("ascii")
    bundle.write_text(json.dumps(document), encoding="utf-8")
    assert node(tools, bundle, key).returncode != 0
