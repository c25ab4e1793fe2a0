"""``driftseal bom``: the bill of materials."""

from __future__ import annotations

import argparse
from dataclasses import replace

from driftseal import plugins
from driftseal.bom.base import BomFormat, View
from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.collect.base import Discovery
from driftseal.errors import ExitCode, UsageError
from driftseal.pipeline.bom import build, name_of, rebased
from driftseal.pipeline.scan import scan


class BillOfMaterials(Command):
    """See `Command`."""

    name = "bom"
    summary = "write an AI-BOM: models, servers, tools, prompts, agents and packages, where each was found"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        _options.references(parser)
        parser.add_argument(
            "--spec-version", metavar="VERSION", help="version of the specification to write (default: the newest)"
        )
        parser.add_argument("--name", metavar="NAME", help="what the document calls the whole (default: the folder)")
        parser.add_argument(
            "--findings", action="store_true", help="look for what is wrong too, and list it as vulnerabilities"
        )
        parser.add_argument(
            "--guesses", action="store_true", help="list also what is less than half sure to be a part of the whole"
        )
        _options.asking(parser)
        _trust.policy_options(parser, "whose signatures of models count")
        _options.settings(parser)
        _options.output(parser, "bom", "cyclonedx")
        parser.add_argument("--allow-gaps", action="store_true", help="do not fail for what could not be looked at")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        kind = plugins.load("bom", args.format, BomFormat)  # type: ignore[type-abstract]  # its concrete subclass is made
        version = args.spec_version or kind.versions[0]
        if version not in kind.versions:
            there_are = ", ".join(kind.versions)
            raise UsageError(
                f"{args.format} {version!r} cannot be written",
                hint=f"there are: {there_are}" if there_are else f"{args.format} has no versions",
            )
        run = _trust.believing(args, _options.run_for(args, console))
        references, context = rebased(args.reference or ["."], run.context)
        discovering = replace(context, discover=Discovery(least=0.0) if args.guesses else Discovery())
        run = replace(run, context=discovering, detects=args.findings)
        report = scan(references, run)
        name = args.name or name_of(references, run.context, report)
        bom = build(report, root_name=name, readings=run.context.readings)
        console.end_progress()
        to_file = args.output not in {None, "-"}
        view = View(
            width=console.width,
            color=console.color and not to_file,
            unicode=to_file or console.unicode,
            limits=run.context.limits,
        )
        console.document(kind(version, view).render(bom), args.output)
        if to_file:
            console.note(f"wrote {args.output}")
        for failure in report.errors:
            console.error(failure.message, failure.hint)
        for gap in report.gaps:
            console.note(f"gap: {gap.target}: {gap.what}: {gap.why}")
        codes = [ExitCode.CLEAN, *(failure.exit_code for failure in report.errors)]
        if report.gaps and not args.allow_gaps:
            codes.append(ExitCode.INCOMPLETE)
        return max(codes)
