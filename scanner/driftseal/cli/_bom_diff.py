"""``driftseal bom diff``: what differs between two bills of materials."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from driftseal.canonical import show
from driftseal.cli import _options
from driftseal.cli.base import Command, Console
from driftseal.compare.bom import Changed, Difference
from driftseal.errors import ExitCode
from driftseal.formats.bom_document import Listed
from driftseal.pipeline.bom_diff import diff

_SHOWN: Final = 120
"""Characters of one value that people are shown."""


class Diff(Command):
    """See `Command`."""

    name = "bom"
    summary = "what two bills of materials differ in: components and services added, removed and changed"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """See `Command.configure`."""
        kinds = "CycloneDX as JSON, of any tool, or SPDX 3 as driftseal writes it"
        parser.add_argument("old", metavar="OLD", help=kinds)
        parser.add_argument("new", metavar="NEW", help="another one of the same format")
        _options.settings(parser)
        group = parser.add_argument_group("output")
        group.add_argument("-f", "--format", choices=("text", "json"), default="text", help="default: text")
        group.add_argument("-o", "--output", metavar="FILE", help="write it there instead of standard output")
        group.add_argument("--exit-zero", action="store_true", help="exit 0 though they differ")
        parser.set_defaults(command=self.name)

    def run(self, args: argparse.Namespace, console: Console) -> ExitCode:
        """See `Command.run`."""
        run = _options.run_for(args, console)
        found = diff(Path(args.old), Path(args.new), run.config.limits)
        if args.format == "json":
            console.document(json.dumps(_document(found, args), indent=2, sort_keys=True) + "\n", args.output)
        else:
            console.document("".join(f"{line}\n" for line in _lines(found)), args.output)
        return ExitCode.CLEAN if found.is_empty else ExitCode.FINDINGS


def _lines(found: Difference) -> Iterator[str]:
    for part in found.added:
        yield f"+ {_told(part)}"
    for part in found.removed:
        yield f"- {_told(part)}"
    for one in found.changed:
        yield f"~ {_told(one.new)}"
        for change in one.changes:
            yield f"    {show(change.field)}: {_value(change.old)} -> {_value(change.new)}"
    yield f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed"


def _told(part: Listed) -> str:
    name = f"{part.group}/{part.name}" if part.group else part.name
    words = (part.kind, part.type, name, part.version, f"({part.purl})" if part.purl else "")
    return " ".join(_value(word) for word in words if word)


def _value(text: str) -> str:
    shown = show(text) if text else "(none)"
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


def _document(found: Difference, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "schema_version": "1",
        "old": args.old,
        "new": args.new,
        "added": [_row(part) for part in found.added],
        "removed": [_row(part) for part in found.removed],
        "changed": [_changed(one) for one in found.changed],
        "summary": {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)},
    }


def _row(part: Listed) -> dict[str, str]:
    told = {"type": part.type, "group": part.group, "version": part.version, "purl": part.purl, "ref": part.ref}
    return {"kind": part.kind, "name": part.name, **{name: value for name, value in told.items() if value}}


def _changed(one: Changed) -> dict[str, Any]:
    changes = [{"field": change.field, "old": change.old, "new": change.new} for change in one.changes]
    return {**_row(one.new), "changes": changes}
