"""``driftseal explain``: one rule's page, in full."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftseal import rulebook
from driftseal.cli.base import Command, Console
from driftseal.cli.rules import page
from driftseal.errors import ExitCode


class Explain(Command):
    """See `Command`."""

    name = "explain"
    summary = "what a rule means, why it matters and what to do"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        parser.add_argument("rule", metavar="RULE")
        parser.add_argument("--rules", action="append", default=[], metavar="DIR", help="a folder of further rules")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        book = rulebook.load(tuple(Path(folder) for folder in args.rules))
        console.document(page(book.get(args.rule)))
        return ExitCode.CLEAN
