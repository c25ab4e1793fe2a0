"""``driftseal bom``: the bill of materials."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from driftseal import plugins
from driftseal.bom.base import BomFormat, View
from driftseal.cli import _options, _trust
from driftseal.cli.base import Command, Console
from driftseal.collect.base import Discovery
from driftseal.errors import ExitCode, UsageError
from driftseal.model.bom import Bom
from driftseal.model.report import Report
from driftseal.pipeline import profiles
from driftseal.pipeline.bom import build, name_of, rebased, remembering
from driftseal.pipeline.scan import Run, scan

if TYPE_CHECKING:
    from driftseal.sign.base import Signer

_DEFAULT: Final = "cyclonedx"
_SIGNED: Final = frozenset({"cyclonedx", "spdx"})
"""Formats that a statement has a predicate for."""


def _looked(args: argparse.Namespace, references: Sequence[str], run: Run) -> Report:
    """What there is; where it is judged, compared or signed, from bytes that are read now."""
    if not (args.findings or args.drift or args.sign):
        with remembering(run.context) as context:
            return scan(references, replace(run, context=context))
    report = scan(references, run)
    if args.drift:
        from driftseal.pipeline import drift, trust

        report = drift.beside(report, references, run, trust.open_trust(run, _trust.from_args(args)))
    return report


def _diff() -> Command:
    from driftseal.cli._bom_diff import Diff

    return Diff()


def _verify() -> Command:
    from driftseal.cli._bom_verify import Verify

    return Verify()


class BillOfMaterials(Command):
    """See `Command`."""

    name = "bom"
    summary = "write an AI-BOM: models, servers, tools, prompts, agents and packages, where each was found"
    description = (
        "Write an AI-BOM: models, servers, tools, prompts, agents and packages, where each was found.\n\n"
        "driftseal bom diff OLD NEW    what differs between two of them\n"
        "driftseal bom verify FILE     who signed one, and whether it is the file that was signed"
    )
    actions = MappingProxyType({"diff": _diff, "verify": _verify})

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
        parser.add_argument(
            "--drift",
            action="store_true",
            help="hold what has a signed baseline against it, and tell what changed in annotations",
        )
        _trust.options(parser)
        _options.settings(parser)
        parser.add_argument(
            "--profile",
            choices=profiles.names(),
            help="tell how much of what somebody asks for is there, instead of writing the document; -f text or json",
        )
        _output(parser)
        _trust.key_options(parser, required=False).add_argument(
            "--sign", action="store_true", help="sign the document that -o names, beside it: FILE.sigstore.json"
        )
        parser.add_argument("--allow-gaps", action="store_true", help="do not fail for what could not be looked at")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        render = _measuring(args) if args.profile else _writing(args)
        signer = _signer(args)
        run = _trust.believing(args, _options.run_for(args, console))
        references, context = rebased(args.reference or ["."], run.context)
        discovering = replace(context, discover=Discovery(least=0.0) if args.guesses else Discovery())
        run = replace(run, context=discovering, detects=args.findings)
        report = _looked(args, references, run)
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
        text = render(bom, view)
        console.document(text, args.output)
        if to_file:
            console.note(f"wrote {args.output}")
        if signer is not None:
            from driftseal.pipeline import attestation

            beside = attestation.sign(Path(args.output), text.encode("utf-8"), signer, run.context.limits)
            console.note(f"signed it: {beside}")
        for failure in report.errors:
            console.error(failure.message, failure.hint)
        for gap in report.gaps:
            console.note(f"gap: {gap.target}: {gap.what}: {gap.why}")
        codes = [ExitCode.CLEAN, *(failure.exit_code for failure in report.errors)]
        if report.gaps and not args.allow_gaps:
            codes.append(ExitCode.INCOMPLETE)
        return max(codes)


def _output(parser: argparse.ArgumentParser) -> None:
    """Where the document goes, in the formats of the document and of the report on completeness."""
    formats = sorted({*plugins.names("bom"), *plugins.names("bom.profiles")})
    group = parser.add_argument_group("output")
    group.add_argument("-f", "--format", choices=formats, help="default: cyclonedx; with --profile: text")
    group.add_argument("-o", "--output", metavar="FILE", help="write the document there instead of standard output")


def _writing(args: argparse.Namespace) -> Callable[[Bom, View], str]:
    """What writes the document, found before a long run is wasted."""
    args.format = args.format or _DEFAULT
    if args.format not in plugins.names("bom"):
        raise UsageError(
            f"{args.format} is a format of --profile",
            hint=f"for a document there are: {', '.join(plugins.names('bom'))}",
        )
    kind = plugins.load("bom", args.format, BomFormat)  # type: ignore[type-abstract]  # its concrete subclass is made
    version = args.spec_version or kind.versions[0]
    if version not in kind.versions:
        there_are = ", ".join(kind.versions)
        raise UsageError(
            f"{args.format} {version!r} cannot be written",
            hint=f"there are: {there_are}" if there_are else f"{args.format} has no versions",
        )
    return lambda bom, view: kind(version, view).render(bom)


def _measuring(args: argparse.Namespace) -> Callable[[Bom, View], str]:
    """What tells how complete the document would be."""
    from driftseal.bom.profiles.base import ProfileFormat
    from driftseal.pipeline import completeness

    args.format = args.format or "text"
    if args.spec_version or args.sign:
        raise UsageError("--profile writes no document", hint="leave out --spec-version and --sign")
    formats = plugins.names("bom.profiles")
    if args.format not in formats:
        raise UsageError(
            f"no format of a report on completeness named {args.format!r}", hint=f"there are: {', '.join(formats)}"
        )
    kind = plugins.load("bom.profiles", args.format, ProfileFormat)  # type: ignore[type-abstract]  # its concrete subclass is made
    profile = profiles.load(args.profile)
    return lambda bom, view: kind(view).render(completeness.measure(bom, profile))


def _signer(args: argparse.Namespace) -> Signer | None:
    """The signer of the document, found before a long run is wasted; ``None`` where nobody asked for one."""
    if not args.sign:
        if args.key or args.keyless:
            raise UsageError("a key was named, and nothing to sign", hint="add --sign")
        return None
    if not (args.key or args.keyless):
        raise UsageError("--sign needs a key or an identity", hint="add --key FILE or --keyless")
    if args.format not in _SIGNED:
        raise UsageError(f"{args.format} cannot be signed", hint=f"there are: {', '.join(sorted(_SIGNED))}")
    output = Path(args.output or "-")
    if args.output in {None, "-"} or (output.exists() and not output.is_file()):
        raise UsageError("--sign needs a file to lie beside", hint="name it with -o FILE")
    return _trust.signer(args)
