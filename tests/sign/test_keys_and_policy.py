"""Keys, the policy that names them, and the record of versions."""

from __future__ import annotations

import datetime as dt
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from driftseal import snapshot
from driftseal.errors import ConfigError, DriftsealError, TrustError, UsageError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.trust import SignedBaseline, VerificationStatus
from driftseal.sign import policy, state, statement, trustfile
from driftseal.sign.key import KeySigner
from driftseal.sign.keygen import generate
from driftseal.sign.ssh import SshSigner
from driftseal.sign.state import State
from signing import World, baseline, check


def test_a_new_key_is_for_its_owner_alone_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    public = generate(path, passphrase=None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tmp_path / "key.pem.pub").read_bytes() == public
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        generate(path, passphrase=None)
    assert path.read_bytes() == before


def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        generate(tmp_path / "key.pem", passphrase=None)
    assert not (tmp_path / "elsewhere").exists()


def test_an_encrypted_key_wants_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    generate(path, passphrase=b"secret")
    assert KeySigner(path, passphrase=b"secret").public_key()
    with pytest.raises(TrustError, match="is encrypted"):
        KeySigner(path, passphrase=None)
    with pytest.raises(TrustError, match="passphrase is wrong"):
        KeySigner(path, passphrase=b"other")


def ssh_file(path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> Path:
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    return path


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())])
def test_an_openssh_key_signs_too(tmp_path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
    signer = SshSigner(ssh_file(tmp_path / "id", key), passphrase=None)
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    trustfile.add(tmp_path / "trust.toml", "alice", line + b" alice@example.com\n")
    file = snapshot.dump(baseline().snapshot)
    made = statement.make(baseline(), file)
    signed = SignedBaseline("s", made.payload, {"a.sigstore.json": signer.sign(made)}, file)
    trust = policy.load(tmp_path / "trust.toml", DEFAULT_LIMITS)
    assert check(signed, trust)[0].status is VerificationStatus.VERIFIED


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())])
def test_keys_of_other_kinds_do_not_count(tmp_path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(TrustError, match="of this kind does not count"):
        trustfile.add(tmp_path / "trust.toml", "alice", public)


def test_a_private_key_given_for_a_public_one_is_told_so(tmp_path: Path) -> None:
    generate(tmp_path / "key.pem", passphrase=None)
    with pytest.raises(TrustError) as caught:
        trustfile.add(tmp_path / "trust.toml", "alice", (tmp_path / "key.pem").read_bytes())
    assert "not the private one" in caught.value.hint
    assert not (tmp_path / "trust.toml").exists()


def test_a_policy_keeps_what_people_wrote(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.person("alice")
    text = "# ours\n" + world.path.read_text(encoding="utf-8").replace(
        'match = "*"', 'match = "claude-code/*" # only these'
    )
    world.path.write_text(text, encoding="utf-8")
    world.person("bob")
    trustfile.revoke(world.path, "alice", dt.date(2026, 6, 1))
    after = world.path.read_text(encoding="utf-8")
    assert "# ours" in after
    assert "# only these" in after
    read = policy.load(world.path, DEFAULT_LIMITS)
    assert [key.revoked for key in read.signers["alice"]] == ["2026-06-01"]
    assert [key.revoked for key in read.signers["bob"]] == [""]
    trustfile.revoke(world.path, "alice", dt.date(2027, 1, 1))
    assert policy.load(world.path, DEFAULT_LIMITS).signers["alice"][0].revoked == "2026-06-01"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rule]]\nmatch = '*'\nsigners = ['alice']", "no signer 'alice'"),
        ("[[rule]]\nmatch = '*'\nsigners = []", "at least one signer"),
        ("[[rule]]\nmatch = '*'\nsigners = ['*']\nthreshold = 0", "threshold of at least 1"),
        ("[[rule]]\nsigners = ['*']", "match is a glob"),
        ("[[rule]]\nmatch = '*'\nsigners = ['*']\ntreshold = 2", "unknown key 'treshold'"),
        ("[signers.alice]", "unknown key 'signers'"),
        ("[[signer.alice.key]]\npem = 'x'\nssh = 'y'", "one of file, pem or ssh"),
        ("[[signer.alice.key]]\nfile = '../outside.pub'", "outside of the policy's folder"),
        ("[[signer.alice.key]]\nfile = 'missing.pub'", "missing.pub: cannot be read"),
        ("[[signer.alice.key]]\npem = 'x'", "not a public key"),
        ("[[signer", "not valid TOML"),
    ],
)
def test_a_mistake_in_a_policy_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "trust.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DriftsealError) as caught:
        policy.load(tmp_path / "trust.toml", DEFAULT_LIMITS)
    assert message in str(caught.value)


