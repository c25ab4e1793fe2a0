"""The ``match`` of a drift rule, read once and asked of each difference. See ``judge`` for its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from driftseal import rulebook
from driftseal.canonical import show
from driftseal.compare.evidence import Evidence
from driftseal.compare.facts import ABSENT, Edit, Fact, shown
from driftseal.compare.sentences import check_groups
from driftseal.errors import RuleError
from driftseal.model.drift import ChangeKind, PathChange
from driftseal.model.finding import Match
from driftseal.model.item import Json
from driftseal.model.observation import Label
from driftseal.model.rule import Confidence, Rule, Severity
from driftseal.observe import words
from driftseal.observe.text.words import count_common

_QUOTED: Final = 120
Ask = Callable[[Evidence], Iterator[str]]
"""What in a difference meets a condition, each in words; nothing where it does not apply."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One drift rule, ready to be asked."""

    rule: Rule
    changes: frozenset[ChangeKind]
    ask: Ask

    def told(self, evidence: Evidence) -> Iterator[str]:
        """Why the rule applies, in words; nothing where it does not."""
        part = evidence.part
        item = part.new or part.old
        if item is None or part.kind not in self.changes or not self.rule.looks_at(item.kind):
            return
        yield from self.ask(evidence)


def read(rule: Rule) -> Condition:
    """A rule's condition.

    Raises:
        RuleError: its ``match`` holds a word that is none of ours.
    """
    given = dict(rule.match)
    try:
        changes = frozenset(ChangeKind(word) for word in _texts(given.pop("change", [*ChangeKind])))
        triggers = [name for name in _TRIGGERS if name in given]
        make, allowed = _TRIGGERS[triggers[0]] if triggers else (_always, frozenset[str]())
        ask = make(given)
    except (ValueError, TypeError) as cause:
        raise RuleError(f"{rule.source}: {cause}") from cause
    unknown = given.keys() - allowed - set(triggers[:1])
    if unknown:
        raise RuleError(
            f"{rule.source}: match: {min(unknown)!r} is unknown or cannot stand there",
            hint=f"one of {', '.join(_TRIGGERS)} may stand in a rule, with the words that go with it",
        )
    return Condition(rule, changes, ask)


def _always(_: Mapping[str, Json]) -> Ask:
    def ask(evidence: Evidence) -> Iterator[str]:
        part = evidence.part
        if part.kind is ChangeKind.RENAMED and part.old is not None:
            changed = " and changed" if part.paths and any(path.pointer != "/name" for path in part.paths) else ""
            yield f"it was called `{shown(part.old.name)}`{changed}"
        else:
            yield ""

    return ask


def _edit(given: Mapping[str, Json]) -> Ask:
    edits = frozenset(Edit(word) for word in _texts(given["edit"]))
    named = [_names(group) for group in _texts(given.get("named", []))]
    innocent = _names("innocent")
    typed = frozenset(_texts(given.get("typed", [])))
    path = str(given.get("path", "*"))

    def fits(fact: Fact) -> bool:
        return (
            fact.edit in edits
            and ("required" not in given or fact.required is given["required"])
            and ("from" not in given or _same(given["from"], fact.old))
            and ("to" not in given or _same(given["to"], fact.new))
            and fnmatchcase(fact.pointer, path)
            and (not typed or not _types(fact) or bool(typed & _types(fact)))
            and (
                not named or (not _is_named(fact.subject, innocent) and any(_is_named(fact.subject, n) for n in named))
            )
        )

    return lambda evidence: (fact.words for fact in evidence.facts if fits(fact))


def _says(given: Mapping[str, Json]) -> Ask:
    groups, without = _texts(given["says"]), _texts(given.get("without", []))
    check_groups((*groups, *without))
    path = str(given.get("path", "*"))

    def ask(evidence: Evidence) -> Iterator[str]:
        for sentence in evidence.fresh.saying(groups, without):
            if not fnmatchcase(sentence.pointer, path):
                continue
            hidden = f"undone from {sentence.decoded}, " if sentence.decoded else ""
            yield f"{hidden}«{_quoted(sentence.text)}»"

    return ask


