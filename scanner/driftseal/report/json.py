"""The report as JSON: a contract, told by ``rules/schema/report.schema.json``."""

from __future__ import annotations

from dataclasses import asdict

from driftseal.model.drift import Change, Drift
from driftseal.model.finding import Finding, Location, Suppression
from driftseal.model.item import Json
from driftseal.model.observation import Capability
from driftseal.model.report import Report
from driftseal.model.signature import SignatureCheck
from driftseal.model.trust import Verification
from driftseal.report._document import write
from driftseal.report._index import Index, Row, by_severity, changes_worst_first, drifts_worst_first, worst_first
from driftseal.report.base import ReportFormat

SCHEMA_VERSION = "1.0"
"""The first number counts up when something that was promised goes away or changes its meaning."""


class JsonFormat(ReportFormat):
    """Everything that is known, for programs. The same report gives the same bytes."""

    name = "json"

    def render(self, report: Report) -> str:
        """See `ReportFormat.render`."""
        index = Index(report)
        rows = index.rows()
        return write(
            {
                "schema_version": SCHEMA_VERSION,
                "tool": {"name": "driftseal", "version": report.tool_version, "rules": report.rules_version},
                "command": report.command,
                "started_at": report.started_at,
                "exit_code": int(report.exit_code),
                "threshold": {
                    "severity": str(report.threshold.severity),
                    "confidence": str(report.threshold.confidence),
                },
                "targets": [_target(row) for row in rows],
                "findings": [_finding(finding, index) for finding in worst_first(report.findings)],
                "drifts": [_drift(drift, index) for drift in drifts_worst_first(report.drifts)],
                "capabilities": [
                    {
                        "target": _reference(index, capability.target),
                        "item": _item(index, capability.target, capability.item),
                        "label": str(capability.label),
                        "origin": str(capability.origin),
                        "evidence": capability.evidence,
                        **_seen_at(capability),
                    }
                    for capability in sorted(report.capabilities)
                ],
                "relations": [
                    {
                        "source": relation.source,
                        "kind": str(relation.kind),
                        "destination": relation.destination,
                        "evidence": relation.evidence,
                    }
                    for relation in sorted(report.relations)
                ],
                "gaps": [{"target": gap.target, "what": gap.what, "why": gap.why} for gap in report.gaps],
                "errors": [
                    {
                        "message": failure.message,
                        "hint": failure.hint,
                        "exit_code": int(failure.exit_code),
                        "target": failure.target,
                    }
                    for failure in report.errors
                ],
                "suppressions": [_suppression(entry) for entry in report.suppressions],
                "loosened": list(report.loosened),
                "summary": _summary(report, rows),
            }
        )


def _target(row: Row) -> Json:
    target, snapshot = row.target, row.snapshot
    described: dict[str, Json] = {
        "reference": target.reference,
        "kind": target.kind,
        "name": target.name,
        "identity": target.identity,
        "status": str(row.status),
        "coverage": row.coverage,
        "items": row.size,
        "session": target.session,
        "enabled": target.enabled,
    }
    if snapshot is not None:
        described["digest"] = str(snapshot.digest)
        described["collected_at"] = snapshot.collected_at
        described["client"] = snapshot.vantage.client
        described["probe"] = snapshot.vantage.probe
        described["protocol"] = snapshot.envelope.protocol
        if snapshot.reading is not None:
            described["source"] = {**asdict(snapshot.reading)}
        if snapshot.signatures:
            described["signatures"] = [_signature(one) for one in snapshot.signatures]
    return described


def _signature(check: SignatureCheck) -> Json:
    return {
        "name": check.name,
        "status": str(check.status),
        "reason": check.reason,
        "signers": [*check.signers],
        "covered": check.covered,
        "claimed": check.claimed,
        "changed": [*check.changed],
        "removed": [*check.removed],
        "added": [*check.added],
        "ignored": [*check.ignored],
    }


