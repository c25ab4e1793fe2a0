"""What the judgement weighs: named features of a trace, and its words.

Named features can be read in ``rules/judgement/weights.json``; words are hashed. Training and scanning both call this
module, so that what is learned is what is asked.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import sqrt
from typing import Final, NamedTuple

from driftseal.observe import signals
from driftseal.observe.passages import Place
from driftseal.observe.text import tokens
from driftseal.observe.traces import Trace

BUCKETS: Final = 1 << 18
"""Hashed words, pairs of words and letter groups share this many weights."""
TOGETHER_SHARE: Final = 0.6
"""Weight of two signals together beside that of one."""
WORD_SHARE: Final = 4.0
"""Weight of words beside named features."""
GRAM_SHARE: Final = 2.8
"""Weight of letter groups beside named features."""
_GRAM: Final = zlib.crc32(b"c:")
"""The sum so far of every letter group; see `bucket`."""
_WITH: Final = " with "
_MARK: Final = "@"
"""No word of a text begins with it."""
_FEWEST_WORDS: Final = 40
_FEWEST_GRAMS: Final = 140
"""A text with fewer counts as if it had so many: one odd word is no verdict."""
_MOST_COUNTED: Final = 8
_LENGTH_STEP: Final = 6
_LONGEST: Final = 4
_NEW: Final = 3
"""From this step of novelty on a sentence is off its tool's topic."""

_FIELD: Final = {
    Place.DESCRIPTION: "text",
    Place.RESOURCE: "text",
    Place.PARAMETER: "parameter",
    Place.NAME: "name",
    Place.TITLE: "data",
    Place.VALUE: "data",
    Place.OUTPUT: "data",
    Place.EXTRA: "data",
    Place.PROMPT: "orders",
    Place.INSTRUCTIONS: "orders",
    Place.DOCUMENT: "orders",
    Place.RESULT: "result",
}
"""Places where the same is normal, taken together."""


FOREIGN: Final = "a foreign name"
SIBLING: Final = "a sibling's name"
_BESIDE: Final = (f"beside {FOREIGN}", f"beside {SIBLING}", "off topic")
STEPS: Final = range(5)
"""Of novelty, the share of its words that are new to its tool."""


class Shape(NamedTuple):
    """A trace without its words: all that named features depend on. Few shapes make up most of what is read."""

    place: Place
    signals: frozenset[int]
    own: frozenset[int]
    decoded: bool
    foreign: bool
    """It names something of no tool or parameter here."""
    siblings: bool
    """It names another tool of this server."""
    step: int
    """Novelty in steps, 0 to 4; -1 where it cannot be told."""
    leads: bool
    length: int
    """Words in sixes, 0 to 4."""


def shape(trace: Trace) -> Shape:
    """What named features see of a trace."""
    return Shape(
        trace.place,
        trace.signals,
        trace.own,
        bool(trace.passage.view.decodings),
        bool(trace.foreign),
        bool(trace.siblings),
        -1 if trace.novelty is None else min(int(trace.novelty * len(STEPS)), STEPS[-1]),
        trace.leads,
        length_step(trace.words),
    )


@cache
def bare(place: Place, decoded: bool, leads: bool, length: int) -> Shape:  # noqa: FBT001 - a cache's key
    """The shape of a passage of which nothing is known but where it stands and the step of its length."""
    return Shape(place, frozenset(), frozenset(), decoded, False, False, -1, leads, length)


