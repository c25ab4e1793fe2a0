"""``driftseal keygen``: a key pair to approve baselines with."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.sign.keygen import generate


class Keygen(Command):
    """See `Command`."""

    name = "keygen"
    summary = "make an ECDSA P-256 key pair to approve baselines with"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        parser.add_argument("path", metavar="FILE", help="private key to write, PEM; the public key goes to FILE.pub")
        parser.add_argument(
            "--passphrase-env", metavar="NAME", help="encrypt the key with the passphrase in this variable"
        )
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        passphrase = None
        if args.passphrase_env:
            if not os.environ.get(args.passphrase_env):
                raise UsageError(f"variable {args.passphrase_env!r} is not set", hint="export the passphrase first")
            passphrase = os.fsencode(os.environ[args.passphrase_env])
        public = generate(Path(args.path), passphrase=passphrase)
        console.document(public.decode("ascii"))
        console.note(f"wrote {args.path} (keep it out of the repository) and {args.path}.pub")
        console.note(f"next: driftseal trust add NAME {args.path}.pub")
        return ExitCode.CLEAN
