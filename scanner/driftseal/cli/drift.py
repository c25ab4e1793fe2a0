"""``driftseal drift``: is everything still what was approved?"""

from __future__ import annotations

import argparse

from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode, UsageError
from driftseal.pipeline import drift, trust

_TWO = 2


class Drift(Command):
    """See `Command`."""

    name = "drift"
    summary = "compare everything with its signed baseline, or two manifests with each other"
    description = (
        "Without arguments: every baseline of this folder, and every configured server that has none.\n"
        "With one reference: that target alone. With two: OLD and NEW, without a baseline."
    )

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        _options.references(parser, default=None)
        parser.set_defaults(command=self.name)
        _options.asking(parser)
        _trust.options(parser)
        _options.judging(parser)
        _options.settings(parser)
        _options.output(parser)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _options.run_for(args, console)
        if len(args.reference) > _TWO:
            raise UsageError("drift takes at most two references", hint="write: driftseal drift OLD NEW")
        if len(args.reference) == _TWO:
            return _options.tell(
                drift.compare_two(args.reference[0], args.reference[1], run), args, console, run.config.limits
            )
        opened = trust.open_trust(run, _trust.from_args(args))
        return _options.tell(drift.drift(args.reference, run, opened), args, console, run.config.limits)