def length_step(words: Sequence[str]) -> int:
    """How long so many words are, in steps."""
    return min(len(words) // _LENGTH_STEP, _LONGEST)


def named(shape: Shape) -> Iterator[str]:
    """Names of the features that a shape shows, each once."""
    odd = sorted(shape.signals - shape.own)
    yield from _about(shape)
    for number in sorted(shape.signals):
        yield from of_signal(number, shape.place, decoded=shape.decoded)
    for number in sorted(shape.own):
        yield as_purpose(number)
    for number in odd:
        yield from itertools.compress(beside(number), (shape.foreign, shape.siblings, is_off_topic(shape)))
    yield from at_least(len(odd))
    yield from together(shape.signals)


def value(name: str) -> float:
    """How much a named feature counts beside others while it is learnt; its weight holds that already."""
    return TOGETHER_SHARE if _WITH in name else 1.0


def of_signal(number: int, place: Place, *, decoded: bool) -> Sequence[str]:
    """What a signal counts as wherever it stands, and in a place."""
    name = _signal_names()[number]
    return [name, f"{name} in {_FIELD[place]}", *([f"{name} decoded"] if decoded else [])]


def as_purpose(number: int) -> str:
    """What a signal counts as that is its tool's business."""
    return f"{_signal_names()[number]} as its purpose"


def beside(number: int) -> Sequence[str]:
    """What an odd signal counts as beside a foreign name, beside a sibling's name and off its tool's topic."""
    return [f"{_signal_names()[number]} {where}" for where in _BESIDE]


def at_least(count: int) -> Sequence[str]:
    """What so many odd signals count as."""
    return [f"at least {number} signals" for number in range(1, min(count, _MOST_COUNTED) + 1)]


def together(shown: frozenset[int]) -> Sequence[str]:
    """What signals count as that one sentence shows together."""
    return list(itertools.starmap(_both, itertools.combinations(sorted(shown), 2)))


@cache
def _both(one: int, other: int) -> str:
    names = _signal_names()
    return f"{names[one]}{_WITH}{names[other]}"


@cache
def _signal_names() -> Sequence[str]:
    return tuple(signal.name for signal in signals.known())


def _about(shape: Shape) -> Iterator[str]:
    yield f"in {shape.place}"
    yield f"length {shape.length}"
    if shape.step >= 0:
        yield of_step(shape.step, shape.place)
    if shape.decoded:
        yield "decoded"
    if shape.foreign:
        yield FOREIGN
    if shape.siblings:
        yield SIBLING
    if shape.leads:
        yield f"leads in {_FIELD[shape.place]}"


def of_step(step: int, place: Place) -> str:
    """What so many steps of novelty count as in a place."""
    return f"novelty {step} in {_FIELD[place]}"


def is_off_topic(shape: Shape) -> bool:
    """Whether most of a sentence's words occur nowhere else in its item."""
    return is_new(shape.step)


def is_new(step: int) -> bool:
    """Whether so many steps of novelty are off topic."""
    return step >= _NEW


def signals_of(feature: str) -> Sequence[str]:
    """The signals that a feature tells of: ``secrecy`` of ``secrecy off topic``, both of ``secrecy with whole``."""
    first, _, other = feature.partition(_WITH)
    return (first, other) if other else (feature.partition(" ")[0],)


def marked(subject: Sequence[str]) -> list[str]:
    """Words of a parameter's name, told apart from those that are said of it."""
    return [f"{_MARK}{word}" for word in subject]


def is_marked(word: str) -> bool:
    """Whether it is such a word."""
    return word.startswith(_MARK)


def pair_buckets(words: Sequence[str], subject: Sequence[str]) -> Sequence[int]:
    """Buckets of neighbouring words."""
    everything = (*marked(subject), *words)
    return followed(map(lead, everything), map(carried, everything[1:]))


def apart_buckets(words: Sequence[str], subject: Sequence[str]) -> Sequence[int]:
    """Buckets of words between which one other stands: an article or an adjective more is the same order."""
    everything = (*marked(subject), *words)
    return followed(map(lead_apart, everything), map(carried, everything[2:]))


def lead(word: str) -> int:
    """The sum so far of every pair that begins with a word."""
    return zlib.crc32(carried(f"b:{word} "))


def lead_apart(word: str) -> int:
    """The sum so far of every pair that begins with a word and leaves out the next."""
    return zlib.crc32(carried(f"s:{word} "))


def followed(leads: Iterable[int], followers: Iterable[bytes]) -> list[int]:
    """Buckets of pairs of words; see `lead`, `lead_apart` and `carried`."""
    return [zlib.crc32(follower, lead) % BUCKETS for lead, follower in zip(leads, followers, strict=False)]


def carried(text: str) -> bytes:
    """A text as it is hashed."""
    return text.encode("utf-8", "surrogatepass")


def word_share(count: int) -> float:
    """What one of so many words and pairs of words counts."""
    return WORD_SHARE / sqrt(max(count, _FEWEST_WORDS))


def gram_share(count: int) -> float:
    """What one of so many letter groups counts."""
    return GRAM_SHARE / sqrt(max(count, _FEWEST_GRAMS))


def gram_buckets(word: str) -> tuple[int, ...]:
    """Buckets of the letter groups of one word."""
    return tuple([zlib.crc32(carried(gram), _GRAM) % BUCKETS for gram in tokens.grams(word)])


def bucket(kind: str, text: str) -> int:
    """Where the weight of this word or group stands."""
    return zlib.crc32(carried(f"{kind}:{text}")) % BUCKETS
