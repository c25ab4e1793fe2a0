"""``driftseal snapshot``: what a target is made of, as a file."""

from __future__ import annotations

import argparse

from driftseal import snapshot
from driftseal.cli import _options
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.pipeline.gather import gather


class Snapshot(Command):
    """See `Command`."""

    name = "snapshot"
    summary = "write down what a target is made of, with a digest for every part"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        _options.references(parser, many=False, default=None)
        _options.asking(parser)
        _options.settings(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="write the snapshot there")
        parser.add_argument("--allow-gaps", action="store_true", help="do not fail for what could not be looked at")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        gathered = gather(args.reference, _options.run_for(args, console).context)
        console.end_progress()
        for failure in gathered.failures:
            console.error(failure.message, failure.hint)
        if gathered.failures:
            return max(failure.exit_code for failure in gathered.failures)
        if len(gathered.snapshots) != 1:
            names = ", ".join(taken.target.reference for taken in gathered.snapshots[:8]) or "nothing"
            raise UsageError(
                f"{args.reference[0]} holds {len(gathered.snapshots)} targets: {names}",
                hint="name one of them",
            )
        taken = gathered.snapshots[0]
        console.document(snapshot.dump(taken).decode("ascii"), args.output)
        console.note(f"{taken.target.reference}: {len(taken.items)} items, {taken.digest}")
        for gap in taken.gaps:
            console.note(f"gap: {gap.what}: {gap.why}")
        return ExitCode.INCOMPLETE if taken.gaps and not args.allow_gaps else ExitCode.CLEAN