def _finding(finding: Finding, index: Index) -> Json:
    match, rule = finding.match, finding.rule
    place = match.location
    told: dict[str, Json] = {
        "rule_id": rule.id,
        "title": rule.title,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "message": finding.message,
        "target": finding.target.reference,
        "item": _item(index, place.target or finding.target.identity, place.item),
        "location": _location(place),
        "evidence": match.evidence,
        "view": match.view,
        "span": list(match.span),
        "related": [_elsewhere(other, index) for other in match.related],
        "remediation": rule.remediation,
        "taxonomies": {name: list(ids) for name, ids in sorted(rule.taxonomies.items())},
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed_by is not None,
    }
    if match.steps:
        told["steps"] = [
            {**_elsewhere(step.location, index), "message": step.message, **({"code": step.code} if step.code else {})}
            for step in match.steps
        ]
    if finding.suppressed_by is not None:
        told["suppression"] = _suppression(finding.suppressed_by)
    return told


def _location(place: Location) -> dict[str, Json]:
    """Only what is known; lines and columns count from 1."""
    told: dict[str, Json] = {}
    if place.pointer:
        told["pointer"] = place.pointer
    if place.uri:
        told["path"] = place.uri
    for name in ("start_line", "start_column", "end_line", "end_column"):
        number = getattr(place.region, name)
        if number:
            told[name] = number
    return told


def _elsewhere(place: Location, index: Index) -> dict[str, Json]:
    return {
        "target": _reference(index, place.target),
        "item": _item(index, place.target, place.item),
        "location": _location(place),
    }


def _seen_at(capability: Capability) -> dict[str, Json]:
    return {"location": {"path": capability.uri, "start_line": capability.line}} if capability.uri else {}


def _item(index: Index, identity: str, key: str) -> Json:
    kind, name = index.kind_and_name(identity, key)
    return {"kind": kind, "name": name}


def _reference(index: Index, identity: str) -> str:
    target = index.target(identity)
    return target.reference if target is not None else identity


def _suppression(entry: Suppression) -> Json:
    return {
        "rule": entry.rule,
        "reason": entry.reason,
        "until": entry.until,
        "target": entry.target,
        "item": entry.item,
        "fingerprint": entry.fingerprint,
        "source": entry.source,
    }


def _drift(drift: Drift, index: Index) -> Json:
    return {
        "target": drift.target.reference,
        "severity": None if drift.severity is None else str(drift.severity),
        "old": None if drift.old is None else str(drift.old),
        "new": None if drift.new is None else str(drift.new),
        "verification": None if drift.verification is None else _verification(drift.verification),
        "changes": [_change(change, drift, index) for change in changes_worst_first(drift)],
    }


def _verification(verification: Verification) -> Json:
    return {
        "status": str(verification.status),
        "trusted": verification.trusted,
        "reason": verification.reason,
        "signers": list(verification.signers),
        "version": verification.version,
        "expires_at": verification.expires_at,
        "rollback_checked": verification.rollback_checked,
    }


def _change(change: Change, drift: Drift, index: Index) -> Json:
    told: dict[str, Json] = {
        "item": _item(index, drift.target.identity, change.key),
        "kind": str(change.kind),
        "severity": str(change.severity),
        "reason": change.reason,
        "rule_id": change.rule_id,
        "rules": list(change.rules),
        "notes": list(change.notes),
        "paths": [{"pointer": path.pointer, "old": path.old, "new": path.new} for path in change.paths],
    }
    if change.old_key:
        told["renamed_from"] = _item(index, drift.target.identity, change.old_key)
    return told


def _summary(report: Report, rows: tuple[Row, ...]) -> Json:
    counted = [finding for finding in report.findings if finding.suppressed_by is None]
    changes = [change for drift in report.drifts for change in drift.changes]
    return {
        "targets": len(rows),
        "live": sum(row.coverage == "live" for row in rows),
        "static": sum(row.coverage == "static" for row in rows),
        "items": sum(row.size for row in rows),
        "findings": {**by_severity(finding.severity for finding in counted)},
        "suppressed": len(report.findings) - len(counted),
        "changes": {**by_severity(change.severity for change in changes)},
        "gaps": len(report.gaps),
        "errors": len(report.errors),
    }
