"""How bad each difference is, and why: by the rules under ``rules/drift/`` and by what detection newly found.

A drift rule has the detector ``drift``. Its ``match`` holds, all of them optional:

``change``  one or several of ``added``, ``removed``, ``modified``, ``renamed``; all where it is missing.

and at most one of these, which says what to look for in an item of a kind that ``applies_to`` names:

``edit``        one or several values of ``facts.Edit``. Beside it may stand ``named`` (groups of parameters' names of
                ``rules/lists/drift.yaml``), ``required``, ``from``, ``to`` (a JSON value or a list of such that will
                do; ``(absent)`` where nothing stands), ``path`` (a glob over the JSON pointer), ``typed`` (a parameter
                of one of these JSON types, or of none told).
``says``        groups of that list that meet in one sentence which is new; ``without`` names groups that must not,
                ``path`` a glob over its JSON pointer.
``drops``       groups of that list that met in a sentence which is gone, and in none that is there now
``called``      groups of names of that list, one of which the item's own name holds.
``gains``       capabilities (``model.observation.Label``) that the item did not have.
``introduced``  ``{severity_at_least, confidence_at_least, detectors}``: a detection rule matches now and did not
``hides``       tricks (``observe.text.hidden.Trick``) by which text is newly hidden.
``decoded``     ``new``: an encoding came in that reads as a sentence once undone.
``script``      ``new``: text in a writing system that the item did not use.
``grows``       ``{times, characters}``: so much more text.
``address``     ``replaced``, ``added-value`` or ``added-text``: hosts and mail addresses that the item did not name.

Without any of them the rule applies to the change as such. Severity comes from the rule; the worst one that applies
gives a ``Change`` its ``severity``, ``reason`` and ``rule_id``, and ``Change.rules`` names all that apply. A sample
of a rule holds when one of the changes between its ``old`` and ``new`` names the rule in ``rules``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final

from driftseal.compare import conditions
from driftseal.compare.conditions import Condition
from driftseal.compare.diff import ItemDiff
from driftseal.compare.evidence import Evidence
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.drift import Change, ChangeKind, PathChange
from driftseal.model.finding import Match
from driftseal.model.observation import Basis, Capability, Label
from driftseal.model.rule import Confidence, Rule, Severity

_NOTES: Final = 12
_EXAMPLES: Final = 3
"""Places that one rule tells of one item."""
UNJUDGED: Final = "drift"
"""Rule id of a change that no rule knows: never lost, never worse than low."""


class _Speech(IntEnum):
    """How much a verdict says, the most first."""

    SUMS_UP = 0
    """What it tells are verdicts of other rules."""
    NAMES = 1
    """It names what it is about."""
    REPEATS = 2
    """That something changed, which every change says: no note beside another."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """One rule that applies to a difference."""

    severity: Severity
    confidence: Confidence
    rule_id: str
    why: str
    """Empty for a detection rule: what it found says it."""
    told: tuple[str, ...] = ()
    """What in the difference meets the rule, in words."""
    speech: _Speech = _Speech.NAMES

    @property
    def order(self) -> tuple[int, int, int, str]:
        """The worst first, then the surest, then the one that says most."""
        return (-self.severity, -self.confidence, self.speech, self.rule_id)

    def reason(self, said: set[str]) -> str:
        """Why it matters, then what meets the rule, without what was ``said``; that is added to. Empty if all was."""
        new = [part for part in self.told if part not in said]
        said.update(new)
        if not self.why:
            return f"newly found: {'; '.join(new)}" if new else ""
        return f"{self.why}: {'; '.join(new)}" if new else self.why


def judge(
    diffs: Sequence[ItemDiff],
    introduced: Sequence[tuple[Rule, Match]],
    before: Sequence[Capability],
    after: Sequence[Capability],
    rules: Sequence[Rule],
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Change, ...]:
    """One ``Change`` for each difference, the worst first, then by key.

    ``introduced`` are matches on the new surface that the old one had not; ``before`` and ``after`` are the
    capabilities of either side. A match in an item that did not change itself becomes a change of its own.

    Raises:
        RuleError: a drift rule is malformed.
    """
    asked = [conditions.read(rule) for rule in rules]
    matches: dict[str, list[tuple[Rule, Match]]] = {}
    for rule, match in introduced:
        matches.setdefault(match.location.item, []).append((rule, match))
    old, new = _labels(before), _labels(after)
    nothing: frozenset[tuple[Label, Basis]] = frozenset()
    changes = []
    for part in diffs:
        evidence = Evidence(
            part,
            introduced=matches.pop(part.key, []),
            before=old.get(part.old.key, nothing) if part.old else nothing,
            after=new.get(part.key, nothing) if part.new else nothing,
            limits=limits,
        )
        changes.append(_change(part, evidence, asked))
    for key, found in matches.items():
        # Another item's change made this one match: two tools that mislead only together, for one.
        verdicts = list(_detected(found, ()))
        changes.append(_told(Change(key, ChangeKind.MODIFIED, (), Severity.INFO, "", UNJUDGED), verdicts))
    changes.sort(key=lambda change: (-change.severity, change.key, change.kind))
    return tuple(changes)


def _labels(capabilities: Iterable[Capability]) -> Mapping[str, frozenset[tuple[Label, Basis]]]:
    found: dict[str, set[tuple[Label, Basis]]] = {}
    for capability in capabilities:
        found.setdefault(capability.item, set()).add((capability.label, capability.origin))
    return {key: frozenset(labels) for key, labels in found.items()}


def _change(part: ItemDiff, evidence: Evidence, asked: Sequence[Condition]) -> Change:
    plain = Change(
        part.key,
        part.kind,
        part.paths,
        Severity.LOW,
        "it changed",
        UNJUDGED,
        old_key=part.old.key if part.old and part.kind is ChangeKind.RENAMED else "",
    )
    return _told(plain, [*_ruled(evidence, asked), *_detected(evidence.introduced, part.paths)])


def _ruled(evidence: Evidence, asked: Sequence[Condition]) -> Iterator[_Verdict]:
    for condition in asked:
        told = list(dict.fromkeys(islice(condition.told(evidence), _EXAMPLES)))
        if told:
            rule = condition.rule
            # What is low is told without its places, so that reports can sum it up.
            shown = tuple(part for part in told if part) if rule.severity > Severity.LOW else ()
            why = rule.title[:1].lower() + rule.title[1:]
            speech = _speech(rule)
            # What else was found follows by itself, as notes.
            shown = shown[:1] if speech is _Speech.SUMS_UP else shown
            yield _Verdict(rule.severity, rule.confidence, rule.id, why, shown, speech)


def _speech(rule: Rule) -> _Speech:
    if "introduced" in rule.match:
        return _Speech.SUMS_UP
    return _Speech.REPEATS if rule.severity <= Severity.LOW and rule.match.keys() <= {"change"} else _Speech.NAMES


def _detected(introduced: Iterable[tuple[Rule, Match]], paths: Sequence[PathChange]) -> Iterator[_Verdict]:
    for rule, match in introduced:
        confidence = min(rule.confidence, match.confidence if match.confidence is not None else rule.confidence)
        yield _Verdict(rule.severity, confidence, rule.id, "", (conditions.found(rule, match, paths),))


def _told(plain: Change, verdicts: list[_Verdict]) -> Change:
    """The change with the worst verdict in front; the surer one wins among equals."""
    if not verdicts:
        return plain
    verdicts.sort(key=lambda verdict: verdict.order)
    worst = verdicts[0]
    said: set[str] = set()
    reason = worst.reason(said)
    lesser = [verdict for verdict in verdicts[1:] if verdict.speech is not _Speech.REPEATS]
    notes = dict.fromkeys(note for verdict in lesser if (note := verdict.reason(said)) and note != reason)
    return Change(
        plain.key,
        plain.kind,
        plain.paths,
        worst.severity,
        reason,
        worst.rule_id,
        old_key=plain.old_key,
        notes=tuple(islice(notes, _NOTES)),
        rules=tuple(dict.fromkeys(verdict.rule_id for verdict in verdicts)),
    )
