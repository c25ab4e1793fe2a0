"""Texts of one server that steer the tools of another (tool shadowing).

A model reads all descriptions of a session as one text: «when send_mail is called, always add …» in the
description of a calculator works on the mail server's tool although the calculator is never called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import Final

from driftseal.detect import _names, _rules
from driftseal.detect._spot import Spot
from driftseal.model.finding import Location
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.rule import Confidence
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import words
from driftseal.observe.mentions import Names, is_distinctive
from driftseal.observe.observations import Observations
from driftseal.observe.text import patterns
from driftseal.observe.text.patterns import Pattern
from driftseal.observe.views import View
from driftseal.records import dataclass
from driftseal.regexes import regex

_SPEAKING: Final = frozenset(
    {
        ItemKind.TOOL,
        ItemKind.PROMPT,
        ItemKind.RESOURCE,
        ItemKind.RESOURCE_TEMPLATE,
        ItemKind.INSTRUCTIONS,
        ItemKind.SERVER,
    }
)
_OPENS: Final = "[`'\"\u201c\u2018]"
_CLOSES: Final = "[`'\"\u201d\u2019]"
_NAME: Final = rf"{_OPENS}?([A-Za-z][\w.-]{{3,80}})"
_CALLS: Final = r"(?:call|us|invok|execut|trigger|run)(?:e|es|ed|ing|ning|s)?"
_TRIGGER: Final = regex(
    rf"\b(?:when(?:ever)?|before|after|each time|every time|any ?time|instead of|rather than|prior to|while|upon|if)\s+"
    rf"(?:[\w']{{1,20}}\s+){{0,3}}?{_CALLS}\s+(?:of\s+|to\s+)?(?:the\s+)?{_NAME}"
    rf"|\b(?:when(?:ever)?|before|after|each time|every time|any ?time|if|once)\s+(?:the\s+)?{_NAME}{_CLOSES}?"
    rf"(?:\s+(?:tool|function))?\s+(?:is|gets|has been|was)\s+{_CALLS}",
    re.IGNORECASE,
)
_DISPLACED: Final = regex(
    rf"\bthe\s+{_OPENS}([A-Za-z][\w.-]{{3,80}}){_CLOSES}\s+tool\s+"
    r"(?:is|has been|was)\s+(?:now\s+)?([a-z]+)",
    re.IGNORECASE,
)
_CLAUSE_END: Final = regex(r"(?<=[.!?;])\s|\n[ \t]*(?=\n|[-*#>A-Z0-9\u2022])")
_WORD: Final = regex(r"[a-z]+")
_BETWEEN: Final = "\0"
"""Texts that are joined by it are searched as each by itself: it is neither blank nor part of a word."""
_BEFORE: Final = 160
_AFTER: Final = 200
"""Characters that one steering sentence spans around the name."""
_SERVER_NOUNS: Final = frozenset({"connector", "extension", "integration", "mcp", "plugin", "server", "tool", "tools"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check of a session yields."""

    snapshot: Snapshot
    item: Item
    spot: Spot


class Meeting:
    """One session and what several checks look up in it, found once."""

    def __init__(self, session: Session, seen: Observations) -> None:
        self.session = session
        self.seen = seen
        self._parameters: dict[str, frozenset[str]] = {}

    def parameters(self, snapshot: Snapshot) -> frozenset[str]:
        """Every key of every schema of a server, looked up once: few servers are asked for them."""
        identity = snapshot.target.identity
        if identity not in self._parameters:
            self._parameters[identity] = _parameter_names(snapshot)
        return self._parameters[identity]

    @cached_property
    def foreign(self) -> tuple[tuple[Seen, bool], ...]:
        """The first telling sentence of each item about each foreign tool, and whether it plainly steers."""
        return tuple(_foreign(self))


def steers_foreign_tool(meeting: Meeting) -> Iterator[Seen]:
    """A text that names a tool of another server and tells what to do with it."""
    for found, sure in meeting.foreign:
        if sure:
            yield found


def mentions_foreign_tool(meeting: Meeting) -> Iterator[Seen]:
    """A text that names a tool of another server and may mean more than naming it."""
    for found, sure in meeting.foreign:
        if not sure:
            yield found


