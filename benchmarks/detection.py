"""Recall by tier, source, class and language, and false alarms per item and per server, on corpora of manifests.

    python benchmarks/detection.py CORPUS... [--held-out] [--detectors text,unicode,judgement] [--show missed|alarms]
        [--peers FOLDER [--install]]

Corpora are as ``benchmarks/corpora.py`` describes. With ``--held-out`` every source and every server is judged by
weights that were learnt without it, in five parts; without, by the weights that we ship. A tier measures one thing;
tiers are never added up. Counted are findings of medium severity or above at medium confidence or above.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import corpora
import peers
import train_judgement as training
from corpora import Surface

from driftseal import canonical, plugins, rulebook
from driftseal.detect.base import Detector
from driftseal.detect.judgement import Judgement
from driftseal.detect.judging.model import Model
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.finding import Match
from driftseal.model.rule import Confidence, Severity
from driftseal.observe.observations import Observations


class Scanner:
    """The detectors that are measured, with their rules."""

    def __init__(self, detectors: Sequence[str], weights: Model | None = None) -> None:
        book = rulebook.load()
        self.rules = {rule.id: rule for rule in book.rules}
        self.parts = [(self._made(name, weights), book.of(name)) for name in detectors]

    @staticmethod
    def _made(name: str, weights: Model | None) -> Detector:
        if name == Judgement.name:
            return Judgement(weights)
        return plugins.load("detect", name, Detector)()  # type: ignore[type-abstract]  # a subclass is made

    def matches(self, surface: Surface) -> Iterator[Match]:
        """Those that would fail a run."""
        sessions = [surface.session]
        seen = Observations(sessions, DEFAULT_LIMITS)
        for detector, rules in self.parts:
            for match in detector.detect(sessions, seen, rules):
                rule = self.rules[match.rule_id]
                confidence = rule.confidence if match.confidence is None else min(rule.confidence, match.confidence)
                if rule.severity >= Severity.MEDIUM and confidence >= Confidence.MEDIUM:
                    yield match


Judged = tuple[Surface, list[Match]]


def judged(surfaces: Sequence[Surface], detectors: Sequence[str]) -> Iterator[Judged]:
    """Every surface, judged by the weights that we ship."""
    scanner = Scanner(detectors)
    for surface in surfaces:
        yield surface, list(scanner.matches(surface))


def judged_held_out(surfaces: Sequence[Surface], detectors: Sequence[str]) -> Iterator[Judged]:
    """Every surface, judged by weights that were learnt without its source or server."""
    columns = training.Columns()
    bags = training.bags_of(surfaces, columns)
    size = training.features.BUCKETS + len(columns.numbers)
    for fold in range(training.FOLDS):
        learnt = [bag for bag in bags if training.fold_of(bag.surface.group) != fold]
        weights = training.model(training.fit(learnt, size), columns, training.thresholds(learnt, size))
        scanner = Scanner(detectors, weights)
        for surface in surfaces:
            if training.fold_of(surface.group) == fold:
                yield surface, list(scanner.matches(surface))


def share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)}/{len(hits)} = {sum(hits) / max(len(hits), 1):.1%}"


def recall(results: Iterable[Judged]) -> None:
    """Poisoned surfaces that were found."""
    tiers: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for surface, matches in results:
        if not surface.poisoned:
            continue
        hit = bool(matches)
        for part in ("", f"source {surface.group}", f"class {surface.attack}", f"language {surface.language}"):
            # Surfaces by hand are a group each.
            if not (part.startswith("source") and surface.tier.startswith("hand")):
                tiers[surface.tier][part].append(hit)
    for tier, parts in sorted(tiers.items()):
        print(f"recall {tier}: {share(parts.pop(''))}")
        for part, hits in sorted(parts.items()):
            print(f"    {part}: {sum(hits)}/{len(hits)}")


def false_alarms(results: Iterable[Judged]) -> None:
    """Honest items and servers that were accused."""
    items: dict[str, list[bool]] = defaultdict(list)
    servers: dict[str, list[bool]] = defaultdict(list)
    hard: list[bool] = []
    by_rule: dict[str, int] = defaultdict(int)
    for surface, matches in results:
        if surface.poisoned:
            continue
        accused = {match.location.item for match in matches}
        keys = [item.key for item in surface.items]
        items[surface.tier] += [key in accused for key in keys]
        servers[surface.tier].append(bool(accused))
        hard += [key in accused for key in surface.hard]
        for rule, _ in {(match.rule_id, match.location.item) for match in matches}:
            by_rule[rule] += 1
    for tier in sorted(items):
        print(f"false alarms {tier}: {share(items[tier])} of items, {share(servers[tier])} of servers")
    print(f"false alarms on hard negatives: {share(hard)}")
    print("by rule:", dict(sorted(by_rule.items())))


def told(match: Match) -> str:
    view = f" [{match.view}]" if match.view else ""
    return (
        f"{match.rule_id}{view} {match.location.item} {match.location.pointer}: {canonical.show(match.evidence)[:300]}"
    )


def show(results: Iterable[Judged], what: str) -> None:
    """Each surface that was missed, or each accusation of an honest one."""
    for surface, matches in results:
        if what == "missed" and surface.poisoned and not matches:
            contents = json.dumps([item.content for item in surface.items], ensure_ascii=False)
            print(f"MISSED {surface.tier} {surface.id} {surface.attack}: {canonical.show(contents[:1500])}")
        elif what == "alarms" and not surface.poisoned:
            for match in matches:
                print(f"ALARM {surface.tier} {surface.id} {told(match)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--detectors", default="text,unicode,judgement")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--show", choices=["missed", "alarms"], default="")
    parser.add_argument("--peers", type=Path, help="folder of other scanners, an environment each, to judge the same")
    parser.add_argument("--install", action="store_true", help="install those scanners there first")
    given = parser.parse_args()
    surfaces = list(corpora.read(given.corpus))
    start = time.process_time()
    judge = judged_held_out if given.held_out else judged
    results = list(judge(surfaces, given.detectors.split(",")))
    show(results, given.show)
    recall(results)
    false_alarms(results)
    print(f"{time.process_time() - start:.1f} CPU seconds")
    if given.peers:
        peers.compare(given.peers.resolve(), surfaces, (recall, false_alarms), install=given.install)
    return 0


if __name__ == "__main__":
    sys.exit(main())