def test_the_digest_covers_the_policy_and_every_key_file(tmp_path: Path) -> None:
    generate(tmp_path / "one.pem", passphrase=None)
    generate(tmp_path / "two.pem", passphrase=None)
    key = tmp_path / "key.pub"
    key.write_bytes((tmp_path / "one.pem.pub").read_bytes())
    path = tmp_path / "trust.toml"
    path.write_text(
        "[[signer.alice.key]]\nfile = 'key.pub'\n[[rule]]\nmatch = '*'\nsigners = ['*']\n", encoding="utf-8"
    )
    pinned = str(policy.load(path, DEFAULT_LIMITS).digest)
    assert policy.load(path, DEFAULT_LIMITS, trust_digest=pinned).external
    key.write_bytes((tmp_path / "two.pem.pub").read_bytes())
    with pytest.raises(TrustError, match="is not the pinned one"):
        policy.load(path, DEFAULT_LIMITS, trust_digest=pinned)


def test_a_record_is_read_back_as_it_was(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.person("alice")
    _, approved = check(world.signed("alice"), world.policy())
    assert approved is not None
    kept = State().remembering(approved)
    path = tmp_path / "deep" / "state.json"
    state.save(path, kept)
    assert state.load(path, DEFAULT_LIMITS) == kept
    assert state.load(tmp_path / "none.json", DEFAULT_LIMITS) == State()


@pytest.mark.parametrize("text", ["", "{}", '{"schema": "driftseal-state/1", "targets": {"a": {"version": "x"}}}'])
def test_a_damaged_record_is_an_error_and_not_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="damaged state file"):
        state.load(tmp_path / "s.json", DEFAULT_LIMITS)


def test_each_branch_has_its_own_record(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.person("alice")
    trust = world.policy()
    (tmp_path / ".git").mkdir()
    paths = set()
    for head in ("ref: refs/heads/main", "ref: refs/heads/next"):
        (tmp_path / ".git" / "HEAD").write_text(head, encoding="utf-8")
        paths.add(state.default_path({"HOME": "/h"}, "linux", policy=trust, root=tmp_path))
    assert len(paths) == 2
    assert all(path.is_relative_to("/h/.local/state/driftseal") for path in paths)


def test_key_mode_imports_nothing_of_sigstore(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from driftseal.sign.keygen import generate; from driftseal.sign.key import KeySigner;"
        "from driftseal.sign import verify, policy; p = pathlib.Path(sys.argv[1]) / 'k.pem';"
        "generate(p, passphrase=None); KeySigner(p, passphrase=None); print(*sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    assert not {"sigstore", "tuf", "pydantic", "rich", "aiohttp"} & set(out.split())


def test_a_policy_that_must_be_edited_by_hand_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.person("alice")
    text = world.path.read_text(encoding="utf-8").replace("[[signer.alice.key]]", "[[ signer.alice.key ]]")
    world.path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="edited by hand"):
        trustfile.revoke(world.path, "alice", dt.date(2026, 6, 1))
    assert world.path.read_text(encoding="utf-8") == text
