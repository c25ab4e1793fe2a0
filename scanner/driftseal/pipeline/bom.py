"""A report becomes a bill of materials, neutral to the specification that it will be written in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count

from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Annotation, Bom, Citation, Component, Composition, Dependency, Service, Vulnerability
from driftseal.model.drift import Change, Drift
from driftseal.model.finding import Finding
from driftseal.model.item import ItemKind
from driftseal.model.observation import Capability, RelationKind
from driftseal.model.report import Report
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.pipeline import _bom_models
from driftseal.pipeline._bom_items import PROVIDED, component, package
from driftseal.pipeline._bom_names import ROOT, item_ref, nameless, pathless, portable, service_ref
from driftseal.pipeline._bom_services import is_service, service


def build(report: Report, *, root_name: str) -> Bom:
    """The bill of materials of everything that the report looked at; the same report gives the same ``Bom``.

    No absolute path, user or host name enters it, and every reference in it leads somewhere.
    """
    parts = _Parts(report)
    for snapshot in report.snapshots:
        parts.add(snapshot)
    known = parts.refs()
    return Bom(
        root=Component(ref=ROOT, kind="system", type="application", name=root_name),
        timestamp=report.started_at,
        tool_version=report.tool_version,
        components=tuple(sorted(parts.components.values(), key=lambda part: part.ref)),
        services=tuple(sorted(parts.services.values(), key=lambda part: part.ref)),
        dependencies=parts.dependencies(),
        vulnerabilities=tuple(_vulnerabilities(report.findings, known)),
        annotations=tuple(_annotations(report, known)),
        compositions=tuple(_compositions(report, parts)),
        citations=tuple(_citations(report, parts)),
    )


class _Parts:
    """Components, services and how they hang together, gathered target by target."""

    def __init__(self, report: Report) -> None:
        self.components: dict[str, Component] = {}
        self.services: dict[str, Service] = {}
        self._needs: dict[str, set[str]] = {ROOT: set()}
        self._gives: dict[str, set[str]] = {}
        self._capabilities: dict[tuple[str, str], list[Capability]] = {}
        for capability in report.capabilities:
            self._capabilities.setdefault((capability.target, capability.item), []).append(capability)
        self._mentions: dict[str, set[str]] = {}
        for relation in report.relations:
            if relation.kind is RelationKind.REFERS_TO:
                self._mentions.setdefault(relation.source, set()).add(relation.destination)

    def add(self, snapshot: Snapshot) -> None:
        """Take in one target."""
        identity = snapshot.target.identity
        owner = ROOT
        if is_service(snapshot):
            owner = service_ref(identity)
            self._needs[ROOT].add(owner)
            self._needs.setdefault(owner, set())
            self.services.setdefault(owner, service(snapshot, owner))
        # A package item knows more than the launch that names the same package.
        telling = ItemKind.PACKAGE if _has(snapshot, ItemKind.PACKAGE) else ItemKind.LAUNCH
        for item in snapshot.items:
            part = component(item, snapshot, self._capabilities.get((identity, item.key), ()))
            if part is not None:
                self._put(self._with_mentions(part, f"{identity}|{item.key}"))
                links = self._gives if item.kind in PROVIDED and owner != ROOT else self._needs
                links.setdefault(_bom_models.owner(item, snapshot) or owner, set()).add(part.ref)
            if item.kind is telling:
                installed = package(item, snapshot)
                if installed is not None:
                    self._put(installed)
                    self._needs.setdefault(owner, set()).add(installed.ref)

    def _with_mentions(self, part: Component, key: str) -> Component:
        mentioned = sorted(
            item_ref(*destination.split("|", 1)) if "|" in destination else service_ref(destination)
            for destination in self._mentions.get(key, ())
        )
        if not mentioned:
            return part
        return replace(part, properties={**part.properties, "driftseal:refersTo": " ".join(mentioned)})

    def _put(self, part: Component) -> None:
        known = self.components.get(part.ref)
        if known is None:
            self.components[part.ref] = part
            return
        # One package that several configurations launch is one component that was found in several places.
        places = {*known.evidence, *part.evidence}
        self.components[part.ref] = replace(
            known, evidence=tuple(sorted(places, key=lambda at: (at.uri, at.line, at.pointer)))
        )

    def refs(self) -> frozenset[str]:
        """Everything that may be referred to."""
        return frozenset({ROOT, *self.components, *self.services})

    def given_by(self, ref: str) -> frozenset[str]:
        """What a service provides."""
        return frozenset(self._gives.get(ref, ()))

    def dependencies(self) -> tuple[Dependency, ...]:
        """A row for everything, so that «needs nothing» is said and not just left out."""
        return tuple(
            Dependency(ref, tuple(sorted(self._needs.get(ref, ()))), tuple(sorted(self._gives.get(ref, ()))))
            for ref in sorted(self.refs())
        )


def _has(snapshot: Snapshot, kind: ItemKind) -> bool:
    return any(item.kind is kind for item in snapshot.items)


def _nearest(identity: str, keys: Iterable[str], known: frozenset[str]) -> str:
    """The item's component, else its service, else the whole."""
    candidates = [*(item_ref(identity, key) for key in keys if key), service_ref(identity)]
    return next((ref for ref in candidates if ref in known), ROOT)


