"""``driftseal trust``: who may approve what."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from driftseal import canonical
from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.model.trust import TrustPolicy
from driftseal.pipeline import trust
from driftseal.sign import certificates, policy, trustfile


class Trust(Command):
    """See `Command`."""

    name = "trust"
    summary = "who may approve baselines: show, add and revoke keys"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        show = actions.add_parser("show", help="people, keys, rules and the digest to pin")
        add = actions.add_parser("add", help="let a person approve baselines; makes the policy where there is none")
        add.add_argument("person", metavar="NAME", help="who it is")
        add.add_argument("key", metavar="KEY.pub", help="public key: PEM, a certificate, or an OpenSSH public key")
        add.add_argument(
            "--issued-to",
            metavar="SUBJECT",
            help="KEY.pub is the root certificate of an authority: what it certified for this name or address counts, "
            "* for whomever it certified",
        )
        revoke = actions.add_parser(
            "revoke", help="take a person's keys and identities out of force; what they signed counts no more"
        )
        revoke.add_argument("person", metavar="NAME")
        for child in (show, add, revoke):
            _trust.options(child)
            _options.settings(child)
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _options.run_for(args, console)
        options = _trust.from_args(args)
        path = trust.policy_path(run, options)
        if args.action != "add" and not path.is_file():
            raise UsageError(f"{path}: no trust policy", hint="make one with: driftseal trust add NAME KEY.pub")
        if args.action == "add":
            try:
                public = Path(args.key).read_bytes()
            except OSError as cause:
                raise UsageError(
                    f"{args.key}: cannot be read: {cause.strerror}", hint="make a key with: driftseal keygen"
                ) from cause
            if args.issued_to is None:
                trustfile.add(path, args.person, public)
            else:
                trustfile.add_authority(path, args.person, public, args.issued_to)
            console.note(f"{args.person} may approve baselines now ({path})")
        elif args.action == "revoke":
            trustfile.revoke(path, args.person, dt.date.fromisoformat(run.today))
            console.note(f"{args.person}'s keys are revoked ({path}); have others approve what they signed alone")
        in_force = policy.load(path, run.config.limits, trust_digest=options.trust_digest)
        console.document(_page(in_force))
        return ExitCode.CLEAN


def _page(in_force: TrustPolicy) -> str:
    lines = [f"policy   {in_force.path}", f"digest   {in_force.digest}   (pin it with --trust-digest)", ""]
    for person, keys in sorted(in_force.signers.items()):
        for key in keys:
            state = f"revoked {key.revoked}" if key.revoked else "in force"
            since = f", from {key.valid_from}" if key.valid_from else ""
            lines.append(f"signer   {person}: {key.file}: {state}{since}")
    for person, identities in sorted(in_force.identities.items()):
        for one in identities:
            state = f"revoked {one.revoked}" if one.revoked else "in force"
            since = f", from {one.valid_from}" if one.valid_from else ""
            lines.append(f"signer   {person}: {one.san} by {one.issuer}: {state}{since}")
    for person, authorities in sorted(in_force.authorities.items()):
        for held in authorities:
            state = f"revoked {held.revoked}" if held.revoked else "in force"
            since = f", from {held.valid_from}" if held.valid_from else ""
            whom = "whomever" if held.subject == certificates.ANYBODY else held.subject
            lines.append(f"signer   {person}: {whom}, certified by {held.file}: {state}{since}")
    for rule in in_force.rules:
        age = f", at most {rule.max_age_days} days old" if rule.max_age_days else ""
        lines.append(f"rule     {rule.match}: {rule.threshold} of {', '.join(rule.signers)}{age}")
    return "".join(canonical.show(line) + "\n" for line in lines)