def _drops(given: Mapping[str, Json]) -> Ask:
    groups = _texts(given["drops"])
    check_groups(groups)

    def ask(evidence: Evidence) -> Iterator[str]:
        gone = evidence.gone
        # Said in other words is still said.
        if any(spoken.speaks_of(groups) for spoken in gone.old):
            return
        for sentence in gone.saying(groups, ()):
            yield f"«{_quoted(sentence.text)}»"

    return ask


def _called(given: Mapping[str, Json]) -> Ask:
    groups = [_names(group) for group in _texts(given["called"])]

    def ask(evidence: Evidence) -> Iterator[str]:
        item = evidence.part.new
        if item is not None and any(_is_named(item.name, names) for names in groups):
            yield f"its name is `{shown(item.name)}`"

    return ask


def _gains(given: Mapping[str, Json]) -> Ask:
    labels = frozenset(Label(word) for word in _texts(given["gains"]))

    def ask(evidence: Evidence) -> Iterator[str]:
        it = "it" if evidence.part.old is None else "it now"
        yield from (f"{it} {_CAN[label]}" for label in evidence.gains if label in labels)

    return ask


_CAN: Final = {
    Label.READS_PRIVATE: "reads private data",
    Label.UNTRUSTED_INPUT: "takes in untrusted content",
    Label.SENDS_OUT: "sends something outward",
    Label.WRITES: "writes",
    Label.EXECUTES: "runs code or commands",
    Label.DESTROYS: "destroys",
    Label.SPENDS: "spends money",
    Label.READS_FILES: "reads files",
    Label.WRITES_FILES: "writes files",
    Label.DELETES_FILES: "deletes files",
    Label.NETWORK: "uses the network",
    Label.RUNS_PROGRAMS: "runs programs",
    Label.RUNS_CODE: "evaluates code",
    Label.READS_ENVIRONMENT: "reads the environment",
    Label.READS_SECRETS: "reads files of keys",
    Label.DATABASE: "uses a database",
    Label.CLIPBOARD: "uses the clipboard",
    Label.SCREEN: "looks at the screen",
    Label.PERSISTS: "plants something that runs or is read later",
}


def _introduced(given: Mapping[str, Json]) -> Ask:
    wanted = given["introduced"]
    if not isinstance(wanted, dict) or wanted.keys() - {"severity_at_least", "confidence_at_least", "detectors"}:
        raise ValueError("introduced: takes severity_at_least, confidence_at_least and detectors")
    least = Severity.parse(str(wanted.get("severity_at_least", "info")))
    # What a scan would not fail for is no alarm here either, unless the rule says so.
    surest = Confidence.parse(str(wanted.get("confidence_at_least", "medium")))
    detectors = frozenset(_texts(wanted.get("detectors", [])))

    def ask(evidence: Evidence) -> Iterator[str]:
        for rule, match in sorted(evidence.introduced, key=lambda one: -one[0].severity):
            sure = rule.confidence if match.confidence is None else min(rule.confidence, match.confidence)
            if rule.severity >= least and sure >= surest and (not detectors or rule.detector in detectors):
                yield found(rule, match, evidence.part.paths)

    return ask


def found(rule: Rule, match: Match, paths: Sequence[PathChange]) -> str:
    """What a detection rule found, in words; with the text, unless ``paths`` show that already."""
    words = show(match.message or rule.title)
    shown_already = any(match.evidence in (path.new or "") for path in paths)
    return words if shown_already or not match.evidence else f"{words}: «{_quoted(match.evidence)}»"


def _quoted(text: str) -> str:
    return show(text[:_QUOTED]) + ("…" if len(text) > _QUOTED else "")


def _hides(given: Mapping[str, Json]) -> Ask:
    tricks = frozenset(_texts(given["hides"]))
    return lambda evidence: (f"text hidden by {trick}" for trick in evidence.tricks if trick in tricks)


