"""Which policy, store and state a run goes by, and whether they came from outside the scanned tree."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from driftseal import config
from driftseal.compare.store import Store
from driftseal.errors import ConfigError, DriftsealError, FormatError, LimitExceeded, TrustError
from driftseal.limits import Limits
from driftseal.model.trust import Approved, SignedBaseline, TrustPolicy, Verification, VerificationStatus
from driftseal.pipeline.scan import Run
from driftseal.sign import policy as policies
from driftseal.sign import state as states
from driftseal.sign import statement, verify
from driftseal.sign.state import State

OWN_FOLDER: Final = ".driftseal"


@dataclass(frozen=True, slots=True)
class TrustOptions:
    """What the user said about trust."""

    policy: Path | None = None
    """``--trust``: from outside the scanned tree."""
    trust_digest: str = ""
    state: Path | None = None
    baselines: Path | None = None
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Trust:
    """Policy, baselines and what was seen before."""

    policy: TrustPolicy | None
    store: Store
    state: State | None
    state_path: Path | None

    @property
    def may_start(self) -> bool:
        """Whether a verified baseline of this policy is reason enough to start a server."""
        return self.policy is not None and self.policy.external


def baselines_folder(run: Run, options: TrustOptions) -> Path:
    """The folder that baselines lie in.

    Raises:
        ConfigError: our own folder is a link: what is approved here would be written elsewhere.
    """
    own = run.context.root / OWN_FOLDER
    if own.is_symlink():
        raise ConfigError(f"{own}: is a link", hint="remove it, or name the folder with --baselines")
    return options.baselines or run.config.baselines or own / "baselines"


def policy_path(run: Run, options: TrustOptions) -> Path:
    """The trust policy's file, whether it exists or not."""
    return options.policy or run.config.trust or run.context.root / OWN_FOLDER / "trust.toml"


def _is_outside(named: Path | None, root: Path) -> bool:
    """Whether the user named a policy that the scanned tree cannot have written.

    A path that a configuration of the tree names, or a link in the tree that leads out of it, is the
    tree's own choice of whom to believe.
    """
    if named is None:
        return False
    tree = config.tree(root)
    # Once with the links as they stand, once with all of them followed.
    places = (Path(os.path.normpath(root.resolve() / named)), (root / named).resolve())
    return not any(place.is_relative_to(tree) for place in places)


def open_policy(run: Run, options: TrustOptions) -> TrustPolicy | None:
    """The trust policy of this run; ``None`` where there is none. Raises as ``open_trust``."""
    path = policy_path(run, options)
    external = bool(options.trust_digest) or _is_outside(options.policy, run.context.root)
    policy = None
    if path.is_file():
        if options.isolated and not external:
            raise TrustError(
                f"{path}: a policy inside the scanned tree does not count under --isolated",
                hint="give --trust FILE from outside, or pin it with --trust-digest",
            )
        if not (external or options.policy):
            # Nobody named it: it was found where others may have put it, as in a folder that all share.
            config.check_owner(path)
        policy = policies.load(path, run.config.limits, trust_digest=options.trust_digest, external=external)
    elif os.path.lexists(path):
        raise ConfigError(f"{path}: is no file, so nobody can tell who may approve", hint="remove or restore it")
    elif options.policy or options.trust_digest:
        raise TrustError(f"{path}: no such trust policy", hint="make one with: driftseal trust add NAME KEY.pub")
    return policy


def for_signatures(run: Run, options: TrustOptions) -> TrustPolicy | None:
    """The policy that says whose signatures of models count. Raises as ``open_trust``.

    One that merely lies in a tree that is not believed says nothing, and is no error: nobody asked for it.
    """
    if options.isolated and not (options.policy or options.trust_digest):
        return None
    return open_policy(run, options)


def open_trust(run: Run, options: TrustOptions) -> Trust:
    """Policy, store and state of this run.

    A policy inside the scanned tree counts only where the tree itself is believed, and never starts a server.

    Raises:
        TrustError: the policy is not the one that was pinned.
        ConfigError: the policy cannot be read, or was found and belongs to another user.
    """
    policy = open_policy(run, options)
    state_path = options.state
    if state_path is None and policy is not None:
        state_path = states.default_path(
            run.context.environment, run.context.platform, policy=policy, root=run.context.root
        )
    state = states.load(state_path, run.config.limits) if state_path else None
    return Trust(policy, Store(baselines_folder(run, options)), state, state_path)


