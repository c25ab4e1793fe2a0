"""``driftseal audit``: one server, before it is added."""

from __future__ import annotations

import argparse

from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.collect.base import Probe
from driftseal.errors import ExitCode
from driftseal.pipeline.scan import scan


class Audit(Command):
    """See `Command`."""

    name = "audit"
    summary = "look at one server before adding it: everything on, nothing of its own trusted"
    description = (
        "A scan with every look switched on: several client identities, repeated lists, resource bodies.\n"
        "The target's own configuration and suppressions do not count. The server that is named is asked."
    )

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        _options.references(parser, many=False, default=None)
        _options.asking(parser, probe=Probe.STANDARD)
        _options.judging(parser)
        _trust.policy_options(parser, "whose signatures of models count")
        _options.settings(parser)
        _options.output(parser)
        parser.set_defaults(command=self.name, isolated=True, read_resources=True, verbose=True)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        args.isolated = True
        run = _trust.believing(args, _options.run_for(args, console))
        return _options.tell(scan(args.reference, run), args, console, run.config.limits)
