"""Annotations against names, descriptions and parameters.

Clients skip questions to the user where a tool is annotated as read-only or harmless, although the specification
calls annotations untrusted hints (``ToolAnnotations``, since 2025-03-26).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from driftseal.detect import _purpose
from driftseal.detect._spot import Spot
from driftseal.model.item import Item, Json
from driftseal.model.rule import Confidence
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe import words
from driftseal.regexes import regex

_ACTIONS: Final = "actions"
_FILES: Final = regex(r"(?i)path|file|folder|directory")
_BESIDES: Final = regex(
    r"\b(?:and|also|then|it|which|additionally|afterwards|tool)\s+(?:(?:also|then|silently|quietly|automatically|permanently)"
    r"\s+)?([a-z]+s)\b",
    re.IGNORECASE,
)
"""A verb in the third person after a conjunction: «Reads the file and deletes it»."""
_ENTRY: Final = regex(
    r"\s*(?:[-*•]\s+)?[`'\"*]{0,3}([a-z0-9]+(?:[_-][a-z0-9]+)+)[`'\"*]{0,3}(?:\s+(?:-|\u2013|\u2014)+|\s*:)\s"
)
"""How a line of a list begins that names a tool."""
_NAME: Final = 120
"""Characters of a line in which its name stands."""
_NAMES_PLACE: Final = regex(
    r"\b(?:writes?|saves?|exports?|stores?)\b[^.\n]{0,40}\sto\s+(?:the |a |your )?[`'\"]{0,2}"
    r"(?:\w+_)?(?:path|file|dir|directory|folder|destination)\b",
    re.IGNORECASE,
)
"""A parameter by its name in a sentence: «writes it to ``output_path``»."""


def annotation(item: Item, hint: str) -> Json:
    """The value of one hint, ``None`` where it is not set."""
    return object_or_empty(object_or_empty(item.content).get("annotations")).get(hint)


def description(item: Item) -> str:
    """The item's description, empty where there is none."""
    return text_or_empty(object_or_empty(item.content).get("description"))


def parameters(item: Item) -> Mapping[str, Json]:
    """The properties of a tool's input schema."""
    return object_or_empty(object_or_empty(object_or_empty(item.content).get("inputSchema")).get("properties"))


def says(item: Item, group: str) -> Iterator[Spot]:
    """Where a tool says that it does something of this group of ``actions.yaml``; at most one place each."""
    verbs = words.vocabulary(_ACTIONS, group)
    parts = words.split(item.name)
    verb, _ = words.action(parts)
    if verb in verbs:
        shows = parts[-1] in words.vocabulary(_ACTIONS, "views") and verb not in words.vocabulary(
            _ACTIONS, "never_harmless"
        )
        surety = Confidence.LOW if shows or _computes(verb, parts) or _asks(verb, parts) else None
        yield Spot("/name", item.name, f"its name says {verb!r}", confidence=surety)
        return
    text = description(item)
    lead, _, span = words.lead(text)
    soft = words.vocabulary(_ACTIONS, "soft_leads")
    if lead in verbs and lead not in soft:
        surety = Confidence.LOW if _asks(lead, words.split(text[span[1] : span[1] + 60])[:3]) else None
        yield Spot("/description", text[slice(*span)], f"its description starts with {lead!r}", span, confidence=surety)
        return
    further = words.vocabulary(_ACTIONS, "further_deeds")
    for found in _BESIDES.finditer(text):
        if _of_another(item, text, found.start()):
            continue
        if found[1].lower() in further and verbs.intersection(words.lemma(found[1])):
            yield Spot(
                "/description",
                found[0],
                f"its description says {found[0]!r}",
                found.span(),
                # What is created may be the answer: «takes the numbers and creates a chart».
                confidence=Confidence.LOW if soft.intersection(words.lemma(found[1])) else Confidence.MEDIUM,
            )
            return