@dataclass(frozen=True, slots=True)
class Checked:
    """A stored baseline and what checking it came to."""

    slug: str
    identity: str
    verification: Verification
    approved: Approved | None
    """Only when it may be believed."""


def check(slug: str, identity: str, trust: Trust, run: Run) -> Checked:
    """Verify the stored baseline of one target."""
    try:
        signed = trust.store.load(slug, run.config.limits)
    except (TrustError, LimitExceeded) as cause:
        return _damaged(slug, identity, cause)
    verification, approved = verify.verify(
        signed, identity, trust.policy, trust.state, run.context.now, run.config.limits
    )
    return Checked(slug, identity, verification, approved)


def remember(approved: Iterable[Approved], trust: Trust, limits: Limits) -> None:
    """Write down the versions that were verified, so that none of them can go back.

    Raises:
        ConfigError: the state cannot be written.
    """
    if trust.state is None or trust.state_path is None:
        return
    new = [one for one in approved if trust.state.remembering(one) is not trust.state]
    if new:
        states.remember(trust.state_path, new, limits)


def check_stored(slug: str, trust: Trust, run: Run) -> Checked:
    """Verify a stored baseline as that of the target whose folder it lies in.

    Raises:
        TrustError: there is none of this name.
    """
    try:
        signed = trust.store.load(slug, run.config.limits)
    except (TrustError, LimitExceeded) as cause:
        return _damaged(slug, slug, cause)
    if signed is None:
        raise TrustError(f"no baseline named {slug!r}", hint="see: driftseal baseline list")
    claimed = _claimed(slug, signed, trust, run)
    return claimed if isinstance(claimed, Checked) else check(slug, claimed, trust, run)


def check_waiting(slug: str, trust: Trust, run: Run) -> Checked:
    """What to tell of a target that has no baseline in force, though one may wait for signatures.

    Nothing that waits is ever believed here, whoever has signed it.
    """
    try:
        pending = trust.store.load_pending(slug, run.config.limits)
    except (TrustError, LimitExceeded) as cause:
        return _damaged(slug, slug, cause)
    if pending is None:
        return Checked(
            slug, slug, Verification(VerificationStatus.MISSING, "no baseline, and an empty pending one"), None
        )
    claimed = _claimed(slug, pending, trust, run)
    if isinstance(claimed, Checked):
        return claimed
    said, _ = verify.verify(pending, claimed, trust.policy, trust.state, run.context.now, run.config.limits)
    status = VerificationStatus.MISSING
    if said.status is VerificationStatus.VERIFIED:
        reason = f"version {said.version} is signed by enough people, and one of them must put it in force with"
    elif said.status is VerificationStatus.BELOW_THRESHOLD:
        status, reason = said.status, f"version {said.version} is {said.reason.partition(';')[0]}; add a signature with"
    else:
        reason = f"what waits for signatures is {said.status}: {said.reason}; see"
    told = f"no baseline is in force yet: {reason}: driftseal baseline sign {slug} --key KEY"
    return Checked(slug, claimed, replace(said, status=status, reason=told), None)


def _claimed(slug: str, signed: SignedBaseline, trust: Trust, run: Run) -> str | Checked:
    """The target that a statement names, or why it cannot be that of its folder.

    The name is read before the statement is verified; that is safe since the folder's name is made from
    it, and a statement that lies in a folder not its own is refused.
    """
    try:
        claimed = statement.read(signed.payload, run.config.limits).target
    except (FormatError, LimitExceeded) as cause:
        return _damaged(slug, slug, cause)
    if trust.store.slug(claimed) == slug:
        return claimed
    refused = Verification(
        VerificationStatus.WRONG_TARGET,
        f"the statement in {slug} is one of {claimed!r}: a baseline of another target was put here",
    )
    return Checked(slug, claimed, refused, None)


def _damaged(slug: str, identity: str, cause: DriftsealError) -> Checked:
    """A baseline that cannot even be read: one more that is not believed, and no reason to be silent on the others."""
    reason = f"{cause}; {cause.hint}" if cause.hint else str(cause)
    return Checked(slug, identity, Verification(VerificationStatus.TAMPERED, reason), None)
