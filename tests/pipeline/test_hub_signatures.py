"""Signatures in repositories of the Hugging Face Hub: held against bytes where they were read, else against claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configured import context
from driftseal.collect.base import Consent
from driftseal.config import Config
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.signature import SignatureCheck, SignatureStatus
from driftseal.pipeline import trust
from driftseal.pipeline.scan import Run, scan
from driftseal.pipeline.trust import TrustOptions
from modelsigning import TENSORS, covering, keys, signed, trusted
from servers.hub import Hub, serving

FAST = replace(DEFAULT_LIMITS, retry_seconds=0.01, request_seconds=300.0, download_seconds=300.0)
WEIGHTS = TENSORS[:-8] + bytes(8)
FILES = {"config.json": b'{"model_type": "llama"}', ".gitattributes": b"* text\n", "model.safetensors": WEIGHTS}
COVERED = {name: data for name, data in FILES.items() if name != ".gitattributes"}


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as served:
        yield served


@pytest.fixture
def world(tmp_path: Path) -> Path:
    keys(tmp_path, "alice")
    trusted(tmp_path, "alice")
    return tmp_path


def check(hub: Hub, folder: Path, *, limits: Limits = FAST, download: bool = False) -> SignatureCheck:
    environment = {"HF_ENDPOINT": hub.url, "PATH": "/usr/bin"}
    asks = context(folder, home=folder, environment=environment, limits=limits, consent=Consent(download=download))
    run = Run("scan", asks, replace(Config(), limits=limits))
    run = replace(run, policy=lambda: trust.for_signatures(run, TrustOptions()))
    (snapshot,) = scan(["hf:org/name"], run).snapshots
    (found,) = snapshot.signatures
    return found


def test_a_signature_in_a_repository_is_verified(hub: Hub, world: Path) -> None:
    hub.put("org/name", {**FILES, "model.sig": signed(covering(COVERED), world / "alice.pem")})
    found = check(hub, world)
    assert (found.status, found.signers, found.covered) == (SignatureStatus.VERIFIED, ("alice",), 2)
    assert found.ignored == (".gitattributes",)


def test_a_file_that_was_exchanged_in_the_repository_is_named(hub: Hub, world: Path) -> None:
    other = {**FILES, "config.json": b'{"model_type": "mamba"}', "tokenizer.json": b"{}"}
    hub.put("org/name", {**other, "model.sig": signed(covering(COVERED), world / "alice.pem")})
    found = check(hub, world)
    assert (found.status, found.changed) == (SignatureStatus.MISMATCH, ("config.json",))
    assert found.added == ("tokenizer.json",)


def test_claims_of_the_hub_are_told_until_every_byte_is_read(hub: Hub, world: Path) -> None:
    weights = TENSORS + bytes(400_000)
    files = {**COVERED, "model.safetensors": weights}
    hub.put("org/name", {**files, "model.sig": signed(covering(files), world / "alice.pem")})
    assert check(hub, world).claimed == 1
    assert (check(hub, world, download=True).claimed, check(hub, world, download=True).covered) == (0, 2)


def test_a_signature_that_is_too_large_to_be_kept_is_told(hub: Hub, world: Path) -> None:
    hub.put("org/name", {**FILES, "model.sig": b" " * 300_000})
    found = check(hub, world)
    assert found.status is SignatureStatus.MALFORMED
