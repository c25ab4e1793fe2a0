"""Options that several commands share, and what they amount to."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import os
import sys
from pathlib import Path

from driftseal import config, plugins
from driftseal.cli.base import Console
from driftseal.collect.base import Consent, Context, Probe
from driftseal.config import Config
from driftseal.errors import ExitCode, UsageError
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.finding import Suppression
from driftseal.model.report import Report, Threshold
from driftseal.model.rule import Confidence, Severity
from driftseal.pipeline.scan import Run


def references(parser: argparse.ArgumentParser, *, many: bool = True, default: str | None = ".") -> None:
    """The targets that a command looks at."""
    parser.add_argument(
        "reference",
        nargs="*" if many else ("?" if default else 1),
        metavar="REF",
        help=(
            "a path, a URL, stdio:COMMAND, machine, or - for a manifest on standard input; "
            "-- COMMAND ARG … at the end names a server by its command line"
            + (f" (default: {default})" if default else "")
        ),
    )


def asking(parser: argparse.ArgumentParser, *, probe: Probe = Probe.QUICK) -> None:
    """What may be started and contacted, and how; ``probe`` is how hard a command looks by itself."""
    group = parser.add_argument_group("asking servers (by default nothing is started or contacted)")
    group.add_argument("--start", action="store_true", help="start the stdio servers found in configurations")
    group.add_argument("--connect", action="store_true", help="ask the URLs found in configurations")
    group.add_argument("--live", action="store_true", help="both --start and --connect")
    group.add_argument(
        "--env", action="append", default=[], metavar="NAME", help="give a started server this variable's real value"
    )
    group.add_argument(
        "--header-env",
        action="append",
        default=[],
        metavar="HEADER=NAME",
        help="send this header with the value of variable NAME",
    )
    group.add_argument("--oauth", action="store_true", help="log in to servers that ask for OAuth")
    group.add_argument(
        "--allow-private",
        action="append",
        default=[],
        metavar="HOST",
        help="this host or network may be a private address",
    )
    group.add_argument("--read-resources", action="store_true", help="read resource bodies too, as text to scan")
    group.add_argument(
        "--download", action="store_true", help="fetch remote models whole, so that every byte is hashed here"
    )
    group.add_argument(
        "--probe",
        choices=[str(choice) for choice in Probe],
        default=str(probe),
        help=f"how hard to look for servers that show different faces (default: {probe})",
    )


def settings(parser: argparse.ArgumentParser) -> None:
    """Where settings come from."""
    group = parser.add_argument_group("settings")
    group.add_argument("--config", metavar="FILE", help="this configuration instead of the nearest driftseal.toml")
    group.add_argument(
        "--isolated", action="store_true", help="trust nothing of the scanned tree: no configuration, policy, baselines"
    )


def judging(parser: argparse.ArgumentParser) -> None:
    """What counts and what fails."""
    group = parser.add_argument_group("judging")
    group.add_argument("--fail-on", choices=[str(level) for level in Severity], help="default: medium")
    group.add_argument("--min-confidence", choices=[str(level) for level in Confidence], help="default: medium")
    group.add_argument(
        "--ignore", action="append", default=[], metavar="RULE", help="do not count this rule today; stays visible"
    )
    group.add_argument("--rules", action="append", default=[], metavar="DIR", help="a folder of further rules (YAML)")
    group.add_argument("--allow-gaps", action="store_true", help="do not fail for what could not be looked at")
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever was found, for uploaders")


def output(parser: argparse.ArgumentParser, part: str = "report", default: str = "text") -> None:
    """Where the document goes and how it looks."""
    group = parser.add_argument_group("output")
    group.add_argument("-f", "--format", choices=plugins.names(part), default=default, help=f"default: {default}")
    group.add_argument("-o", "--output", metavar="FILE", help="write the document there instead of standard output")
    if part == "report":
        group.add_argument("-v", "--verbose", action="store_true", help="show also what does not fail the run")


def now() -> str:
    """The time, RFC 3339; ``SOURCE_DATE_EPOCH`` makes runs reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        moment = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch.isdecimal() else dt.datetime.now(dt.UTC)
    except (ValueError, OverflowError, OSError) as cause:
        raise UsageError(f"SOURCE_DATE_EPOCH: {epoch[:40]!r} is no time", hint="give seconds since 1970") from cause
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def run_for(args: argparse.Namespace, console: Console) -> Run:
    """Everything the pipeline needs, from flags, then the environment, then the configuration.

    Raises:
        UsageError: a flag's value does not fit.
        ConfigError: the configuration is wrong.
    """
    root, home = _places()
    settings_in_force = _config(args, root)
    for entry in settings_in_force.suppressions:
        if entry.until < now()[:10]:
            console.note(f"the suppression of {entry.rule} ended on {entry.until}; its findings count again")
    limits = settings_in_force.limits
    platform = sys.platform if sys.platform in {"darwin", "win32"} else "linux"
    wants_stdin = "-" in _references(args)
    context = Context(
        consent=_consent(args),
        limits=limits,
        now=now(),
        root=root,
        home=home,
        environment=dict(os.environ),
        stdin=sys.stdin.buffer.read(limits.file_bytes + 1) if wants_stdin else None,
        platform=platform,
        progress=console.progress,
        notice=console.note,
    )
    return Run(
        command=args.command,
        context=context,
        config=settings_in_force,
        together=getattr(args, "together", False),
        allow_gaps=getattr(args, "allow_gaps", False),
    )


