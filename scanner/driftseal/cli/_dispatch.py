"""From an argument list to a command, and from an error to one clear message with an exit code."""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import os
import re
import shlex
import signal
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import driftseal
from driftseal import plugins
from driftseal.cli.base import Command, Console
from driftseal.errors import DriftsealError, ExitCode, UsageError
from driftseal.regexes import regex

_HELP = frozenset({"-h", "--help", "help"})
_INTERRUPTED = 130
"""What shells expect after Ctrl-C."""
_DOCUMENTS = frozenset({"json", "sarif"})
"""Formats of a report that programs read."""
_WRONG_CHOICE = regex(r"invalid choice: '(.*)' \(choose from (.*)\)")
"""What argparse says, with the choices in quotes or, in newer versions of Python, without."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are our errors, so that they end like all others."""

    def error(self, message: str) -> NoReturn:
        near: list[str] = []
        if wrong := _WRONG_CHOICE.search(message):
            near = difflib.get_close_matches(wrong[1], re.findall(r"[\w.-]+", wrong[2]), 1)
        raise UsageError(message, hint=f"did you mean {near[0]!r}?" if near else f"see: {self.prog} --help")

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # as in the standard library
        """Every parser tells of options that it does not know, so that the nearest of its own can be offered."""
        known, unknown = super().parse_known_args(args, namespace)
        for word in unknown:
            option = word.partition("=")[0]
            near = difflib.get_close_matches(option, self._option_string_actions, 1) if word.startswith("-") else []
            if near:
                raise UsageError(f"unrecognized arguments: {option}", hint=f"did you mean {near[0]!r}?")
        return known, unknown


def parser_for(name: str, action: str = "") -> tuple[argparse.ArgumentParser, Command]:
    """The parser of one command, or of one of its actions; imports no other command."""
    command = plugins.load("cli", name, Command)()  # type: ignore[type-abstract]  # its concrete subclass is made
    if action:
        name, command = f"{name} {action}", command.actions[action]()
    parser = _Parser(
        prog=f"driftseal {name}",
        description=command.description or f"{command.summary[:1].upper()}{command.summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.configure(parser)
    return parser, command


def parsed(argv: Sequence[str]) -> tuple[Command, argparse.Namespace]:
    """The command that a command line names, or its action, and the arguments."""
    name, *words = argv[0], *split_command(argv[1:])
    parser, command = parser_for(name)
    if words and words[0] in command.actions:
        parser, command = parser_for(name, words.pop(0))
    return command, parser.parse_args(words)


def overview() -> str:
    """The text of ``driftseal --help``."""
    lines = ["usage: driftseal [--version] [--help] COMMAND …", ""]
    lines += textwrap.wrap(
        "Scans MCP servers and other AI supply-chain parts, offline: "
        "what AI do we run, is it what we approved, is it safe?"
    )
    lines += ["", "commands:"]
    for name in plugins.names("cli"):
        lines.append(f"  {name:<10} {_summary(name)}")
    lines += ["", "See: driftseal COMMAND --help", ""]
    return "\n".join(lines)


def _summary(name: str) -> str:
    """A command's summary, out of its file's text: importing every command takes longer than people wait."""
    source = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    _, _, rest = source.partition('\n    summary = "')
    return rest.partition('"\n')[0]


def split_command(argv: Sequence[str]) -> list[str]:
    """Everything behind ``--`` is one server's command line: a ``stdio:`` reference."""
    if "--" not in argv:
        return list(argv)
    cut = list(argv).index("--")
    words = argv[cut + 1 :]
    if not words:
        raise UsageError("nothing follows --", hint="write: driftseal scan -- COMMAND ARG …")
    return [*argv[:cut], "stdio:" + shlex.join(words)]


def main(argv: Sequence[str], console: Console | None = None) -> int:
    """Run one command. This is the last line of defence: whatever happens ends in a message and a code."""
    console = console or Console()
    try:
        return int(_run(argv, console))
    except DriftsealError as cause:
        return _failed(argv, console, str(cause), cause.hint, cause.exit_code)
    except KeyboardInterrupt:
        console.end_progress()
        console.note("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone, as with `| head`; that is no failure of ours, and there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as cause:  # noqa: BLE001  # the one place that may: it calls it a bug
        import traceback

        trace = traceback.format_exc()
        code = _failed(
            argv,
            console,
            f"a bug in driftseal {driftseal.__version__}: {type(cause).__name__}: {cause}",
            "please report it with the lines above; look them over first, they may name your files",
            ExitCode.BUG,
            trace,
        )
        return int(code)


def _run(argv: Sequence[str], console: Console) -> ExitCode:
    if argv and argv[0] in _HELP:
        argv = [*argv[1:2], "--help"] if argv[1:] and argv[1] not in _HELP else []
        if not argv:
            console.document(overview())
            return ExitCode.CLEAN
    if not argv:
        console.note(overview().rstrip())
        return ExitCode.USAGE
    name = argv[0]
    if name.startswith("-"):
        raise UsageError(f"unknown option {name!r}", hint="a command comes first; see: driftseal --help")
    if name not in plugins.names("cli"):
        # The plug-in loader's message offers the nearest name; say "command" instead of the folder's name.
        try:
            plugins.load("cli", name, Command)  # type: ignore[type-abstract]  # raises
        except UsageError as cause:
            raise UsageError(f"no command {name!r}", hint=cause.hint) from None
    command, args = parsed(argv)
    code = command.run(args, console)
    return ExitCode.CLEAN if getattr(args, "exit_zero", False) and code < ExitCode.BUG else code


def _failed(argv: Sequence[str], console: Console, message: str, hint: str, code: ExitCode, trace: str = "") -> int:
    console.end_progress()
    if trace:
        console.note(trace.rstrip())
    console.error(message, hint)
    kind, output = _asked_document(argv)
    if kind:
        # A program that reads our document gets one whatever happens, in the place where it looks for it.
        from driftseal import plugins as _plugins
        from driftseal.model.report import Failure, Report, Threshold
        from driftseal.report.base import ReportFormat, Screen

        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        report = Report(
            command=argv[0] if argv else "",
            tool_version=driftseal.__version__,
            rules_version="",
            started_at=now,
            threshold=Threshold(),
            errors=(Failure(message, hint, code),),
        )
        form = _plugins.load("report", kind, ReportFormat)  # type: ignore[type-abstract]  # its concrete subclass is made
        # Where that place is what is wrong, the message above has said so.
        with suppress(UsageError):
            console.document(form(Screen()).render(report), output)
    return int(code)


def _asked_document(argv: Sequence[str]) -> tuple[str, str | None]:
    """The format that a program reads, if one was asked for, and where; told even where the arguments are wrong."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-f", "--format", default="")
    parser.add_argument("-o", "--output")
    parser.add_argument("-v", "--verbose", action="store_true")
    words = list(argv)
    try:
        known, _ = parser.parse_known_args(words[: words.index("--")] if "--" in words else words)
    except argparse.ArgumentError:
        return "", None
    return (known.format, known.output) if known.format in _DOCUMENTS else ("", None)
