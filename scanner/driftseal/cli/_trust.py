"""Options about trust, shared by every command that signs or believes."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal.errors import UsageError

if TYPE_CHECKING:
    from driftseal.model.trust import TrustPolicy
    from driftseal.pipeline.scan import Run
    from driftseal.pipeline.trust import TrustOptions
    from driftseal.sign.base import Signer

_HEAD_BYTES: Final = 64


def options(parser: argparse.ArgumentParser) -> None:
    """Whom to believe, and where baselines lie."""
    group = policy_options(parser, "trust")
    group.add_argument("--state", metavar="FILE", help="where seen versions are remembered, against rollback")
    group.add_argument("--baselines", metavar="DIR", help="folder of baselines (default: .driftseal/baselines)")


def policy_options(parser: argparse.ArgumentParser, title: str) -> argparse._ArgumentGroup:
    """Whom to believe."""
    group = parser.add_argument_group(title)
    group.add_argument("--trust", metavar="FILE", help="trust policy (default: .driftseal/trust.toml)")
    group.add_argument(
        "--trust-digest", metavar="DIGEST", help="digest of the policy and its keys; any other is refused"
    )
    return group


def believing(args: argparse.Namespace, run: Run) -> Run:
    """The run with the policy that says whose signatures of models count, read when there are some."""

    def policy() -> TrustPolicy | None:
        from driftseal.pipeline import trust

        return trust.for_signatures(run, from_args(args))

    return replace(run, policy=policy)


def from_args(args: argparse.Namespace) -> TrustOptions:
    """What the flags and the environment say about trust."""
    from driftseal.pipeline.trust import TrustOptions

    policy = args.trust or os.environ.get("DRIFTSEAL_TRUST")
    state = getattr(args, "state", None) or os.environ.get("DRIFTSEAL_STATE")
    return TrustOptions(
        policy=Path(policy) if policy else None,
        trust_digest=args.trust_digest or os.environ.get("DRIFTSEAL_TRUST_DIGEST", ""),
        state=Path(state) if state else None,
        baselines=Path(args.baselines) if getattr(args, "baselines", None) else None,
        isolated=getattr(args, "isolated", False),
    )


def key_options(parser: argparse.ArgumentParser) -> None:
    """Which key signs."""
    group = parser.add_argument_group("signing")
    group.add_argument(
        "--key", required=True, metavar="FILE", help="private key: PEM (see keygen) or an OpenSSH key file"
    )
    group.add_argument("--passphrase-env", metavar="NAME", help="the variable that holds the key's passphrase")


def signer(args: argparse.Namespace) -> Signer:
    """The signer for the key that was named; the kind is told by the file's first line.

    Raises:
        UsageError: there is no such file, or the passphrase's variable is not set.
        TrustError: the key cannot be used.
    """
    path = Path(args.key)
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as cause:
        raise UsageError(
            f"{path}: cannot be read: {cause.strerror}", hint="make a key with: driftseal keygen"
        ) from cause
    passphrase = None
    if args.passphrase_env:
        if args.passphrase_env not in os.environ:
            raise UsageError(f"variable {args.passphrase_env!r} is not set", hint="export the passphrase first")
        passphrase = os.fsencode(os.environ[args.passphrase_env])
    if b"OPENSSH PRIVATE KEY" in head:
        from driftseal.sign.ssh import SshSigner

        return SshSigner(path, passphrase=passphrase)
    from driftseal.sign.key import KeySigner

    return KeySigner(path, passphrase=passphrase)
