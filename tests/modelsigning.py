"""Models, keys, and the program ``model_signing`` of the OpenSSF beside our own command."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import tools as prepared
from commands import driftseal
from driftseal.sign import trustfile
from driftseal.sign.keygen import generate

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)


def model(folder: Path, **files: bytes) -> Path:
    """A small model in a folder, with Git's own files as the Hub's have them."""
    path = folder / "model"
    given = {
        "config.json": b'{"model_type": "llama"}',
        "model.safetensors": TENSORS,
        ".gitattributes": b"*.safetensors filter=lfs\n",
        "a/b/vocab.txt": b"one\n",
        "a.txt": b"two\n",
        **files,
    }
    for name, data in given.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return path


@dataclass(frozen=True)
class Oms:
    """The program of others."""

    python: Path

    def run(self, *args: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(self.python), "-m", "model_signing", *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)

    def verify(self, path: Path, signature: Path, public: Path, *more: str) -> tuple[bool, str]:
        """Whether it accepts a signature by a key, and what it says."""
        done = self.run("verify", "key", path, "--signature", signature, "--public_key", public, *more)
        return done.returncode == 0, done.stdout + done.stderr

    def sign(self, path: Path, signature: Path, private: Path, *more: str) -> None:
        done = self.run("sign", "key", path, "--signature", signature, "--private_key", private, *more)
        assert done.returncode == 0, done.stderr


def found(tools: Path) -> Oms:
    """The program, where it was installed."""
    python = prepared.python(tools, "oms")
    if not python.exists():
        pytest.skip("model_signing is not installed: set DRIFTSEAL_TEST_INSTALL=1, or see tests/tools.py")
    return Oms(python)


def keys(folder: Path, *names: str) -> None:
    """Key pairs ``NAME.pem`` and ``NAME.pem.pub``."""
    for name in names:
        generate(folder / f"{name}.pem", passphrase=None)


def trusted(folder: Path, *names: str) -> None:
    """A trust policy that names these people."""
    for name in names:
        trustfile.add(folder / ".driftseal" / "trust.toml", name, (folder / f"{name}.pem.pub").read_bytes())


def approved(folder: Path, *args: str) -> Path:
    """Our signature, after ``baseline approve``."""
    done = driftseal("baseline", "approve", *args, "--yes", cwd=folder)
    assert done.returncode == 0, done.stderr
    (bundle,) = (folder / ".driftseal" / "baselines").glob("*/*.sigstore.json")
    return bundle


def covering(files: Mapping[str, bytes], **changed: Any) -> dict[str, Any]:
    """A statement over these files as ``model_signing`` writes it, with some members of its predicate changed."""
    names = sorted(files, key=lambda name: name.split("/"))
    digests = [hashlib.sha256(files[name]).digest() for name in names]
    resources = [
        {"name": name, "algorithm": "sha256", "digest": digest.hex()}
        for name, digest in zip(names, digests, strict=True)
    ]
    serialization = {"method": "files", "hash_type": "sha256", "allow_symlinks": False}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model", "digest": {"sha256": hashlib.sha256(b"".join(digests)).hexdigest()}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {"serialization": serialization, "resources": resources, **changed},
    }


def signed(statement: dict[str, Any] | bytes, private: Path, kind: str = "application/vnd.in-toto+json") -> bytes:
    """A bundle over a statement, made without any code of ours."""
    payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    encoded = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    key = load_pem_private_key(private.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = base64.b64encode(key.sign(encoded, ec.ECDSA(SHA256()))).decode()
    document = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": ""}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind,
            "signatures": [{"sig": signature, "keyid": ""}],
        },
    }
    return json.dumps(document).encode()


def statement(bundle: Path) -> dict[str, Any]:
    """What a bundle signs."""
    document = json.loads(bundle.read_bytes())
    signed: dict[str, Any] = json.loads(base64.b64decode(document["dsseEnvelope"]["payload"]))
    return signed
