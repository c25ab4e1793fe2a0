"""Differences between a server's source and what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.canonical import escape_pointer
from driftseal.detect.sides.both import Both, Difference, words
from driftseal.model.item import Item
from driftseal.model.rule import Confidence
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe.text import sentences

_NAMED: Final = 10
"""Tools that one difference names."""
_FEW: Final = 3
"""Words of a sentence below which it is no text of its own."""
_BLANK: Final = 5
"""Words that fill a blank: a name, a number, a default."""
_LONGEST: Final = 2000
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


def unlisted(both: Both) -> Iterator[Difference]:
    """Tools that the source declares and the server does not list, all in one: they sleep behind switches and keys."""
    missing = [key for key in both.declared if key not in both.listed]
    if missing and both.shared:
        names = ", ".join(both.declared[key].name for key in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        why = f"the source declares {len(missing)} tools that the running server does not list: {names}{more}"
        yield Difference(missing[0], "", f"{names}{more}", "", why)


def undeclared(both: Both) -> Iterator[Difference]:
    """Tools that the server lists and its source does not declare."""
    for key, item in both.listed.items():
        if key not in both.declared and both.declared:
            why = f"the running server lists {item.name!r}, which its source does not declare"
            unsure = both.holds(item.name) or both.is_spent or not both.is_whole
            yield Difference(key, "/name", "", item.name, why, Confidence.LOW if unsure else None)


def described(both: Both) -> Iterator[Difference]:
    """Sentences in the description of a listed tool that its source does not hold."""
    for declared, listed in both.shared:
        old, new = _text(declared), _text(listed)
        if not old or _plain(old) == _plain(new):
            continue
        known = f" {_plain(old)} "
        for start, end in sentences.spans(new, _LONGEST):
            sentence = new[start:end]
            said = words(sentence)
            if len(said) >= _FEW and f" {' '.join(said)} " not in known and not both.holds(sentence):
                why = f"the description of {listed.name!r} has a sentence that its source does not hold"
                yield Difference(listed.key, "/description", old, sentence, why, _sure(both, sentence))
                break


def parameters(both: Both) -> Iterator[Difference]:
    """Parameters of a listed tool that its source does not declare."""
    for declared, listed in both.shared:
        old, new = _parameters(declared), _parameters(listed)
        for name in new:
            if old and name not in old:
                unsure = both.holds(name) or both.is_spent or not both.is_whole
                pointer = f"/inputSchema/properties/{escape_pointer(name)}"
                why = f"the running server asks for {name!r} in {listed.name!r}, which its source does not declare"
                yield Difference(listed.key, pointer, ", ".join(old), name, why, Confidence.LOW if unsure else None)


def hints(both: Both) -> Iterator[Difference]:
    """Hints of a listed tool that differ from those of its source."""
    for declared, listed in both.shared:
        old, new = (object_or_empty(object_or_empty(side.content).get("annotations")) for side in (declared, listed))
        for hint in _HINTS:
            before, after = old.get(hint), new.get(hint)
            if isinstance(before, bool) and isinstance(after, bool) and before is not after:
                why = (
                    f"{hint} of {listed.name!r} is {_json(after)} on the running server, {_json(before)} in its source"
                )
                yield Difference(
                    listed.key, f"/annotations/{hint}", f"{hint}: {_json(before)}", f"{hint}: {_json(after)}", why
                )


def _sure(both: Both, sentence: str) -> Confidence | None:
    """Less where the source fills a blank in a sentence of its own, or says itself that texts come from elsewhere."""
    lacking = both.gap(sentence).split()
    blank = len(words(sentence)) - len(lacking) >= _FEW and len(lacking) <= _BLANK
    listed = sentences.is_enumeration(sentence, 0, len(sentence))
    return Confidence.LOW if blank or listed or both.is_spent or both.program.found.dynamic else None


def _text(item: Item) -> str:
    return text_or_empty(object_or_empty(item.content).get("description"))


def _plain(text: str) -> str:
    return " ".join(words(text))


def _parameters(item: Item) -> list[str]:
    return list(object_or_empty(object_or_empty(object_or_empty(item.content).get("inputSchema")).get("properties")))


def _json(value: bool) -> str:  # noqa: FBT001  # the value itself, not a switch
    return "true" if value else "false"
