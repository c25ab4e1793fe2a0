"""How well drift is judged: python benchmarks/drift_verdicts.py PAIRS.jsonl.gz.

One pair a line: ``id``, ``label`` (benign, malicious), ``class``, ``old`` and ``new`` (surfaces). Told are the worst
severity of each pair by drift rules alone, without the help of detection rules, and the time that it took. With
``--texts`` the file holds manifests instead (``label``, ``tier``, ``name``, ``description``, ``input_schema``): each is
compared with a harmless tool of the same name, which says how often changed text raises an alarm.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import surfaces
from driftseal import rulebook
from driftseal.compare.diff import diff
from driftseal.compare.judge import judge
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.drift import Change
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe.observations import Observations

RULES = rulebook.load().of("drift")


def entries(path: Path) -> Iterator[Mapping[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def surface(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**given, "server": given.get("serverInfo")}


def verdict(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[Change, ...], float]:
    before, after = surfaces.take(old), surfaces.take(new)
    start = time.perf_counter()
    parts = diff(before, after, DEFAULT_LIMITS)
    changes = judge(parts, (), seen(before), seen(after), RULES) if parts else ()
    return changes, time.perf_counter() - start


def seen(side: Snapshot) -> Any:
    return Observations([Session("", (side,))], DEFAULT_LIMITS).capabilities


def pairs(path: Path, *, verbose: bool) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in entries(path):
        changes, seconds = verdict(surface(pair["old"]), surface(pair["new"]))
        worst = str(changes[0].severity) if changes else "none"
        counts[f"{pair['label']}: {pair['class'].partition(':')[0]}"][worst] += 1
        spread = Counter(str(change.severity) for change in changes)
        if changes:
            print(f"{pair['id'][:60]:60} {pair['label']:9} {worst:8} {seconds * 1000:6.0f} ms {dict(spread)}")
        for change in changes if verbose else ():
            if str(change.severity) in {"critical", "high"}:
                print(f"    {change.severity} {change.key} [{change.rule_id}] {change.reason[:300]}")
    for label, found in sorted(counts.items()):
        print(label, dict(found))


def texts(path: Path, *, verbose: bool) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    causes: Counter[str] = Counter()
    for entry in entries(path):
        if entry["item_type"] != "tool":
            continue
        new = {
            "name": entry["name"],
            "description": entry["description"],
            "inputSchema": entry.get("input_schema"),
            "outputSchema": entry.get("output_schema"),
            "annotations": entry.get("annotations"),
            "title": entry.get("title"),
            "_meta": entry.get("meta"),
        }
        new = {key: value for key, value in new.items() if value is not None}
        old = {"name": entry["name"], "description": "Does one thing.", "inputSchema": {"type": "object"}}
        changes, _ = verdict({"tools": [old]}, {"tools": [new]})
        worst = str(changes[0].severity) if changes else "none"
        counts[f"{entry['label']}: {entry.get('tier')}: {entry.get('attack_class')}"][worst] += 1
        if worst == "critical":
            causes[changes[0].rule_id] += 1
        if verbose and (worst == "critical") is (entry["label"] == "benign"):
            print(
                entry["id"],
                worst,
                [change.reason[:260] for change in changes],
                entry["description"][:300].replace("\n", " "),
            )
    for label, found in sorted(counts.items()):
        print(label, dict(found))
    print(dict(causes))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--texts", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    (texts if given.texts else pairs)(given.file, verbose=given.verbose)
