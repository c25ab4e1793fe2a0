"""A linear model over signals and words: every verdict is a sum that can be taken apart.

The score of a sentence is a bias, plus the weight of each named feature, plus the sums of the weights of its words and
of their letter groups, each over the root of their number, so that long sentences do not win by length. Its size means
something only beside the thresholds, which were chosen by how often honest texts reach them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from math import frexp
from typing import Final, NamedTuple

from driftseal import resources
from driftseal.detect.judging import features
from driftseal.detect.judging.features import Shape
from driftseal.errors import RuleError
from driftseal.observe.passages import Place
from driftseal.observe.text import tokens
from driftseal.observe.traces import Glimpse, Trace
from driftseal.records import dataclass

CROWD: Final = 0.06
"""What each doubling of the sentences of a server asks beyond a threshold."""
_FEW: Final = 4
"""So many sentences are no crowd yet."""
_ROUNDING: Final = 1e-6
"""More than sums of the same weights differ by, in whatever order they are taken."""
_KNOWN_WORDS: Final = 100_000
_KNOWN_SHAPES: Final = 20_000
_KNOWN_SENTENCES: Final = 1 << 11


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which on a sentence counts."""

    possible: float
    probable: float


def crowd(count: int) -> float:
    """What is asked of the worst of so many sentences beyond what is asked of one.

    Where a hundred tools speak, one of them sounds odd by chance: the highest of many scores of honest sentences grows
    with the logarithm of their number. Taken in straight lines between powers of two, so that every machine gets the
    same.
    """
    if count <= _FEW:
        return 0.0
    share, exponent = frexp(count / _FEW)
    return CROWD * (exponent - 1 + (2 * share - 1))


class _Word(NamedTuple):
    """What is the same of a word wherever it stands."""

    weight: int
    letters: int
    """Sum of the weights of its letter groups."""
    letter_groups: int
    carried: bytes
    lead: int
    lead_apart: int


class Model:
    """Weights, and the scores that they give."""

    def __init__(self, named: Mapping[str, float], hashed: Sequence[int], scale: float, thresholds: Thresholds) -> None:
        """``hashed`` holds a weight of -127 to 127 for each bucket, in units of ``scale``; ``named`` holds ``bias``."""
        self.named = named
        self.thresholds = thresholds
        self._hashed = hashed
        self._scale = scale
        # A hostile text may hold any number of words, so what is remembered of them is bounded.
        self._word = lru_cache(_KNOWN_WORDS)(self._weigh_word)
        self._shape = lru_cache(_KNOWN_SHAPES)(self._weigh_shape)
        self._beside = cache(self._weigh_beside)
        self._signal = cache(self._weigh_signal)
        self._most = lru_cache(_KNOWN_SHAPES)(self._weigh_most)
        self._spoken = lru_cache(_KNOWN_SENTENCES)(self._weigh_spoken)

    def score(self, trace: Trace) -> float:
        """How much a sentence reads like poison."""
        return self._shape(features.shape(trace)) + self.words(trace)

    def most(self, glimpse: Glimpse) -> float:
        """The highest score that a sentence may come to, whatever the rest of its item says."""
        said = glimpse.said
        score, length = self._spoken(glimpse.heard.text, said.words)
        decoded = bool(glimpse.view.decodings)
        bare = features.bare(said.place, decoded, glimpse.leads, length)
        return self._shape(bare) + self._most(said.place, decoded, glimpse.heard.signals, glimpse.own) + score

    def _weigh_spoken(self, text: str, subject: tuple[str, ...]) -> tuple[float, int]:
        """What the words of a text add to the score, and the step of its length."""
        words = tokens.words(text)
        return self._said(words, subject), features.length_step(words)

    def words(self, trace: Trace) -> float:
        """What the words add to the score."""
        return self._said(trace.words, trace.subject)

    def _said(self, words: tuple[str, ...], subject: tuple[str, ...]) -> float:
        everything = (*features.marked(subject), *words)
        if not everything:
            return 0.0
        weights, by_letters, groups, followers, leads, leads_apart = zip(*map(self._word, everything), strict=True)
        pairs = features.followed(leads, followers[1:]) + features.followed(leads_apart, followers[2:])
        total = sum(weights) + sum(map(self._hashed.__getitem__, pairs))
        letters, letter_groups = sum(by_letters), sum(groups)
        words_and_pairs = 2 * len(everything) - 1
        share, letter_share = features.word_share(words_and_pairs), features.gram_share(letter_groups)
        score: float = self._scale * (total * share + letters * letter_share)
        return score

    def contributions(self, trace: Trace) -> list[tuple[str, float]]:
        """Named features with their weights, the heaviest first."""
        weights = [(name, self.named.get(name, 0.0)) for name in features.named(features.shape(trace))]
        return sorted(weights, key=lambda each: -each[1])

    def _weigh_shape(self, shape: Shape) -> float:
        return self.named["bias"] + sum(self.named.get(name, 0.0) for name in features.named(shape))

    def _weigh_most(
        self,
        place: Place,
        decoded: bool,  # noqa: FBT001 - a cache's key
        shown: frozenset[int],
        own: frozenset[int],
    ) -> float:
        """The most that these signals may add to what a passage comes to without any."""
        total = 0.0
        foreign, siblings, new = self._weight(features.FOREIGN), self._weight(features.SIBLING), 0.0
        for number in shown:
            total += self._signal(number, place, decoded)
        for number in own:
            total += self._weight(features.as_purpose(number))
        for number in shown - own:
            beside = self._beside(number)
            foreign, siblings, new = foreign + beside[0], siblings + beside[1], new + beside[2]
        total += sum(map(self._weight, features.at_least(len(shown - own))))
        total += sum(map(self._weight, features.together(shown)))
        steps = [
            self._weight(features.of_step(step, place)) + (new if features.is_new(step) else 0.0)
            for step in features.STEPS
        ]
        return total + max(foreign, 0.0) + max(siblings, 0.0) + max(*steps, 0.0) + _ROUNDING

    def _weigh_signal(self, number: int, place: Place, decoded: bool) -> float:  # noqa: FBT001 - a cache's key
        return sum(map(self._weight, features.of_signal(number, place, decoded=decoded)))

    def _weigh_beside(self, number: int) -> Sequence[float]:
        return [self._weight(name) for name in features.beside(number)]

    def _weight(self, name: str) -> float:
        return self.named.get(name, 0.0)

    def _weigh_word(self, word: str) -> _Word:
        # A parameter's name counts as a word, not by its letters.
        grams = () if features.is_marked(word) else features.gram_buckets(word)
        return _Word(
            self._hashed[features.bucket("w", word)],
            sum(self._hashed[bucket] for bucket in grams),
            len(grams),
            features.carried(word),
            features.lead(word),
            features.lead_apart(word),
        )


@cache
def load() -> Model:
    """The weights that we ship.

    Raises:
        RuleError: they are missing or malformed.
    """
    folder = resources.folder("rules") / "judgement"
    try:
        given = json.loads((folder / "weights.json").read_bytes())
        words = (folder / "words.bin").read_bytes()
        thresholds = Thresholds(float(given["thresholds"]["possible"]), float(given["thresholds"]["probable"]))
        named = {str(name): float(weight) for name, weight in given["named"].items()}
        scale = float(given["scale"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise RuleError(f"rules/judgement: weights cannot be read: {cause}", hint="install driftseal again") from cause
    if len(words) != features.BUCKETS or "bias" not in named:
        raise RuleError("rules/judgement/words.bin does not fit weights.json", hint="install driftseal again")
    return Model(named, memoryview(words).cast("b"), scale, thresholds)
