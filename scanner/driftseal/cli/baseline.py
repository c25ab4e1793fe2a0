"""``driftseal baseline``: approve, sign, verify, show and list baselines."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import replace
from typing import Final

from driftseal import canonical
from driftseal.cli import _baselines, _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.pipeline import baselines, trust
from driftseal.pipeline.baselines import Approval, Review
from driftseal.pipeline.scan import Run
from driftseal.pipeline.trust import Trust

_MOST_DAYS: Final = 3650


class Baseline(Command):
    """See `Command`."""

    name = "baseline"
    summary = "approve what a target is, sign it, and check what was signed"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        self._approve(actions.add_parser("approve", help="scan, compare, ask, and sign a new baseline"))
        self._sign(actions.add_parser("sign", help="add your signature to a pending baseline"))
        for action, text in (
            ("verify", "check signatures, freshness and content of the stored baselines"),
            ("show", "what one baseline says"),
            ("list", "every stored and pending baseline"),
        ):
            child = actions.add_parser(action, help=text)
            if action != "list":
                child.add_argument(
                    "slug", nargs="*" if action == "verify" else 1, metavar="NAME", help="a name that list gives"
                )
            _trust.options(child)
            _options.settings(child)
            child.add_argument("-f", "--format", choices=_baselines.FORMATS, default="text", help="default: text")
        parser.set_defaults(command=self.name)

    @staticmethod
    def _approve(parser: argparse.ArgumentParser) -> None:
        _options.references(parser)
        _trust.key_options(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--note", default="", help="why this is approved; signed with it")
        parser.add_argument("--days", type=int, default=90, help="how long it holds (default: 90)")
        _options.asking(parser)
        _trust.options(parser)
        _options.settings(parser)
        parser.add_argument("--allow-gaps", action="store_true", help="approve what was seen, though some was not")
        parser.set_defaults(format="text", output=None, verbose=False)

    @staticmethod
    def _sign(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", nargs=1, metavar="NAME", help="a name that list gives")
        _trust.key_options(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        _trust.options(parser)
        _options.settings(parser)
        parser.set_defaults(format="text", output=None, verbose=False)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _options.run_for(args, console)
        opened = trust.open_trust(run, _trust.from_args(args))
        run = replace(run, policy=lambda: opened.policy)
        if args.action == "approve":
            return _approve(args, console, run, opened)
        if args.action == "sign":
            return _sign(args, console, run, opened)
        return _baselines.tell(args, console, run, opened)


def _approve(args: argparse.Namespace, console: Console, run: Run, opened: Trust) -> ExitCode:
    if not 1 <= args.days <= _MOST_DAYS:
        raise UsageError(f"--days must be from 1 to {_MOST_DAYS}")
    signer = _trust.signer(args)
    found = baselines.review(args.reference or ["."], run, opened)
    _options.tell(found.report, args, console)
    if found.report.errors:
        return max(failure.exit_code for failure in found.report.errors)
    if not found.proposals:
        raise UsageError("nothing to approve", hint="name a server, a manifest or a folder that configures some")
    _tell_proposals(found, console)
    _confirm(args, console, f"approve and sign {len(found.proposals)} baseline(s)?")
    for proposal in found.proposals:
        done = baselines.approve(
            proposal,
            signer,
            run,
            opened,
            prepared_by=_user(),
            note=args.note,
            days=args.days,
        )
        _say(done, console)
    return ExitCode.CLEAN


def _user() -> str:
    """Who is at work, as the system knows them: a note for people, which nothing trusts."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container there may be a number without a name.
        return "unknown"


def _sign(args: argparse.Namespace, console: Console, run: Run, opened: Trust) -> ExitCode:
    signer = _trust.signer(args)
    slug = args.slug[0]
    found, pending = baselines.review_pending(slug, run, opened)
    _options.tell(found.report, args, console, run.config.limits)
    _tell_proposals(found, console)
    _confirm(args, console, f"sign the pending baseline {slug}?")
    _say(baselines.add_signature(slug, pending, signer, run, opened), console)
    return ExitCode.CLEAN


def _tell_proposals(found: Review, console: Console) -> None:
    for proposal in found.proposals:
        console.note(
            f"{canonical.show(proposal.snapshot.target.reference)}: version {proposal.version}, "
            f"{len(proposal.snapshot.items)} items, {proposal.snapshot.digest}"
        )


def _say(done: Approval, console: Console) -> None:
    people = ", ".join(done.signers) or "nobody whom a policy names yet"
    reference = canonical.show(done.reference)
    if done.in_force:
        console.note(f"{reference}: version {done.version} is in force, signed by {people}")
    else:
        console.note(
            f"{reference}: version {done.version} is pending: {len(done.signers)} of {done.threshold} have signed "
            f"({people}); next: driftseal baseline sign {done.slug} --key KEY"
        )


def _confirm(args: argparse.Namespace, console: Console, question: str) -> None:
    if args.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to say yes", hint="review the report above, then add --yes")
    console.stderr.write(f"{question} [y/N] ")
    console.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("not approved; nothing was written")
