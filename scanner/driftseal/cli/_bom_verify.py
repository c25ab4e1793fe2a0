"""``driftseal bom verify``: is this the bill of materials that trusted people signed?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from driftseal import canonical
from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.pipeline import attestation


class Verify(Command):
    """See `Command`."""

    name = "bom"
    summary = "check who signed a bill of materials, and that it is the very file that was signed"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        parser.add_argument("file", metavar="FILE", help="the bill of materials")
        parser.add_argument(
            "--bundle", action="append", default=[], metavar="FILE", help="its signature (default: FILE.sigstore.json)"
        )
        parser.add_argument("--key", metavar="FILE", help="believe the holder of this public key, and no policy")
        _trust.policy_options(parser, "trust")
        _options.settings(parser)
        group = parser.add_argument_group("output")
        group.add_argument("-f", "--format", choices=("text", "json"), default="text", help="default: text")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        if args.key and (args.trust or args.trust_digest):
            raise UsageError("--key and --trust cannot both say who is believed", hint="leave one out")
        run = _options.run_for(args, console)
        whom = attestation.Whom(_trust.from_args(args), Path(args.key) if args.key else None)
        found = attestation.verify(Path(args.file), [Path(name) for name in args.bundle], whom, run)
        if args.format == "json":
            told = {
                "file": args.file,
                "status": str(found.status),
                "reason": found.reason,
                "signers": list(found.signers),
            }
            console.document(json.dumps(told, indent=2, sort_keys=True) + "\n")
        else:
            console.document(canonical.show(f"{args.file}: {found.status}: {found.reason}") + "\n")
        return ExitCode.CLEAN if found.trusted else ExitCode.TRUST
