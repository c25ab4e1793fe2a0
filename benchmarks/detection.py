"""Recall by tier and source, and false alarms per tool and per server, on a corpus of manifests.

    python benchmarks/detection.py CORPUS [--detectors text,unicode] [--show missed|alarms]

CORPUS holds ``manifests_malicious.jsonl.gz`` and ``manifests_benign.jsonl.gz``, one item a line with ``id, source,
label, tier, attack_class, server, item_type, name, description, input_schema, output_schema, annotations, title``.
A tier measures one thing; tiers are never added up. Counted are findings of medium severity or above at medium
confidence or above.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from driftseal import canonical, plugins, rulebook
from driftseal.detect.base import Detector
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.finding import Match
from driftseal.model.item import Item, ItemKind
from driftseal.model.rule import Confidence, Rule, Severity
from driftseal.model.snapshot import Origin, Session, Snapshot
from driftseal.model.target import Target
from driftseal.observe.observations import Observations
from driftseal.snapshot import make_item, take

Row = dict[str, Any]
FIELDS = {
    "description": "description",
    "input_schema": "inputSchema",
    "output_schema": "outputSchema",
    "annotations": "annotations",
    "title": "title",
    "meta": "_meta",
}


def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def item_of(row: Row) -> Item:
    if row["item_type"] == "instructions":
        return make_item(ItemKind.INSTRUCTIONS, "", row["description"])
    content = {"name": row["name"]} | {ours: row[theirs] for theirs, ours in FIELDS.items() if row.get(theirs)}
    return make_item(ItemKind(row["item_type"]), row["name"], content)


def session_of(name: str, items: Iterable[Item]) -> tuple[Session, Snapshot]:
    target = Target("manifest", name, name, name)
    snapshot = take(target, items, origin=Origin.STATIC, collected_at="2026-01-01T00:00:00Z")
    return Session(name, (snapshot,)), snapshot


class Scanner:
    """The detectors that are measured, with their rules."""

    def __init__(self, detectors: Sequence[str]) -> None:
        book = rulebook.load()
        self.rules = {rule.id: rule for rule in book.rules}
        self.parts: list[tuple[Detector, tuple[Rule, ...]]] = [
            (plugins.load("detect", name, Detector)(), book.of(name))  # type: ignore[type-abstract]  # a subclass is made
            for name in detectors
        ]

    def matches(self, sessions: Sequence[Session]) -> Iterator[Match]:
        """Those that would fail a run."""
        seen = Observations(sessions, DEFAULT_LIMITS)
        for detector, rules in self.parts:
            for match in detector.detect(sessions, seen, rules):
                rule = self.rules[match.rule_id]
                confidence = min(rule.confidence, match.confidence or rule.confidence)
                if rule.severity >= Severity.MEDIUM and confidence >= Confidence.MEDIUM:
                    yield match


def told(match: Match) -> str:
    view = f" [{match.view}]" if match.view else ""
    return f"{match.rule_id}{view} {match.location.pointer}: {canonical.show(match.evidence)[:300]}"


def recall(scanner: Scanner, given: Sequence[Row], *, show: bool) -> None:
    scores: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for row in given:
        if row["item_type"] == "tool_result":
            continue
        session, _ = session_of(row["id"], [item_of(row)])
        found = any(True for _ in scanner.matches([session]))
        scores[row["tier"], row["source"], row["attack_class"]].append(found)
        if show and not found:
            print(f"MISSED {row['tier']} {row['attack_class']}: {canonical.show(json.dumps(row)[:1500])}")
    by_tier: dict[str, list[bool]] = defaultdict(list)
    by_source: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for (tier, source, _), hits in scores.items():
        by_tier[tier] += hits
        by_source[tier, source] += hits
    for tier, hits in sorted(by_tier.items()):
        print(f"recall {tier}: {sum(hits)}/{len(hits)} = {sum(hits) / len(hits):.1%}")
        for (of, source), part in sorted(by_source.items()):
            if of == tier:
                print(f"    {source}: {sum(part)}/{len(part)}")
    print("by attack class:")
    for (tier, source, attack), hits in sorted(scores.items()):
        print(f"    {tier} · {source} · {attack}: {sum(hits)}/{len(hits)}")


def false_alarms(scanner: Scanner, given: Sequence[Row], *, show: bool) -> None:
    servers: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in given:
        if row["item_type"] != "tool_result":
            servers[str(row.get("kind")), row["server"]].append(row)
    items: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    groups: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    hard = [0, 0]
    by_rule: dict[str, int] = defaultdict(int)
    for (kind, server), members in servers.items():
        session, snapshot = session_of(f"{kind}/{server}", [item_of(row) for row in members])
        found: dict[str, list[Match]] = defaultdict(list)
        for match in scanner.matches([session]):
            found[match.location.item].append(match)
        items[kind][0] += len(found)
        items[kind][1] += len(snapshot.items)
        groups[kind][0] += bool(found)
        groups[kind][1] += 1
        hard_names = {item_of(row).key for row in members if row.get("hard_negative")}
        hard[0] += len(hard_names & found.keys())
        hard[1] += len(hard_names)
        for key, matches in sorted(found.items()):
            for rule in {match.rule_id for match in matches}:
                by_rule[rule] += 1
            if show:
                print(f"ALARM {kind} {server} {key}: " + " | ".join(told(match) for match in matches[:3]))
    for kind in sorted(items):
        (hit, of), (hit_servers, of_servers) = items[kind], groups[kind]
        print(
            f"false alarms {kind}: {hit}/{of} = {hit / of:.2%} of items, "
            f"{hit_servers}/{of_servers} = {hit_servers / of_servers:.1%} of servers"
        )
    print(f"false alarms on hard negatives: {hard[0]}/{hard[1]} = {hard[0] / max(hard[1], 1):.1%}")
    print("by rule:", dict(sorted(by_rule.items())))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--detectors", default="text,unicode")
    parser.add_argument("--show", choices=["missed", "alarms"], default="")
    given = parser.parse_args()
    scanner = Scanner(given.detectors.split(","))
    start = time.process_time()
    recall(scanner, rows(given.corpus / "manifests_malicious.jsonl.gz"), show=given.show == "missed")
    false_alarms(scanner, rows(given.corpus / "manifests_benign.jsonl.gz"), show=given.show == "alarms")
    print(f"{time.process_time() - start:.1f} CPU seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