def _decoded(given: Mapping[str, Json]) -> Ask:
    if given["decoded"] != "new":
        raise ValueError("decoded: only new")

    def ask(evidence: Evidence) -> Iterator[str]:
        for spoken in evidence.fresh.new:
            sentence = spoken.sentence
            if sentence.decoded and count_common(sentence.text) >= _COMMON:
                yield f"undone from {sentence.decoded}, «{_quoted(sentence.text)}»"

    return ask


_COMMON: Final = 3
"""Frequent words that make a decoded text a sentence rather than a token."""


def _script(given: Mapping[str, Json]) -> Ask:
    if given["script"] != "new":
        raise ValueError("script: only new")
    return lambda evidence: (f"text in {script} letters came in" for script in evidence.scripts)


def _grows(given: Mapping[str, Json]) -> Ask:
    wanted = given["grows"]
    if not isinstance(wanted, dict) or wanted.keys() != {"times", "characters"}:
        raise ValueError("grows: takes times and characters")
    times, characters = _number(wanted["times"]), _number(wanted["characters"])

    def ask(evidence: Evidence) -> Iterator[str]:
        old, new = evidence.sizes
        if old and new > old * times and new - old > characters:
            yield f"its text grew from {old} to {new} characters"

    return ask


def _address(given: Mapping[str, Json]) -> Ask:
    wanted = str(given["address"])
    if wanted not in {"replaced", "added-value", "added-text"}:
        raise ValueError("address: replaced, added-value or added-text")

    def ask(evidence: Evidence) -> Iterator[str]:
        for move in evidence.moves:
            kind = "replaced" if move.gone else "added-value" if move.value else "added-text"
            if kind == wanted:
                gone = f"{', '.join(map(shown, move.gone))} became " if move.gone else ""
                yield f"{gone}{', '.join(map(shown, move.come))} at {shown(move.pointer)}"

    return ask


_FACTS: Final = frozenset({"named", "required", "from", "to", "path", "typed"})
_TRIGGERS: Final[Mapping[str, tuple[Callable[[Mapping[str, Json]], Ask], frozenset[str]]]] = {
    "edit": (_edit, _FACTS),
    "says": (_says, frozenset({"without", "path"})),
    "drops": (_drops, frozenset()),
    "called": (_called, frozenset()),
    "gains": (_gains, frozenset()),
    "introduced": (_introduced, frozenset()),
    "hides": (_hides, frozenset()),
    "decoded": (_decoded, frozenset()),
    "script": (_script, frozenset()),
    "grows": (_grows, frozenset()),
    "address": (_address, frozenset()),
}


def _same(wanted: Json, value: Json) -> bool:
    """Equal as JSON: ``true`` is not ``1``. A list names several that will do."""
    if isinstance(wanted, list):
        return any(_same(one, value) for one in wanted)
    return wanted == value and isinstance(wanted, bool) is isinstance(value, bool)


def _types(fact: Fact) -> frozenset[str]:
    given = (fact.schema or {}).get("type")
    if isinstance(given, list):
        return frozenset(str(part) for part in given)
    return frozenset({given}) if isinstance(given, str) else frozenset()


def _names(group: str) -> frozenset[tuple[str, ...]]:
    given = rulebook.load_list("drift")
    groups = given.get("names") if isinstance(given, Mapping) else None
    listed = groups.get(group) if isinstance(groups, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError(f"rules/lists/drift.yaml: names has no group {group!r}")
    return frozenset(tuple(str(entry).lower().split()) for entry in listed)


def _is_named(subject: str, names: frozenset[tuple[str, ...]]) -> bool:
    parts = words.split(subject)
    return any(
        parts[start : start + length] in names for length in (1, 2, 3) for start in range(len(parts) - length + 1)
    )


def _texts(value: Json) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise TypeError("expected a word or a list of words")
    return [str(part) for part in value]


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("expected a number")
    return value


__all__ = ["ABSENT", "Condition", "found", "read"]
