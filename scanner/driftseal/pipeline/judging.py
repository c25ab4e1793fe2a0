"""What changed between an old and a new surface becomes judged drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftseal.compare.diff import ItemDiff, diff
from driftseal.compare.judge import judge
from driftseal.model.drift import ChangeKind, Drift
from driftseal.model.finding import Match
from driftseal.model.item import ItemKind
from driftseal.model.observation import Capability
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Snapshot
from driftseal.model.trust import Verification
from driftseal.observe.observations import Observations
from driftseal.pipeline import findings, gather
from driftseal.pipeline.scan import Run
from driftseal.rulebook import Rulebook

if TYPE_CHECKING:
    from driftseal.observe.files.base import Reading
    from driftseal.observe.program import Program


@dataclass(frozen=True, slots=True)
class Pair:
    """Two snapshots of one target that differ."""

    old: Snapshot
    new: Snapshot
    verification: Verification | None
    sources: tuple[Program, Program] | None = None
    """The code of either side, where both were read; of one alone everything would seem new."""
    files: Mapping[str, Reading] | None = None
    """What the old files of a model show by item key, where they lie here too; else those that did not change."""


def judge_pairs(pairs: Sequence[Pair], current: Sequence[Snapshot], rules: Rulebook, run: Run) -> list[Drift]:
    """Say of each pair what changed and how bad that is.

    Detectors run over the whole old and the whole new surface: a poison split over old and new words is
    seen, and what was accepted before stays quiet.
    """
    if not pairs:
        return []
    limits = run.config.limits
    old = {pair.old.target.identity: pair.old for pair in pairs}
    was = [old.get(snapshot.target.identity, snapshot) for snapshot in current]
    read = _sources(pairs, run)
    programs = ({identity: sides[number] for identity, sides in read.items()} for number in range(2))
    shown = run.context.readings
    files = shown | _files(pairs, run)
    before = Observations(gather.sessions(was, together=run.together), limits, next(programs), files)
    after = Observations(gather.sessions(current, together=run.together), limits, next(programs), shown)
    differences = {pair.new.target.identity: diff(pair.old, pair.new, limits) for pair in pairs}
    fresh = introduced(before, after, rules, differences)
    drifts = []
    for pair in pairs:
        identity = pair.new.target.identity
        changes = judge(
            differences[identity],
            [(rule, match) for rule, match in fresh if match.location.target == identity],
            _of(before.capabilities, identity),
            _of(after.capabilities, identity),
            rules.of("drift"),
            limits=limits,
        )
        compared = len(pair.new.items)
        drifts.append(Drift(pair.new.target, pair.old.digest, pair.new.digest, changes, pair.verification, compared))
    return drifts


def _files(pairs: Sequence[Pair], run: Run) -> dict[str, Mapping[str, Reading]]:
    """What the old side's files of models show: their bytes are gone, but those of one digest show one thing."""
    known: dict[str, Mapping[str, Reading]] = {}
    for pair in pairs:
        identity = pair.new.target.identity
        digests = {item.key: item.digest for item in pair.old.items}
        now = {item.key: item.digest for item in pair.new.items}
        shown = run.context.readings.get(identity, {})
        same = {key: reading for key, reading in shown.items() if digests.get(key) == now.get(key)}
        known[identity] = same if pair.files is None else pair.files
    return known


def _sources(pairs: Sequence[Pair], run: Run) -> dict[str, tuple[Program, Program]]:
    """The code of either side; of a model, whose files have digests, the old side's is what did not change of it."""
    found: dict[str, tuple[Program, Program]] = {}
    for pair in pairs:
        identity = pair.new.target.identity
        now = run.context.programs.get(identity)
        if pair.sources is not None:
            found[identity] = pair.sources
        elif now is not None and any(item.kind is ItemKind.MODEL for item in pair.new.items):
            found[identity] = _unchanged(pair, now, run), now
    return found


def _unchanged(pair: Pair, now: Program, run: Run) -> Program:
    from driftseal.observe import program

    old = {item.name: item.digest for item in pair.old.items if item.kind is ItemKind.MODEL_FILE}
    same = {
        item.name: now.sources[item.name]
        for item in pair.new.items
        if item.kind is ItemKind.MODEL_FILE and item.name in now.sources and old.get(item.name) == item.digest
    }
    return program.read(same.items(), run.config.limits, always=frozenset(same))


def _of(capabilities: Sequence[Capability], identity: str) -> tuple[Capability, ...]:
    return tuple(capability for capability in capabilities if capability.target == identity)


def introduced(
    before: Observations,
    after: Observations,
    rules: Rulebook,
    differences: Mapping[str, Sequence[ItemDiff]],
) -> list[tuple[Rule, Match]]:
    """Matches on the new surface whose text no match on the old surface had.

    ``differences`` by target identity tell which items are only called otherwise now: what was accepted of
    them is not new.
    """
    renamed = {
        (identity, one.old.key): one.key
        for identity, found in differences.items()
        for one in found
        if one.kind is ChangeKind.RENAMED and one.old is not None
    }
    known = set()
    for match in findings.matches(before.sessions, before, rules):
        place = match.location
        item = renamed.get((place.target, place.item), place.item)
        known.add((match.rule_id, place.target, item, match.evidence))
    by_id = {rule.id: rule for rule in rules.rules}
    fresh: dict[tuple[str, str, str, str, str], tuple[Rule, Match]] = {}
    for match in findings.matches(after.sessions, after, rules):
        place = match.location
        if (match.rule_id, place.target, place.item, match.evidence) not in known:
            key = (match.rule_id, place.target, place.item, place.pointer, match.evidence)
            fresh[key] = (by_id[match.rule_id], match)
    return list(fresh.values())