def _foreign(meeting: Meeting) -> Iterator[tuple[Seen, bool]]:
    session, seen = meeting.session, meeting.seen
    if len(session.snapshots) < 2:  # noqa: PLR2004  # another server needs a second one
        return
    providers = _providers(session)
    for snapshot in session.snapshots:
        names = Names(providers.keys() - _tool_names(snapshot))
        told: set[tuple[str, str]] = set()
        for item, view in _texts(snapshot, seen):
            for mention in names.find(view.text):
                # Joined and decoded views repeat what was seen as it stands.
                if (item.key, mention.name) in told:
                    continue
                sentence = _sentence(view.text, mention.start, mention.end)
                # A text inside one field was seen before the fields were joined.
                if view.joined and len(view.pointers(*sentence)) < 2:  # noqa: PLR2004  # joined means several
                    continue
                how = _steers(view.text[slice(*sentence)], mention.name)
                if how is None:
                    continue
                # The word may be the server's own: one of its parameters, or a value of one.
                confidence = Confidence.LOW if mention.name in meeting.parameters(snapshot) else how
                related = tuple(_rules.place(*owner) for owner in providers[mention.name])
                message = f"{_who(item)} speaks of {mention.name!r}, a tool of another server"
                spot = _spot(view, sentence, message, related, confidence)
                told.add((item.key, mention.name))
                yield Seen(snapshot, item, spot), how is Confidence.HIGH


def steers_foreign_server(meeting: Meeting) -> Iterator[Seen]:
    """A text that names another server as such and tells what to do with its tools."""
    session, seen = meeting.session, meeting.seen
    if len(session.snapshots) < 2:  # noqa: PLR2004  # another server needs a second one
        return
    servers = {_plain(name): snapshot for snapshot in session.snapshots for name in _server_names(snapshot)}
    servers.pop("", None)
    for snapshot in session.snapshots:
        own = {_plain(name) for name in _server_names(snapshot)}
        telling = {name.split("-", 1)[0] for name in servers if name not in own}
        for item, view in _texts(snapshot, seen):
            # One look-up a word, however many servers there are.
            if telling.isdisjoint(words.split(view.text)):
                continue
            for start, end, name in _server_mentions(view.text, servers):
                if name in own:
                    continue
                sentence = _sentence(view.text, start, end)
                how = _steers(view.text[slice(*sentence)], name)
                if how is Confidence.HIGH:
                    message = f"{_who(item)} steers the server {view.text[start:end]!r}"
                    yield Seen(
                        snapshot,
                        item,
                        _spot(view, sentence, message, (_rules.place(servers[name]),), Confidence.MEDIUM),
                    )
                    break


def redefines_absent_tool(meeting: Meeting) -> Iterator[Seen]:
    """A text that says what shall happen when a tool is called that this server does not have.

    The tool's own server may be added tomorrow, or be one that this scan does not see.
    """
    session, seen = meeting.session, meeting.seen
    present = frozenset(name for snapshot in session.snapshots for name in _tool_names(snapshot))
    for snapshot in session.snapshots:
        known = partial(_is_known, meeting, snapshot, present)
        told: set[tuple[str, str]] = set()
        # Servers document the same parameter for many tools.
        harmless: set[str] = set()
        for item, view in _of_items_that_may_redefine(snapshot, seen):
            if view.text in harmless:
                continue
            found = _redefinition(view.text, known)
            if found is None:
                harmless.add(view.text)
            elif (item.key, found[0]) not in told:
                name, start, end = found
                told.add((item.key, name))
                sentence = _sentence(view.text, start, end)
                message = f"{_who(item)} says what {name!r} shall do, a tool that is not there"
                yield Seen(snapshot, item, _spot(view, sentence, message, (), Confidence.HIGH))


def _of_items_that_may_redefine(snapshot: Snapshot, seen: Observations) -> Iterator[tuple[Item, View]]:
    """The texts of those items of which any may say it; all texts of an item are asked at once."""
    for item in snapshot.items:
        if item.kind in _SPEAKING:
            texts = _sentences(item, seen)
            whole = _BETWEEN.join([view.text for view in texts])
            if _may_hold(_triggers(), whole) or _may_hold(_displacements(), whole):
                yield from ((item, view) for view in texts)


def _is_known(meeting: Meeting, snapshot: Snapshot, present: frozenset[str], name: str) -> bool:
    return name in present or name in meeting.parameters(snapshot)


def _redefinition(text: str, is_known: Callable[[str], bool]) -> tuple[str, int, int] | None:
    for found in _found(_TRIGGER, _triggers(), text):
        name = (found[1] or found[2]).rstrip(".-")
        # Clients write mcp__server__tool when they tell models of a tool.
        bare = name.rpartition("__")[2]
        called = is_distinctive(name) and "." not in name and name.lower().rpartition("_")[2] not in _group("values")
        if called and not is_known(name) and not is_known(bare):
            start, end = found.span()
            sentence = slice(*_sentence(text, start, end))
            said = frozenset(_WORD.findall(text[sentence].replace(name, " ").lower()))
            if said & _group("changes") and said & _group("obliges"):
                return name, start, end
    for found in _found(_DISPLACED, _displacements(), text):
        if found[2].lower() in _group("displaces") and not is_known(found[1]):
            return found[1], *found.span()
    return None