def _places() -> tuple[Path, Path]:
    """The folder that we stand in, and the user's own."""
    try:
        return Path.cwd(), Path.home()
    except OSError as cause:
        raise UsageError(f"this folder cannot be told: {cause.strerror}", hint="go to one that is there") from cause
    except RuntimeError as cause:
        raise UsageError("no home folder is known for this user", hint="set HOME") from cause


def _references(args: argparse.Namespace) -> list[str]:
    given = getattr(args, "reference", [])
    return [given] if isinstance(given, str) else list(given or [])


def _consent(args: argparse.Namespace) -> Consent:
    if not hasattr(args, "start"):
        return Consent()
    pairs = []
    for pair in args.header_env:
        header, equals, name = pair.partition("=")
        if not (header and equals and name):
            raise UsageError(f"--header-env {pair!r} is not HEADER=NAME")
        if name not in os.environ:
            raise UsageError(f"--header-env: variable {name!r} is not set", hint="export it first")
        pairs.append((header, name))
    for name in args.env:
        if name not in os.environ:
            raise UsageError(
                f"--env: variable {name!r} is not set", hint="export it first; give its name, not its value"
            )
    return Consent(
        start=args.start or args.live,
        connect=args.connect or args.live,
        env=tuple(args.env),
        header_env=tuple(pairs),
        oauth=args.oauth,
        allow_private=tuple(args.allow_private),
        read_resources=args.read_resources,
        download=args.download,
        probe=Probe(args.probe),
    )


def _config(args: argparse.Namespace, root: Path) -> Config:
    named = getattr(args, "config", None) or os.environ.get("DRIFTSEAL_CONFIG")
    if named:
        found = config.load(Path(named))
    elif getattr(args, "isolated", False):
        found = Config()
    else:
        nearest = config.find(root)
        found = config.load(nearest) if nearest else Config()
    severity = getattr(args, "fail_on", None) or os.environ.get("DRIFTSEAL_FAIL_ON")
    confidence = getattr(args, "min_confidence", None)
    try:
        threshold = Threshold(
            Severity.parse(severity) if severity else found.threshold.severity,
            Confidence.parse(confidence) if confidence else found.threshold.confidence,
        )
    except ValueError as cause:
        raise UsageError(f"DRIFTSEAL_FAIL_ON: {cause}") from cause
    ignored = tuple(
        Suppression(rule, "ignored on the command line", now()[:10], source="--ignore")
        for rule in getattr(args, "ignore", [])
    )
    return dataclasses.replace(
        found,
        threshold=threshold,
        suppressions=ignored + found.suppressions,
        rules=(*found.rules, *(Path(folder) for folder in getattr(args, "rules", []) or [])),
    )


def tell(report: Report, args: argparse.Namespace, console: Console, limits: Limits = DEFAULT_LIMITS) -> ExitCode:
    """Write a report the way the flags want it."""
    from driftseal.report.base import ReportFormat, Screen

    console.end_progress()
    to_file = args.output not in {None, "-"}
    screen = Screen(
        width=console.width,
        color=console.color and not to_file,
        verbose=args.verbose,
        unicode=to_file or console.unicode,
        limits=limits,
    )
    kind = plugins.load("report", args.format, ReportFormat)  # type: ignore[type-abstract]  # its concrete subclass is made
    console.document(kind(screen).render(report), args.output)
    if to_file:
        console.note(f"wrote {args.output}")
    return report.exit_code
