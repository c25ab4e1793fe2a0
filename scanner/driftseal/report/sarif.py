"""The report as SARIF 2.1.0, in the shape that GitHub code scanning reads best."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from driftseal.canonical import show
from driftseal.errors import ExitCode
from driftseal.model.drift import Change, Drift
from driftseal.model.finding import Finding, Location, Region, Step
from driftseal.model.item import Json
from driftseal.model.report import Report
from driftseal.model.rule import Rule, Severity
from driftseal.model.trust import Verification
from driftseal.report._document import write
from driftseal.report._index import Index, changes_worst_first, drifts_worst_first, missed, worst_first
from driftseal.report._reveal import cut, plain
from driftseal.report._sarif_places import ROOT, artifact, place
from driftseal.report._sarif_rules import LEVEL, Taxonomies, bare_descriptor, descriptor
from driftseal.report.base import ReportFormat

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_UNTRUSTED: Final = "baseline-not-trusted"


class SarifFormat(ReportFormat):
    """Findings, drift and baselines that do not hold are results; gaps and errors are notifications."""

    name = "sarif"

    def render(self, report: Report) -> str:
        """See `ReportFormat.render`."""
        index = Index(report)
        # The worst first, so that a reader with a limit loses the least.
        results = sorted(self._results(report, index), key=lambda result: -result[0])
        kept = [result for _, result in results[: self.screen.limits.sarif_results]]
        rules = _rules(report)
        taxonomies = Taxonomies(rule for rule in rules.values() if isinstance(rule, Rule))
        descriptors: list[Json] = [
            descriptor(rule, taxonomies, self.screen.limits)
            if isinstance(rule, Rule)
            else bare_descriptor(rule_id, rule[0], rule[1])
            for rule_id, rule in rules.items()
        ]
        places = {rule_id: number for number, rule_id in enumerate(rules)}
        _number(kept, places)
        driver: dict[str, Json] = {
            "name": "driftseal",
            "version": report.tool_version,
            "rules": descriptors,
            "supportedTaxonomies": taxonomies.references(),
            "properties": {"rulesVersion": report.rules_version},
        }
        return write(
            {
                "$schema": _SCHEMA,
                "version": "2.1.0",
                "runs": [
                    {
                        "tool": {"driver": driver},
                        "automationDetails": {"id": f"driftseal/{report.command}/"},
                        "invocations": [_invocation(report, index, len(results) - len(kept))],
                        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the scanned tree."}}},
                        "columnKind": "unicodeCodePoints",
                        "taxonomies": taxonomies.components(),
                        "results": [*kept],
                    }
                ],
            }
        )

    def _results(self, report: Report, index: Index) -> Iterator[tuple[Severity, dict[str, Json]]]:
        for finding in worst_first(report.findings):
            yield finding.severity, self._finding(finding, index)
        for drift in drifts_worst_first(report.drifts):
            if drift.verification is not None and not drift.verification.trusted:
                yield Severity.HIGH, _distrust(drift, drift.verification, index)
            for change in changes_worst_first(drift):
                yield change.severity, self._change(change, drift, index)

    def _finding(self, finding: Finding, index: Index) -> dict[str, Json]:
        match, limits = finding.match, self.screen.limits
        own = finding.target.identity
        said = cut(match.evidence, limits.evidence_chars)
        read = f" ({match.view})" if match.view else ""
        result: dict[str, Json] = {
            "ruleId": finding.rule.id,
            "level": LEVEL[finding.severity],
            "message": {"text": _message(f"{finding.message}\nText{read}: “{said}”" if said else finding.message)},
            "locations": [place(match.location, own, index)],
            "partialFingerprints": {"driftseal/v1": finding.fingerprint},
            "properties": {"confidence": str(finding.confidence), "evidence": said},
        }
        if match.related:
            result["relatedLocations"] = [
                {**place(other, own, index), "id": number, "message": {"text": "also concerned"}}
                for number, other in enumerate(match.related[: limits.sarif_locations], 1)
            ]
        if match.steps:
            result["codeFlows"] = [{"threadFlows": [{"locations": self._stations(match.steps, own, index)}]}]
        if finding.suppressed_by is not None:
            entry = finding.suppressed_by
            result["suppressions"] = [
                {
                    "kind": "external",
                    "status": "accepted",
                    "justification": _message(
                        f"{entry.reason} (until {entry.until}, says {entry.source or 'the user'})"
                    ),
                }
            ]
        return result

    def _stations(self, steps: Sequence[Step], own: str, index: Index) -> list[Json]:
        """The path of a finding (section 3.38), in order; where it starts and ends matters most to a reader."""
        limits = self.screen.limits
        told: list[Json] = []
        for number, step in enumerate(steps[: limits.sarif_steps], 1):
            where = place(step.location, own, index, code=cut(step.code, limits.evidence_chars))
            told.append(
                {
                    "location": {**where, "message": {"text": _message(step.message)}},
                    "executionOrder": number,
                    "importance": "essential" if number in {1, len(steps)} else "important",
                }
            )
        return told

    def _change(self, change: Change, drift: Drift, index: Index) -> dict[str, Json]:
        kind, name = index.kind_and_name(drift.target.identity, change.key)
        lines = [f"{kind} {name}".rstrip() + f" {change.kind}: {change.reason}", *change.notes]
        for path in change.paths[: self.screen.limits.listed_places]:
            old, new = (_side(text, self.screen.limits.evidence_chars) for text in (path.old, path.new))
            lines.append(f"{path.pointer or '/'}: {old} -> {new}")
        pointer = change.paths[0].pointer if len(change.paths) == 1 else ""
        return {
            "ruleId": change.rule_id,
            "level": LEVEL[change.severity],
            "message": {"text": _message("\n".join(lines))},
            "locations": [place(_found_at(change.key, pointer, drift, index), drift.target.identity, index)],
            "partialFingerprints": {"driftseal/v1": _change_fingerprint(change, drift)},
            "properties": {"drift": str(change.kind), "severity": str(change.severity)},
        }


def _side(text: str | None, most: int) -> str:
    return "nothing" if text is None else f"“{cut(text, most)}”"


def _message(text: str) -> str:
    """Plain text (SARIF, section 3.11): visible, and without anything that a viewer would turn into a link."""
    shown = "\n".join(plain(line) for line in text.split("\n"))
    if "](" not in shown:
        return shown
    return shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _found_at(key: str, pointer: str, drift: Drift, index: Index) -> Location:
    """Where the item stands now; a removed one has no place but its target."""
    identity = drift.target.identity
    item = index.item(identity, key)
    if item is None or not item.evidence:
        return Location(identity, key, pointer)
    first = item.evidence[0]
    return Location(identity, key, pointer, first.uri, Region(start_line=first.line))


def _change_fingerprint(change: Change, drift: Drift) -> str:
    """The same change of the same target, whichever run sees it."""
    parts = [drift.target.identity, change.key, str(change.kind), change.old_key]
    for path in change.paths:
        parts += [path.pointer, path.old or "", path.new or ""]
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"driftseal-change-v1\0" + joined).hexdigest()[:32]


def _distrust(drift: Drift, verification: Verification, index: Index) -> dict[str, Json]:
    text = f"{drift.target.name}: baseline {verification.status}: {verification.reason}"
    mark = hashlib.sha256(f"{drift.target.identity}\0{verification.status}".encode("utf-8", "surrogatepass"))
    return {
        "ruleId": _UNTRUSTED,
        "level": "error",
        "message": {"text": _message(text)},
        "locations": [place(Location(drift.target.identity), drift.target.identity, index)],
        "partialFingerprints": {"driftseal/v1": mark.hexdigest()[:32]},
        "properties": {"verification": str(verification.status)},
    }


def _rules(report: Report) -> dict[str, Rule | tuple[str, Severity]]:
    """Each rule that a result names: whole where it is known, else its title and the worst it came to."""
    known = {rule.id: rule for rule in (*report.rules, *(finding.rule for finding in report.findings))}
    used: dict[str, Rule | tuple[str, Severity]] = {finding.rule.id: finding.rule for finding in report.findings}
    for drift in report.drifts:
        if drift.verification is not None and not drift.verification.trusted:
            used[_UNTRUSTED] = ("A baseline is missing or cannot be believed", Severity.HIGH)
        for change in drift.changes:
            rule = known.get(change.rule_id)
            worst = used.get(change.rule_id)
            if rule is not None:
                used[change.rule_id] = rule
            elif not isinstance(worst, tuple) or worst[1] < change.severity:
                used[change.rule_id] = (change.reason, change.severity)
    return {rule_id: used[rule_id] for rule_id in sorted(used)}


def _number(results: Iterable[dict[str, Json]], places: dict[str, int]) -> None:
    """Tell each result where its rule stands, and tell equal fingerprints apart as GitHub expects."""
    seen: Counter[str] = Counter()
    for result in results:
        result["ruleIndex"] = places[str(result["ruleId"])]
        prints = result["partialFingerprints"]
        if isinstance(prints, dict):
            own = str(prints["driftseal/v1"])
            seen[own] += 1
            prints["primaryLocationLineHash"] = f"{own}:{seen[own]}"


def _invocation(report: Report, index: Index, left_out: int) -> dict[str, Json]:
    notes: list[Json] = []
    for gap in report.gaps:
        text = f"not looked at: {': '.join(missed(gap))}"
        notes.append(_notification("error", "gap", text, gap.target, index))
    for failure in report.errors:
        text = f"{failure.message}. {failure.hint}" if failure.hint else failure.message
        notes.append(_notification("error", "error", text, failure.target, index))
    for snapshot in report.snapshots:
        if snapshot.reading is not None:
            text = f"source read: {snapshot.reading}"
            notes.append(_notification("note", "coverage", text, snapshot.target.reference, index))
        for one in snapshot.signatures:
            text = f"signature {one.name}: {one}"
            notes.append(_notification("note", "signature", text, snapshot.target.reference, index))
    if left_out:
        notes.append(
            _notification("warning", "left-out", f"{left_out} results, the least bad ones, left out", "", index)
        )
    settings = [f"suppressed until {entry.until}: {entry.rule}: {entry.reason}" for entry in report.suppressions]
    settings += report.loosened
    code = report.exit_code
    return {
        # A run that failed to look at something was no success, whatever it found elsewhere.
        "executionSuccessful": not report.errors and (not report.gaps or report.allow_gaps),
        "exitCode": int(code),
        "exitCodeDescription": ExitCode(code).name.lower(),
        "startTimeUtc": report.started_at,
        "toolExecutionNotifications": notes,
        "toolConfigurationNotifications": [
            {"level": "note", "message": {"text": _message(text)}, "descriptor": {"id": "let-pass"}}
            for text in settings
        ],
    }


def _notification(level: str, kind: str, text: str, reference: str, index: Index) -> Json:
    told: dict[str, Json] = {"level": level, "descriptor": {"id": kind}, "message": {"text": _message(show(text))}}
    target = index.named(reference)
    if target is not None and target.identity != reference:
        told["locations"] = [place(Location(target.identity), target.identity, index)]
    elif reference:
        told["locations"] = [{"physicalLocation": {"artifactLocation": artifact(reference)}}]
    return told