def _vulnerabilities(findings: Sequence[Finding], known: frozenset[str]) -> Iterable[Vulnerability]:
    numbers: dict[str, count[int]] = {}
    for finding in sorted(findings, key=lambda finding: (-finding.severity, finding.rule.id, finding.fingerprint)):
        rule, match, place = finding.rule, finding.match, finding.match.location
        # Two matches of one text in one place have one fingerprint, and references are unique.
        number = next(numbers.setdefault(finding.fingerprint, count(1)))
        accepted = finding.suppressed_by
        # What a tool says of paths is its own text; what a launch says of them is about this machine.
        told = nameless if place.item.partition(":")[0] in PROVIDED else pathless
        yield Vulnerability(
            ref=f"finding/{finding.fingerprint}" + (f"/{number}" if number > 1 else ""),
            id=rule.id,
            source="driftseal",
            severity=str(finding.severity),
            description=told(finding.message),
            detail=told(match.evidence[: DEFAULT_LIMITS.evidence_chars]),
            recommendation=rule.remediation,
            cwes=tuple(_cwes(rule.taxonomies.get("cwe", ()))),
            affects=(_nearest(place.target or finding.target.identity, (place.item,), known),),
            references=tuple((name, id_) for name, ids in sorted(rule.taxonomies.items()) for id_ in ids),
            accepted=f"accepted until {accepted.until}: {accepted.reason}" if accepted is not None else "",
            properties={
                "driftseal:finding:fingerprint": finding.fingerprint,
                "driftseal:finding:confidence": str(finding.confidence),
                "driftseal:finding:pointer": place.pointer,
                "driftseal:finding:view": match.view,
            },
        )


def _cwes(ids: Sequence[str]) -> Iterable[int]:
    for id_ in ids:
        number = id_.removeprefix("CWE-")
        if number.isascii() and number.isdecimal():
            yield int(number)


def _annotations(report: Report, known: frozenset[str]) -> Iterable[Annotation]:
    for drift in sorted(report.drifts, key=lambda drift: drift.target.identity):
        whole = _nearest(drift.target.identity, (), known)
        if drift.verification is not None:
            signers = ", ".join(drift.verification.signers) or "nobody"
            yield Annotation(
                ref=f"baseline/{whole}",
                subjects=(whole,),
                text=(
                    f"baseline {drift.verification.status}: {nameless(drift.verification.reason)}; "
                    f"version {drift.verification.version}, signed by {signers}"
                ),
                timestamp=report.started_at,
            )
        for number, change in enumerate(sorted(drift.changes, key=_by_item), 1):
            yield Annotation(
                ref=f"drift/{whole}/{number}",
                subjects=(_nearest(drift.target.identity, (change.key,), known),),
                text=_told(drift, change),
                timestamp=report.started_at,
            )


def _by_item(change: Change) -> tuple[str, str, str]:
    return change.key, change.kind, change.rule_id


def _told(drift: Drift, change: Change) -> str:
    pointers = ", ".join(path.pointer for path in change.paths if path.pointer)
    since = f" since {drift.old}" if drift.old is not None else ""
    renamed = f" from {portable(change.old_key)}" if change.old_key else ""
    at = f" at {pointers}" if pointers else ""
    return (
        f"drift{since}: {portable(change.key)} {change.kind}{renamed}{at} "
        f"({change.severity}, {change.rule_id}): {nameless(change.reason)}"
    )


def _compositions(report: Report, parts: _Parts) -> Iterable[Composition]:
    lacking = {gap.target for gap in report.gaps} | {failure.target for failure in report.errors}
    words: dict[str, set[str]] = {}
    for snapshot in report.snapshots:
        ref = service_ref(snapshot.target.identity)
        if ref in parts.services:
            words.setdefault(_aggregate(snapshot, lacking, parts.given_by(ref)), set()).add(ref)
    if lacking:
        words.setdefault("incomplete", set()).add(ROOT)
    for aggregate, refs in sorted(words.items()):
        yield Composition(aggregate, tuple(sorted(refs)))


def _aggregate(snapshot: Snapshot, lacking: set[str], given: frozenset[str]) -> str:
    """Whether all that a server provides is listed."""
    if snapshot.gaps or snapshot.target.reference in lacking:
        return "incomplete"
    if snapshot.origin is Origin.LIVE:
        return "complete"
    # A manifest lists what it lists; a configuration that was only read says nothing of tools.
    return "unknown" if not given else "incomplete"


def _citations(report: Report, parts: _Parts) -> Iterable[Citation]:
    for snapshot in sorted(report.snapshots, key=lambda snapshot: snapshot.target.identity):
        ref = service_ref(snapshot.target.identity)
        given = parts.given_by(ref)
        if not given:
            continue
        live = snapshot.origin is Origin.LIVE
        yield Citation(
            subjects=tuple(sorted(given)),
            attributed_to=ref if live else "",
            note="as the running server described itself" if live else "as a file describes the server",
        )
