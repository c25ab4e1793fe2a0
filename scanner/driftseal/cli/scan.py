"""``driftseal scan``: the main job."""

from __future__ import annotations

import argparse

from driftseal.cli import _options
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode
from driftseal.pipeline.scan import scan


class Scan(Command):
    """See `Command`."""

    name = "scan"
    summary = "look at MCP servers, configurations and manifests, and report what is wrong"
    description = (
        "Looks at targets and reports findings. Files are read; nothing is started or contacted\n"
        "unless --start, --connect or --live allow it, or the server is named on the command line."
    )

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        _options.references(parser)
        parser.add_argument("--together", action="store_true", help="all targets meet in one session")
        _options.asking(parser)
        _options.judging(parser)
        _options.settings(parser)
        _options.output(parser)
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _options.run_for(args, console)
        return _options.tell(scan(args.reference or ["."], run), args, console, run.config.limits)