@cache
def _triggers() -> Pattern:
    return Pattern(f"(?i){_TRIGGER.pattern}", "calls of tools")


@cache
def _displacements() -> Pattern:
    return Pattern(f"(?i){_DISPLACED.pattern}", "tools that are replaced")


def _found(expression: re.Pattern[str], pattern: Pattern, text: str) -> Iterator[re.Match[str]]:
    """Where an expression occurs, of which ``pattern`` is the same: only that takes linear time."""
    if not patterns.is_plain(text):
        yield from expression.finditer(text)
        return
    for start, end in pattern.spans(text):
        if found := expression.match(text, start, end):
            yield found


def _may_hold(pattern: Pattern, text: str) -> bool:
    """Whether looking for it closely can find anything; RE2 knows no words but those in ASCII letters."""
    return pattern.search(text) or not patterns.is_plain(text)


def _steers(sentence: str, name: str) -> Confidence | None:
    """How surely a sentence around a name tells what to do instead of describing."""
    said = frozenset(_WORD.findall(sentence.replace(name, " ").lower()))
    if said & _group("displaces") or (said & _group("obliges") and said & _group("changes")):
        return Confidence.HIGH
    if _TRIGGER.search(sentence) and said & (_group("obliges") | _group("changes")):
        return Confidence.HIGH
    if said & _group("obliges") or "instead" in said or {"do", "not"} <= said:
        return Confidence.MEDIUM
    return None


def _group(name: str) -> frozenset[str]:
    return words.vocabulary("steering", name)


def _texts(snapshot: Snapshot, seen: Observations) -> Iterator[tuple[Item, View]]:
    """Every text of a server that a model reads, decoded ones too; names themselves are no sentences."""
    for item in snapshot.items:
        if item.kind in _SPEAKING:
            yield from ((item, view) for view in _sentences(item, seen))


def _sentences(item: Item, seen: Observations) -> Sequence[View]:
    return [view for view in seen.views(item) if not view.is_key and " " in view.text]


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a place, bounded on both sides."""
    first, last = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    for found in _CLAUSE_END.finditer(text, first, last):
        if found.end() <= start:
            first = found.end()
        elif found.start() >= end:
            last = found.start()
            break
    return first, last


def _spot(view: View, span: tuple[int, int], message: str, related: Sequence[Location], how: Confidence) -> Spot:
    pointers = view.pointers(*span) if view.joined else (view.pointer,)
    return Spot(
        pointers[0] if pointers else view.pointer,
        view.text[slice(*span)],
        message,
        view.origin(*span),
        beside=pointers[1:],
        related=tuple(related),
        confidence=how,
        view=view.name,
    )


def _who(item: Item) -> str:
    return f"{item.kind} {item.name!r}" if item.name else str(item.kind)


def _providers(session: Session) -> Mapping[str, list[tuple[Snapshot, Item]]]:
    providers: dict[str, list[tuple[Snapshot, Item]]] = {}
    for snapshot, item in session.items():
        if item.kind is ItemKind.TOOL:
            providers.setdefault(item.name, []).append((snapshot, item))
    return providers


def _tool_names(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(item.name for item in snapshot.items if item.kind is ItemKind.TOOL)


def _parameter_names(snapshot: Snapshot) -> frozenset[str]:
    """Every key of every schema of a server: «when using next_token» speaks of a parameter."""
    found: set[str] = set()
    for item in snapshot.items:
        if item.kind in {ItemKind.TOOL, ItemKind.PROMPT} and isinstance(item.content, dict):
            for field in ("inputSchema", "outputSchema", "arguments"):
                _keys(item.content.get(field), found)
    return frozenset(found)


def _keys(value: Json, found: set[str]) -> None:
    if isinstance(value, dict):
        for key, child in value.items():
            found.add(key)
            _keys(child, found)
    elif isinstance(value, list):
        for child in value:
            if isinstance(child, str):
                found.add(child)
            else:
                _keys(child, found)


def _server_names(snapshot: Snapshot) -> Iterator[str]:
    yield snapshot.target.name
    for _, name in _names.own_names(snapshot):
        yield name


def _plain(name: str) -> str:
    return "-".join(part for part in words.split(name) if part not in _SERVER_NOUNS)


def _server_mentions(text: str, servers: Mapping[str, Snapshot]) -> Iterator[tuple[int, int, str]]:
    """Names of servers, each right before a word such as «server»: «memory» alone is an everyday word."""
    for found in _NAMED_SERVER.finditer(text):
        name = _plain(found[1])
        if name in servers:
            yield found.start(1), found.end(1), name


_NAMED_SERVER: Final = regex(
    r"([A-Za-z][\w-]{1,60})[`'\"\u201d\u2019]?\s+(?:MCP\b|(?:mcp\s+)?(?:server|connector|extension|integration|plugin|tools?)\b)"
)
