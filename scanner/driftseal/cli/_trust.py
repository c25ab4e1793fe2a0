"""Options about trust, shared by every command that signs or believes."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal.errors import UsageError
from driftseal.limits import MIB

if TYPE_CHECKING:
    from driftseal.model.trust import TrustPolicy
    from driftseal.pipeline.scan import Run
    from driftseal.pipeline.trust import TrustOptions
    from driftseal.sign.base import Signer

_HEAD_BYTES: Final = 64
_MOST: Final = 1 * MIB


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


def key_options(parser: argparse.ArgumentParser, *, required: bool = True) -> argparse._ArgumentGroup:
    """Which key, or which identity, signs."""
    group = parser.add_argument_group("signing")
    one = group.add_mutually_exclusive_group(required=required)
    one.add_argument("--key", metavar="FILE", help="private key: PEM (see keygen) or an OpenSSH key file")
    one.add_argument(
        "--keyless", action="store_true", help="sign with this CI job's identity, certified and logged by Sigstore"
    )
    group.add_argument("--passphrase-env", metavar="NAME", help="the variable that holds the key's passphrase")
    group.add_argument("--identity-token-env", metavar="NAME", help="the variable that holds another identity token")
    group.add_argument(
        "--sigstore-config", metavar="FILE", help="client trust configuration of a Sigstore instance of your own"
    )
    return group


def signer(args: argparse.Namespace) -> Signer:
    """The signer for the key or the identity that was named.

    Raises:
        UsageError: there is no such file, or a variable is not set.
        TrustError: the key cannot be used.
    """
    return _keyless(args) if args.keyless else _with_key(args)


def _keyless(args: argparse.Namespace) -> Signer:
    from driftseal.sign.keyless import KeylessSigner

    services = ""
    if args.sigstore_config:
        path = Path(args.sigstore_config)
        try:
            with path.open("rb") as stream:
                services = stream.read(_MOST).decode("utf-8", "replace")
        except OSError as cause:
            raise UsageError(f"{path}: cannot be read: {cause.strerror}", hint="name a file that is there") from cause
    token = _variable(args.identity_token_env, "export the token first") if args.identity_token_env else ""
    return KeylessSigner(token=token, services=services)


def _variable(name: str, hint: str) -> str:
    if name not in os.environ:
        raise UsageError(f"variable {name!r} is not set", hint=hint)
    return os.environ[name]


def _with_key(args: argparse.Namespace) -> Signer:
    """The kind of key is told by the file's first line."""
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
        passphrase = os.fsencode(_variable(args.passphrase_env, "export the passphrase first"))
    if b"OPENSSH PRIVATE KEY" in head:
        from driftseal.sign.ssh import SshSigner

        return SshSigner(path, passphrase=passphrase)
    from driftseal.sign.key import KeySigner

    return KeySigner(path, passphrase=passphrase)
