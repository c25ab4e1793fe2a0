"""What tools can do, read from their names, descriptions, schemas and annotations, and from their code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.observation import Basis, Capability, Label
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import words
from driftseal.records import dataclass
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed
    from driftseal.observe.program import Program

_TOKEN: Final = regex(r"[a-z0-9][a-z0-9'-]*")
_KEYS: Final = frozenset({"verbs", "objects", "names", "parameters", "phrases", "uris"})
_READ_CHARS: Final = 4000
"""A description says early what its tool does; what a model is told further on is for the detectors."""

_EVIDENCE: Final = 200
"""Characters in which evidence tells a call."""
_PRIVATE: Final = frozenset({Label.READS_SECRETS, Label.CLIPBOARD, Label.SCREEN})
"""Nothing that these bring in was meant for everyone."""

_DECLARED: Final[tuple[tuple[str, bool, Label], ...]] = (
    ("readOnlyHint", False, Label.WRITES),
    ("destructiveHint", True, Label.DESTROYS),
    ("openWorldHint", True, Label.UNTRUSTED_INPUT),
)
"""Annotations of MCP 2025-03-26 that admit a capability. Those that deny one are only claims."""


def of_sessions(sessions: Sequence[Session]) -> Iterator[Capability]:
    """Every capability of every tool, resource and template, with the words that say so."""
    for session in sessions:
        for snapshot, item in session.items():
            for label, origin, evidence in of_item(item):
                yield Capability(snapshot.target.identity, item.key, label, origin, evidence)


def of_code(snapshot: Snapshot, program: Program, deeds: Mapping[str, Sequence[Deed]]) -> Iterator[Capability]:
    """What the code of each tool does, each label once, with the first place that shows it."""
    for item in snapshot.items:
        own = deeds.get(item.key, ())
        hosts = sorted({host for deed in own for host in deed.hosts})
        found: dict[Label, Deed] = {}
        # A request whose host is known says more than a client that is made for many.
        for deed in sorted(own, key=lambda deed: deed.label is Label.NETWORK and not deed.hosts):
            for label in (deed.label, *_meaning(deed)):
                found.setdefault(label, deed)
        root = root_of(item, program)
        for label, deed in found.items():
            others = [host for host in hosts if host not in deed.hosts] if label is Label.NETWORK else []
            evidence = f"{deed.shown}; also {', '.join(others)}" if others else deed.shown
            yield Capability(
                snapshot.target.identity, item.key, label, Basis.CODE, evidence[:_EVIDENCE], root + deed.path, deed.line
            )


def root_of(item: Item, program: Program) -> str:
    """What stands before the paths of a program in the places of the items that it declares."""
    declared = program.declared.get(item.key)
    if declared is None or not item.evidence:
        return ""
    return item.evidence[0].uri.removesuffix(declared.path)


def _meaning(deed: Deed) -> Iterator[Label]:
    """What it means for the user that a caller decides on what it is done."""
    if deed.label in _PRIVATE or "path-read" in deed.chosen:
        yield Label.READS_PRIVATE
    if "ssrf" in deed.chosen:
        yield Label.UNTRUSTED_INPUT
        if "outward" in deed.chosen:
            yield Label.SENDS_OUT
    if "path-write" in deed.chosen:
        yield Label.WRITES
    if "path-delete" in deed.chosen:
        yield Label.DESTROYS
    if deed.chosen & {"command", "argv", "code"}:
        yield Label.EXECUTES


def of_item(item: Item) -> Iterator[tuple[Label, Basis, str]]:
    """What one item says of itself; each label once for each basis."""
    if not isinstance(item.content, dict):
        return
    if item.kind is ItemKind.TOOL:
        yield from _declared(item.content)
        found: dict[Label, str] = {}
        for label, evidence in _said(item.name, item.content):
            found.setdefault(label, evidence)
        for label, evidence in found.items():
            yield label, Basis.TEXT, evidence
    elif item.kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
        uri = item.name.lower()
        for label, beginnings in _lexicon().uris:
            if uri.startswith(beginnings):
                yield label, Basis.TEXT, item.name


def _declared(tool: Mapping[str, Json]) -> Iterator[tuple[Label, Basis, str]]:
    annotations = tool.get("annotations")
    if not isinstance(annotations, dict):
        return
    for hint, value, label in _DECLARED:
        # A tool that only reads destroys nothing, whatever the other hint says (specification, ToolAnnotations).
        if annotations.get(hint) is value and not (label is Label.DESTROYS and annotations.get("readOnlyHint") is True):
            yield label, Basis.DECLARED, f"{hint}: {str(value).lower()}"


def _said(name: str, tool: Mapping[str, Json]) -> Iterator[tuple[Label, str]]:
    lexicon = _lexicon()
    parts = words.split(name)
    for part in parts:
        for label in lexicon.names.get(part, ()):
            yield label, part
    description = tool.get("description")
    text = description[:_READ_CHARS] if isinstance(description, str) else ""
    verb, group = words.action(parts)
    lead, lead_group, _ = words.lead(text)
    first_words = (*parts, *_TOKEN.findall(text[:120].lower()))
    yield from lexicon.acts(verb, group, parts)
    yield from lexicon.acts(lead, lead_group, first_words)
    yield from _spends(parts)
    schema = tool.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for parameter in properties if isinstance(properties, dict) else ():
        for label in lexicon.parameters.get(_plain(parameter), ()):
            yield label, f"parameter {parameter}"
    yield from lexicon.phrases_in(text)


def _spends(parts: Sequence[str]) -> Iterator[tuple[Label, str]]:
    act = words.vocabulary("actions", "spend_verbs").intersection(parts)
    thing = words.vocabulary("actions", "spend_objects").intersection(parts)
    if act and thing:
        yield Label.SPENDS, f"{min(act)} {min(thing)}"


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """``rules/lists/capabilities.yaml``, turned round for looking up."""

    verbs: Mapping[str, tuple[tuple[Label, frozenset[str]], ...]]
    """Group of verbs → labels, each with the objects that it needs; none needed where empty."""
    names: Mapping[str, tuple[Label, ...]]
    parameters: Mapping[str, tuple[Label, ...]]
    phrases: Mapping[str, Mapping[tuple[str, ...], tuple[Label, ...]]]
    """First word → whole phrase → labels: one look-up a word, however many phrases there are."""
    uris: tuple[tuple[Label, tuple[str, ...]], ...]

    def acts(self, verb: str, group: str, beside: Sequence[str]) -> Iterator[tuple[Label, str]]:
        """What a verb of this group says, given the words that it stands beside."""
        for label, objects in self.verbs.get(group, ()):
            if not objects:
                yield label, verb
                continue
            found = objects.intersection(beside)
            if found:
                yield label, f"{verb} {min(found)}"

    def phrases_in(self, text: str) -> Iterator[tuple[Label, str]]:
        """Every listed phrase of a text."""
        tokens = _TOKEN.findall(text.lower())
        if self.phrases.keys().isdisjoint(tokens):
            return
        for index, token in enumerate(tokens):
            for phrase, labels in self.phrases.get(token, {}).items():
                if tuple(tokens[index : index + len(phrase)]) == phrase:
                    for label in labels:
                        yield label, " ".join(phrase)


@cache
def _lexicon() -> _Lexicon:
    given = rulebook.load_list("capabilities")
    if not isinstance(given, dict):
        raise RuleError("rules/lists/capabilities.yaml is no mapping of labels")
    verbs: dict[str, list[tuple[Label, frozenset[str]]]] = {}
    names: dict[str, list[Label]] = {}
    parameters: dict[str, list[Label]] = {}
    phrases: dict[str, dict[tuple[str, ...], tuple[Label, ...]]] = {}
    uris: list[tuple[Label, tuple[str, ...]]] = []
    for word, about in given.items():
        label, entry = _entry(word, about)
        for group in entry.get("verbs", ()):
            verbs.setdefault(group, []).append((label, frozenset(entry.get("objects", ()))))
        for name in entry.get("names", ()):
            names.setdefault(name, []).append(label)
        for parameter in entry.get("parameters", ()):
            parameters.setdefault(_plain(parameter), []).append(label)
        for phrase in entry.get("phrases", ()):
            tokens = tuple(_TOKEN.findall(phrase))
            known = phrases.setdefault(tokens[0], {})
            known[tokens] = (*known.get(tokens, ()), label)
        if "uris" in entry:
            uris.append((label, entry["uris"]))
    return _Lexicon(
        {group: tuple(labels) for group, labels in verbs.items()},
        {name: tuple(labels) for name, labels in names.items()},
        {parameter: tuple(labels) for parameter, labels in parameters.items()},
        phrases,
        tuple(uris),
    )


def _entry(word: str, about: Json) -> tuple[Label, Mapping[str, tuple[str, ...]]]:
    try:
        label = Label(word)
    except ValueError as cause:
        raise RuleError(f"rules/lists/capabilities.yaml: {word!r} is no capability") from cause
    if not isinstance(about, dict) or not about.keys() <= _KEYS:
        raise RuleError(f"rules/lists/capabilities.yaml: {word}: only {', '.join(sorted(_KEYS))} may stand here")
    return label, {key: tuple(str(text) for text in value) for key, value in about.items() if isinstance(value, list)}
