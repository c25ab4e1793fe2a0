"""Models, keys, and the program ``model_signing`` of the OpenSSF beside our own command."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tools as prepared
from commands import driftseal

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
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

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
        done = driftseal("keygen", f"{name}.pem", cwd=folder)
        assert done.returncode == 0, done.stderr


def trusted(folder: Path, *names: str) -> None:
    """A trust policy that names these people."""
    for name in names:
        done = driftseal("trust", "add", name, f"{name}.pem.pub", cwd=folder)
        assert done.returncode == 0, done.stderr


def approved(folder: Path, *args: str) -> Path:
    """Our signature, after ``baseline approve``."""
    done = driftseal("baseline", "approve", *args, "--yes", cwd=folder)
    assert done.returncode == 0, done.stderr
    (bundle,) = (folder / ".driftseal" / "baselines").glob("*/*.sigstore.json")
    return bundle


def statement(bundle: Path) -> dict[str, Any]:
    """What a bundle signs."""
    document = json.loads(bundle.read_bytes())
    signed: dict[str, Any] = json.loads(base64.b64decode(document["dsseEnvelope"]["payload"]))
    return signed
