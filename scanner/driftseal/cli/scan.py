"""``driftseal scan``: the main job."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.errors import ExitCode
from driftseal.model.item import ItemKind
from driftseal.pipeline.scan import scan

_KINDS: Final[Mapping[str, ItemKind]] = {
    "response": ItemKind.TOOL_RESULT,
    "tool": ItemKind.TOOL,
    "prompt": ItemKind.PROMPT_FILE,
    "skill": ItemKind.SKILL,
    "agent": ItemKind.AGENT,
    "instructions": ItemKind.INSTRUCTIONS,
}
"""What a text may be said to be."""


class Scan(Command):
    """See `Command`."""

    name = "scan"
    summary = "look at servers, configurations, manifests and agent files, and report what is wrong"
    description = (
        "Looks at targets and reports findings. Files are read; nothing is started or contacted\n"
        "unless --start, --connect or --live allow it, or the server is named on the command line."
    )

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        _options.references(parser)
        parser.add_argument("--together", action="store_true", help="all targets meet in one session")
        parser.add_argument(
            "--as",
            dest="read_as",
            choices=_KINDS,
            help="read each REF (a text file, or -) as this: a tool's answer (response) or description, a prompt, "
            "a skill, an agent's own instructions (agent) or those of a server (instructions)",
        )
        _options.asking(parser)
        _options.judging(parser)
        deep = parser.add_argument_group("deep look at source code (needs the command semgrep)")
        deep.add_argument("--semgrep", action="store_true", help="run our semgrep rules over each REF that is a path")
        deep.add_argument(
            "--semgrep-rules", action="append", default=[], metavar="DIR", help="and these; implies --semgrep"
        )
        _trust.policy_options(parser, "whose signatures of models count")
        _options.settings(parser)
        _options.output(parser)
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _trust.believing(args, _options.run_for(args, console))
        if args.read_as is not None:
            run = dataclasses.replace(run, context=dataclasses.replace(run.context, read_as=_KINDS[args.read_as]))
        if args.semgrep or args.semgrep_rules:
            run = dataclasses.replace(run, semgrep=tuple(map(Path, args.semgrep_rules)))
        return _options.tell(scan(args.reference or ["."], run), args, console, run.config.limits)