def _of_another(item: Item, text: str, at: int) -> bool:
    """Whether a line tells of another tool: «save_all - fetches and saves», in a list of which to choose."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    about = _ENTRY.match(line[:_NAME])
    return about is not None and about[1] != item.name


def _asks(verb: str, beside: Sequence[str]) -> bool:
    """Whether what is sent is a question, to which the answer comes back: ``Send a prompt to the model``."""
    sent = verb in words.vocabulary(_ACTIONS, "sends")
    return sent and not words.vocabulary(_ACTIONS, "questions").isdisjoint(beside)


def _computes(verb: str, parts: Sequence[str]) -> bool:
    """Whether a verb may be about values that are handed in and back: ``merge_json``."""
    return verb in words.vocabulary(_ACTIONS, "of_values") and not words.vocabulary(_ACTIONS, "values").isdisjoint(
        parts
    )


def read_only(item: Item) -> Iterator[Spot]:
    """``readOnlyHint: true`` on a tool that writes, deletes or sends."""
    if annotation(item, "readOnlyHint") is True:
        for spot in _against(says(item, "never_read_only"), "readOnlyHint"):
            # Who is told where to save has read of it, and reads of it with every call.
            saves = spot.pointer == "/description" and _saves(item)
            yield replace(spot, confidence=Confidence.LOW) if saves else spot


def _saves(item: Item) -> bool:
    """Whether a tool writes no more than a file where one of its parameters openly says that it is put."""
    lead, _, _ = words.lead(description(item))
    schema = object_or_empty(item.content).get("inputSchema")
    places = (
        f"{name} {text_or_empty(object_or_empty(one).get('description'))}"
        for name, one in parameters(item).items()
        if _purpose.is_place(schema, name)
    )
    if lead not in words.vocabulary(_ACTIONS, "saves"):
        return False
    return _NAMES_PLACE.search(description(item)) is not None or any(map(_FILES.search, places))


def read_only_executes(item: Item) -> Iterator[Spot]:
    """``readOnlyHint: true`` on a tool that runs what it is handed."""
    if annotation(item, "readOnlyHint") is True:
        yield from _against(_executes(item), "readOnlyHint")


def harmless(item: Item) -> Iterator[Spot]:
    """``destructiveHint: false`` on a tool that deletes or overwrites."""
    # Without effect on a tool that claims to be read-only: that claim is judged then.
    if annotation(item, "destructiveHint") is False and annotation(item, "readOnlyHint") is not True:
        yield from _against(says(item, "never_harmless"), "destructiveHint")


def idempotent(item: Item) -> Iterator[Spot]:
    """``idempotentHint: true`` on a tool that does the same again when called again."""
    if annotation(item, "idempotentHint") is True and annotation(item, "readOnlyHint") is not True:
        yield from _against(says(item, "never_idempotent"), "idempotentHint")


def closed_world(item: Item) -> Iterator[Spot]:
    """``openWorldHint: false`` on a tool that reaches into the web."""
    if annotation(item, "openWorldHint") is not False:
        return
    parts = words.split(item.name)
    named = words.vocabulary(_ACTIONS, "open_world").intersection(parts)
    named |= words.vocabulary(_ACTIONS, "open_world_verbs") & {words.action(parts)[0]}
    if named:
        spot = Spot("/name", item.name, f"its name says {min(named)!r}")
    else:
        text = description(item)
        found = _WEB.search(text)
        if found is None:
            return
        spot = Spot("/description", found[0], f"its description says {found[0]!r}", found.span())
    yield from _against(iter((spot,)), "openWorldHint")


def claims_read_only(item: Item) -> Iterator[Spot]:
    """A description that promises to change nothing on a tool whose name says otherwise."""
    verb, _ = words.action(words.split(item.name))
    if verb not in words.vocabulary(_ACTIONS, "never_read_only"):
        return
    found = _PROMISE.search(description(item))
    if found is not None and not _of_others(item, found["other"]):
        yield Spot(
            "/description",
            found[0],
            f"the description promises {found[0]!r}, yet the name says {verb!r}",
            found.span(),
            beside=("/name",),
        )


_WEB: Final = regex(
    r"\b(?:fetch|download|crawl|scrape|browse|query|search)(?:s|es)? "
    r"(?:(?:a|an|any|the|content|contents|data|files?|pages?) ){0,3}(?:from |of |at )?(?:(?:a|an|any|the|given) ){0,2}"
    r"(?:urls?|internet|web|websites?|web ?pages?)\b",
    re.IGNORECASE,
)
_BOXED: Final = regex(
    r"\b(?:web ?assembly|wasm|quickjs|pyodide)\b"
    r"|\b(?:no|without) access to (?:this|the|your|any) (?:computer|machine|host|file ?system|files?|network)\b",
    re.IGNORECASE,
)
"""What says that code runs where it changes nothing; whether that holds, its code tells."""
_PROMISE: Final = regex(
    r"\b(?:this (?:tool|operation|call) is (?:strictly |completely |entirely )?read[- ]only"
    r"|(?:does not|doesn't|never|will not|won't) (?:modify|change|alter|delete) (?:any|anything|your)\b"
    r"(?: (?P<other>[a-z]+))?"
    r"|(?:has )?no side[- ]effects|without (?:any )?side[- ]effects)",
    re.IGNORECASE,
)


def _of_others(item: Item, noun: str | None) -> bool:
    """Whether a promise is of one kind of thing alone, of which the name does not speak: no contact is changed."""
    if noun is None or noun.lower() in words.vocabulary(_ACTIONS, "whatever"):
        return False
    return not any(part.rstrip("s") == noun.lower().rstrip("s") for part in words.split(item.name))


def _executes(item: Item) -> Iterator[Spot]:
    parts = words.split(item.name)
    things = words.vocabulary(_ACTIONS, "code_objects")
    verb, group = words.action(parts)
    text = description(item)
    boxed = Confidence.LOW if _BOXED.search(text) else None
    if group == "executes" and things.intersection(parts):
        yield Spot("/name", item.name, f"its name says {verb!r}", confidence=boxed)
        return
    lead, lead_group, span = words.lead(text)
    beside = words.split(text[span[1] : span[1] + 60])
    at = next((at for at, word in enumerate(beside[:4]) if word in things), None)
    if lead_group != "executes" or at is None or _is_look(beside[at + 1 : at + 2]):
        return
    # A command that only reads, by its word, is chosen by somebody: of the code nothing is known here.
    surety = Confidence.LOW if "only" in beside[:at] else boxed
    yield Spot("/description", text[slice(*span)], f"its description starts with {lead!r}", span, confidence=surety)


def _is_look(after: Sequence[str]) -> bool:
    """Whether what stands after code says that it is looked at: a code review."""
    return not words.vocabulary(_ACTIONS, "code_looks").isdisjoint(after)


def _against(spots: Iterator[Spot], hint: str) -> Iterator[Spot]:
    value = {"readOnlyHint": "true", "idempotentHint": "true"}.get(hint, "false")
    for spot in spots:
        yield Spot(
            spot.pointer,
            spot.evidence,
            f"{hint} is {value}, yet {spot.message}",
            spot.span,
            beside=(f"/annotations/{hint}",),
            confidence=spot.confidence,
        )
