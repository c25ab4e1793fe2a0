"""What ``driftseal baseline verify``, ``show`` and ``list`` print."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Sequence
from typing import Any, Final

from driftseal import canonical
from driftseal.cli.base import Console
from driftseal.errors import ExitCode, UsageError
from driftseal.model.trust import Approved
from driftseal.pipeline import trust as trusting
from driftseal.pipeline.scan import Run
from driftseal.pipeline.trust import Checked, Trust

FORMATS: Final = ("text", "json")
_TITLES: Final = ("NAME", "STATUS", "VERSION", "EXPIRES", "SIGNERS")


def tell(args: argparse.Namespace, console: Console, run: Run, trust: Trust) -> ExitCode:
    """Check the baselines that were named, all where none is, and print what came of it."""
    stored = trust.store.list()
    pending = trust.store.list_pending()
    wanted = getattr(args, "slug", None) or list(stored)
    for slug in wanted:
        if slug not in stored:
            raise UsageError(f"no baseline named {slug!r}", hint=_nearest(slug, stored))
    checks = [trusting.check_stored(slug, trust, run) for slug in wanted]
    if args.format == "json":
        rows = [_row(one) for one in checks]
        document: dict[str, Any] = {"baselines": rows, "pending": list(pending)}
        console.document(json.dumps(document, indent=2, sort_keys=True) + "\n")
    elif args.action == "show":
        console.document("".join(_page(one) for one in checks))
    else:
        console.document(_table(checks))
        for slug in pending:
            console.note(f"{slug}: pending, waiting for signatures; see: driftseal baseline sign {slug}")
        if not checks:
            console.note(f"no baselines in {trust.store.root}; make one with: driftseal baseline approve REF --key KEY")
    if args.action == "list":
        return ExitCode.CLEAN
    if args.action == "verify" and not checks:
        return ExitCode.TRUST
    return ExitCode.CLEAN if all(one.verification.trusted for one in checks) else ExitCode.TRUST


def _nearest(slug: str, stored: Sequence[str]) -> str:
    near = [name for name in stored if slug.lower() in name] or difflib.get_close_matches(slug, stored, 1)
    return f"did you mean {near[0]!r}?" if near else "see: driftseal baseline list"


def _table(checks: Sequence[Checked]) -> str:
    """A line for each baseline, in columns; below it what people must know beyond them."""
    if not checks:
        return ""
    rows = [[canonical.show(cell) for cell in _cells(one)] for one in checks]
    widths = [max(len(cell) for cell in column) for column in zip(_TITLES, *rows, strict=True)]
    lines = []
    for row, concern in zip((_TITLES, *rows), ("", *map(_concern, checks)), strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if concern:
            lines.append(f"    {canonical.show(concern)}")
    return "\n".join(lines) + "\n"


def _cells(checked: Checked) -> tuple[str, ...]:
    verification = checked.verification
    return (
        checked.slug,
        str(verification.status),
        str(verification.version) if verification.version else "-",
        verification.expires_at[:10] or "-",
        ", ".join(verification.signers) or "-",
    )


def _concern(checked: Checked) -> str:
    if not checked.verification.trusted:
        return checked.verification.reason
    if not checked.verification.rollback_checked:
        return "rollback was not checked: no record of versions seen before (see --state)"
    return ""


def _page(checked: Checked) -> str:
    approved = checked.approved
    text = _table([checked])
    if approved is None:
        return text
    lines = [
        f"target      {approved.target}",
        f"reference   {approved.reference}",
        f"prepared    {approved.prepared_at} by {approved.prepared_by}",
        f"expires     {approved.expires_at}",
        f"snapshot    {approved.snapshot}",
        f"statement   {approved.statement}",
        f"previous    {approved.previous or 'none'}",
        f"note        {approved.note or '-'}",
        f"items       {len(approved.items)}",
        *(f"  {item.digest.value[:16]}  {key}" for key, item in sorted(approved.items.items())),
    ]
    return text + "".join(f"  {canonical.show(line)}\n" for line in lines)


def _row(checked: Checked) -> dict[str, Any]:
    verification = checked.verification
    row: dict[str, Any] = {
        "name": checked.slug,
        "target": checked.identity,
        "status": str(verification.status),
        "reason": verification.reason,
        "signers": list(verification.signers),
        "version": verification.version,
        "expires_at": verification.expires_at,
        "rollback_checked": verification.rollback_checked,
    }
    if checked.approved is not None:
        row |= _details(checked.approved)
    return row


def _details(approved: Approved) -> dict[str, Any]:
    return {
        "reference": approved.reference,
        "snapshot": str(approved.snapshot),
        "statement": str(approved.statement),
        "note": approved.note,
        "items": {key: str(item.digest) for key, item in approved.items.items()},
    }
