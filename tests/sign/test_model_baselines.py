"""Baselines of models are signatures that ``model_signing`` of the OpenSSF accepts, and refuses when it should."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import jsonschema_rs
import pytest

from commands import driftseal
from driftseal.model.trust import Statement, VerificationStatus
from driftseal.sign.key import KeySigner
from modelsigning import TENSORS, Oms, approved, found, keys, model, statement, trusted


@pytest.fixture
def oms(tools: Path) -> Oms:
    return found(tools)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """A model and our signature of it."""
    keys(tmp_path, "alice", "mallory")
    trusted(tmp_path, "alice")
    path = model(tmp_path)
    return path, approved(tmp_path, "model", "--key", "alice.pem")


def test_the_statement_covers_every_file_in_the_order_of_the_specification(made: tuple[Path, Path]) -> None:
    path, bundle = made
    signed = statement(bundle)
    predicate = signed["predicate"]
    assert signed["predicateType"] == "https://model_signing/signature/v1.0"
    assert [one["name"] for one in predicate["resources"]] == [
        "a/b/vocab.txt",
        "a.txt",
        "config.json",
        "model.safetensors",
    ]
    digests = [hashlib.sha256((path / one["name"]).read_bytes()) for one in predicate["resources"]]
    assert [one["digest"] for one in predicate["resources"]] == [one.hexdigest() for one in digests]
    root = hashlib.sha256(b"".join(one.digest() for one in digests)).hexdigest()
    assert signed["subject"] == [{"name": "model", "digest": {"sha256": root}}]
    assert predicate["serialization"] == {
        "method": "files",
        "hash_type": "sha256",
        "allow_symlinks": True,
        "ignore_paths": [".git", ".gitattributes", ".github", ".gitignore", ".driftseal", ".cache/huggingface"],
    }
    # What other verifiers pass over is bound by the baseline all the same.
    assert "model-file:.gitattributes" in {item["key"] for item in predicate["x-baseline"]["items"]}
    assert predicate["x-baseline"]["target"]["identity"] == "model:~/model"


def test_the_baseline_inside_follows_the_published_schema(made: tuple[Path, Path]) -> None:
    schema = Path(__file__).parents[2] / "baselines" / "schema" / "predicate.schema.json"
    validator = jsonschema_rs.Draft202012Validator(json.loads(schema.read_bytes()))
    predicate = statement(made[1])["predicate"]["x-baseline"]
    validator.validate(predicate)
    assert predicate["file"].startswith("sha256:")


def test_model_signing_accepts_our_signature(made: tuple[Path, Path], tmp_path: Path, oms: Oms) -> None:
    path, bundle = made
    assert oms.verify(path, bundle, tmp_path / "alice.pem.pub") == (True, "Verification succeeded\n")
    assert not oms.verify(path, bundle, tmp_path / "mallory.pem.pub")[0]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("model.safetensors", TENSORS[:-1] + b"!", "Hash mismatch for "),
        ("evil.pkl", b"cos\nsystem\n.", "Extra files found in model 'model': evil.pkl"),
        ("a.txt", None, "Missing files in model 'model': a.txt"),
    ],
)
def test_model_signing_refuses_other_files_than_we_signed(
    made: tuple[Path, Path], tmp_path: Path, oms: Oms, name: str, data: bytes | None, told: str
) -> None:
    path, bundle = made
    if data is None:
        (path / name).unlink()
    else:
        (path / name).write_bytes(data)
    accepted, said = oms.verify(path, bundle, tmp_path / "alice.pem.pub")
    assert not accepted
    assert told in said


def test_model_signing_refuses_a_payload_that_was_changed(made: tuple[Path, Path], tmp_path: Path, oms: Oms) -> None:
    path, bundle = made
    document = json.loads(bundle.read_bytes())
    payload = base64.b64decode(document["dsseEnvelope"]["payload"]).replace(b'"version":1', b'"version":9')
    document["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode("ascii")
    bundle.write_text(json.dumps(document), encoding="utf-8")
    assert not oms.verify(path, bundle, tmp_path / "alice.pem.pub")[0]


def test_a_model_that_is_one_file_is_signed_as_such(tmp_path: Path, oms: Oms) -> None:
    keys(tmp_path, "alice")
    path = model(tmp_path) / "model.safetensors"
    bundle = approved(tmp_path, "model/model.safetensors", "--key", "alice.pem")
    (resource,) = statement(bundle)["predicate"]["resources"]
    assert (resource["name"], resource["digest"]) == (".", hashlib.sha256(TENSORS).hexdigest())
    assert oms.verify(path, bundle, tmp_path / "alice.pem.pub") == (True, "Verification succeeded\n")


def test_links_within_the_model_are_followed_by_both(tmp_path: Path, oms: Oms) -> None:
    keys(tmp_path, "alice")
    path = model(tmp_path)
    (path / "weights.safetensors").symlink_to("model.safetensors")
    bundle = approved(tmp_path, "model", "--key", "alice.pem")
    accepted, said = oms.verify(path, bundle, tmp_path / "alice.pem.pub", "--allow_symlinks")
    assert accepted, said


def test_a_baseline_of_a_model_is_believed_and_compared(made: tuple[Path, Path], tmp_path: Path) -> None:
    path, _ = made
    done = driftseal("baseline", "verify", "--format", "json", cwd=tmp_path)
    (row,) = json.loads(done.stdout)["baselines"]
    assert (done.returncode, row["status"], row["signers"]) == (0, "verified", ["alice"])
    assert driftseal("drift", "model", cwd=tmp_path).returncode == 0
    (path / "added.safetensors").write_bytes(TENSORS)
    (path / "a.txt").unlink()
    (path / "model.safetensors").write_bytes(TENSORS[:-1] + b"!")
    done = driftseal("drift", "model", "--format", "json", cwd=tmp_path)
    (drift,) = json.loads(done.stdout)["drifts"]
    changes = {one["item"]["name"]: one["kind"] for one in drift["changes"]}
    assert (changes["added.safetensors"], changes["a.txt"], changes["model.safetensors"]) == (
        "added",
        "removed",
        "modified",
    )
    assert done.returncode == 1


def test_what_is_signed_of_the_files_must_be_what_was_looked_at(made: tuple[Path, Path], tmp_path: Path) -> None:
    """The first of two signers could else have the second one sign digests that nobody has seen."""
    _, bundle = made
    folder = bundle.parent
    signed = statement(bundle)
    resources = signed["predicate"]["resources"]
    resources[0]["digest"] = "0" * 64
    digests = b"".join(bytes.fromhex(one["digest"]) for one in resources)
    signed["subject"][0]["digest"]["sha256"] = hashlib.sha256(digests).hexdigest()
    payload = json.dumps(signed).encode()
    bundle.unlink()
    pending = folder / "pending"
    pending.mkdir()
    (pending / "statement.json").write_bytes(payload)
    (pending / "snapshot.json").write_bytes((folder / "snapshot.json").read_bytes())
    signer = KeySigner(tmp_path / "alice.pem", passphrase=None)
    (pending / "alice.sigstore.json").write_bytes(signer.sign(Statement(payload)))
    done = driftseal("baseline", "sign", folder.name, "--key", "alice.pem", "--yes", cwd=tmp_path)
    assert done.returncode == 4
    assert "the snapshot is not the one that was approved: what is signed of its files differs" in done.stderr


def test_a_signature_of_model_signing_is_no_baseline(made: tuple[Path, Path], tmp_path: Path, oms: Oms) -> None:
    """It says nothing of version, end and target, so it must not come in force by being put there."""
    path, bundle = made
    oms.sign(path, tmp_path / "theirs.sig", tmp_path / "alice.pem")
    bundle.write_bytes((tmp_path / "theirs.sig").read_bytes())
    payload = json.loads(bundle.read_bytes())["dsseEnvelope"]["payload"]
    (bundle.parent / "statement.json").write_bytes(base64.b64decode(payload))
    done = driftseal("baseline", "verify", "--format", "json", cwd=tmp_path)
    (row,) = json.loads(done.stdout)["baselines"]
    assert (done.returncode, row["status"]) == (4, str(VerificationStatus.TAMPERED))
    assert row["reason"].startswith("statement: damaged: it is no driftseal baseline")


@pytest.mark.parametrize("name", ["../up.bin", "/top.bin", "a\\b"])
def test_a_path_that_leads_out_of_the_model_is_not_signed(name: str) -> None:
    from driftseal import snapshot
    from driftseal.errors import TargetError
    from driftseal.model.item import ItemKind
    from driftseal.model.snapshot import Origin
    from driftseal.model.target import Target
    from driftseal.sign import oms as signing

    item = snapshot.make_item(ItemKind.MODEL_FILE, name, {"sha256": "0" * 64})
    taken = snapshot.take(
        Target("oci", "oci:h/m:v", "m", "oci/h/m:v"), [item], origin=Origin.PUBLISHED, collected_at=""
    )
    with pytest.raises(TargetError, match="is no path inside a model"):
        signing.files(taken)
