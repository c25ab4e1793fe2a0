"""A small world of people, keys and baselines for the tests of signing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from driftseal import snapshot
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.model.trust import Approved, Baseline, SignedBaseline, Statement, TrustPolicy, Verification
from driftseal.sign import policy, statement, trustfile, verify
from driftseal.sign.key import KeySigner
from driftseal.sign.keygen import generate
from driftseal.sign.state import State

NOW = "2026-06-01T00:00:00Z"
IDENTITY = "claude-code/project/.mcp.json/mail"


def tools(*names: str) -> Snapshot:
    """A snapshot of a server with these tools."""
    target = Target("client_config", ".mcp.json#mail", "mail", IDENTITY)
    items = []
    for name in names or ("send", "search"):
        content: Json = {"name": name, "inputSchema": {"maximum": 2**63 - 1}}
        items.append(snapshot.make_item(ItemKind.TOOL, name, content))
    return snapshot.take(target, items, origin=Origin.LIVE, collected_at=NOW)


def baseline(taken: Snapshot | None = None, *, version: int = 1) -> Baseline:
    """What people sign."""
    return Baseline(taken or tools(), version, "alice", "2026-05-01T00:00:00Z", "2026-08-01T00:00:00Z")


@dataclass
class World:
    """People with keys, and a policy that names them."""

    folder: Path
    people: dict[str, KeySigner] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The policy's file."""
        return self.folder / "trust.toml"

    def person(self, name: str, *, trusted: bool = True, key: str = "") -> KeySigner:
        """A person with a new key; the policy names the trusted ones."""
        path = self.folder / f"{key or name}.pem"
        public = generate(path, passphrase=None)
        if trusted:
            trustfile.add(self.path, name, public)
        signer = KeySigner(path, passphrase=None)
        self.people[key or name] = signer
        return signer

    def policy(self, **rule: object) -> TrustPolicy:
        """The policy, its one rule changed."""
        loaded = policy.load(self.path, DEFAULT_LIMITS)
        return replace(loaded, rules=(replace(loaded.rules[0], **rule),))  # type: ignore[arg-type]  # the test's own keywords

    def signed(self, *names: str, of: Baseline | None = None) -> SignedBaseline:
        """A baseline as it lies in the store, signed by these people."""
        chosen = of or baseline()
        file = snapshot.dump(chosen.snapshot)
        made = statement.make(chosen, file)
        return SignedBaseline("slug", made.payload, self.bundles(made, *names), file)

    def bundles(self, made: Statement, *names: str) -> dict[str, bytes]:
        """A bundle from each of these people."""
        return {f"{name}.sigstore.json": self.people[name].sign(made) for name in names}


def check(
    signed: SignedBaseline | None,
    trust: TrustPolicy | None,
    *,
    identity: str = IDENTITY,
    state: State | None = None,
    now: str = NOW,
) -> tuple[Verification, Approved | None]:
    """``verify`` with the tests' defaults."""
    return verify.verify(signed, identity, trust, state, now, DEFAULT_LIMITS)
