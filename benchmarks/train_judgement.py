"""Learns the weights of the judgement from corpora: ``rules/judgement/weights.json`` and ``words.bin``.

    python benchmarks/train_judgement.py CORPUS... [--out FOLDER]

Each CORPUS is a folder or file as ``benchmarks/corpora.py`` describes. The same corpora give the same bytes: one
thread, a fixed order, and nothing but the four operations and roots of IEEE doubles (``sum`` adds otherwise since
Python 3.12, so loops add here).

A linear classifier on sentences, by dual coordinate descent on the squared hinge loss (Hsieh et al., «A Dual Coordinate
Descent Method for Large-scale Linear SVM», ICML 2008). Where a corpus does not say which sentence of a poisoned item is
the poison, the one that reads worst so far is taken, and training repeated (Andrews et al., «Support Vector Machines
for Multiple-Instance Learning», NIPS 2002).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import corpora
from corpora import Surface

from driftseal.detect.judging import features
from driftseal.detect.judging.model import Model, Thresholds, crowd
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import traces
from driftseal.observe.observations import Observations
from driftseal.observe.traces import Trace

COST = 0.04
BESIDE_COST = 0.3
"""Of an honest sentence that stands beside a known poison."""
FOREIGN_COST = 4.0
"""Of an honest sentence of a surface that is not English: real servers, which say most of what is honest, are."""
ROUNDS = 3
PASSES = 24
SCALE = 1 / 48
"""Unit of hashed weights; the largest is 127 of it."""
LIGHTEST = 0.005
"""Named weights below this are left out."""
POSSIBLE_SHARE = 0.1
PROBABLE_SHARE = 0.02
"""Of real servers, how many may reach a threshold, when measured by weights that were learnt without them."""
ENGLISH = "en"
TIERS = frozenset({"core", "derived", "response"})
"""Of malicious corpora: poison in words. The others hold suspicious names and tools that openly attack."""


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence, as the solver sees it."""

    columns: tuple[int, ...]
    values: tuple[float, ...]
    words: str
    weighed: bool
    """Whether the judgement would look at it: it shows some signal beyond its tool's own business."""


@dataclass(slots=True)
class Bag:
    """The sentences of one surface; ``sure`` says for each whether it is the poison, None where nobody knows."""

    surface: Surface
    examples: list[Example]
    items: list[int]
    sure: list[bool | None]


class Columns:
    """Numbers of named features, behind the buckets of words."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        """The column of this feature."""
        return self.numbers.setdefault(name, features.BUCKETS + len(self.numbers))


def example(trace: Trace, columns: Columns) -> Example:
    found: dict[int, float] = {columns("bias"): 1.0}
    for name in features.named(features.shape(trace)):
        found[columns(name)] = features.value(name)
    said = [features.bucket("w", word) for word in (*features.marked(trace.subject), *trace.words)]
    said += features.pair_buckets(trace.words, trace.subject)
    count = len(said)
    said += features.apart_buckets(trace.words, trace.subject)
    spelt = [bucket for word in trace.words for bucket in features.gram_buckets(word)]
    shares = (said, features.word_share(count)), (spelt, features.gram_share(len(spelt)))
    for buckets, share in shares:
        for bucket in buckets:
            found[bucket] = found.get(bucket, 0.0) + share
    return Example(tuple(found), tuple(found.values()), trace.passage.text, not trace.signals <= trace.own)


def bag(surface: Surface, columns: Columns) -> Bag:
    made = Bag(surface, [], [], [])
    seen = Observations((), DEFAULT_LIMITS)
    around = traces.Surroundings.of(surface.items)
    for number, item in enumerate(surface.items):
        for trace in traces.of_item(item, seen.views(item), around, DEFAULT_LIMITS):
            made.examples.append(example(trace, columns))
            made.items.append(number)
            made.sure.append(_is_poison(trace, surface) if surface.spans else None)
    if surface.spans and not any(made.sure):
        made.sure = [None] * len(made.sure)
    return made


SHORTEST_PART = 12


def _is_poison(trace: Trace, surface: Surface) -> bool:
    whole, passage = trace.passage.view.text, trace.passage
    for span in filter(None, map(str.strip, surface.spans)):
        at = whole.find(span)
        if 0 <= at < passage.end and at + len(span) > passage.start:
            return True
        if len(passage.text) >= SHORTEST_PART and passage.text in span:
            return True
    return False


def solve(examples: Sequence[tuple[Example, int, float]], size: int) -> list[float]:
    """Weights for ``(example, label of -1 or 1, cost)``."""
    weights = [0.0] * size
    duals = [0.0] * len(examples)
    squares = [sum(value * value for value in one.values) for one, _, _ in examples]
    shuffle = random.Random(1)  # noqa: S311 - the same order every time is the point
    everything = list(range(len(examples)))
    active = everything[:]
    for turn in range(PASSES):
        shuffle.shuffle(active)
        kept = []
        for number in active:
            one, label, cost = examples[number]
            slack = 0.5 / cost
            gradient = label * score(one, weights) - 1 + slack * duals[number]
            if duals[number] == 0 and gradient > SHRINK:
                continue
            kept.append(number)
            dual = max(duals[number] - gradient / (squares[number] + slack), 0.0)
            change = (dual - duals[number]) * label
            if change:
                duals[number] = dual
                for column, value in zip(one.columns, one.values, strict=True):
                    weights[column] += change * value
        # Sentences that were far on the right side are looked at again now and then.
        active = everything[:] if turn % 4 == 3 else kept  # noqa: PLR2004 - every fourth time
    return weights


SHRINK = 0.5


def fit(bags: Sequence[Bag], size: int) -> list[float]:
    """Train, choose the worst sentence of each poisoned surface of which nobody knows, and train again."""
    weights: list[float] = []
    for _ in range(ROUNDS if any(None in one.sure for one in bags if one.surface.poisoned) else 1):
        weights = solve(tuple(_labelled(bags, weights)), size)
    return weights


def _labelled(bags: Iterable[Bag], weights: Sequence[float]) -> Iterator[tuple[Example, int, float]]:
    told: set[tuple[tuple[int, ...], int]] = set()
    for one in bags:
        if not one.examples:
            continue
        costs = _costs(one, weights)
        for each, (label, cost) in zip(one.examples, costs, strict=True):
            key = (each.columns, label)
            if cost and key not in told:
                told.add(key)
                yield each, label, cost


def _costs(one: Bag, weights: Sequence[float]) -> list[tuple[int, float]]:
    honest = COST if one.surface.language == ENGLISH else COST * FOREIGN_COST
    if not one.surface.poisoned:
        return [(-1, honest)] * len(one.examples)
    if None not in one.sure:
        return [(1, COST) if sure else (-1, honest * BESIDE_COST) for sure in one.sure]
    if not weights:
        return [(1, COST / len(one.examples))] * len(one.examples)
    scores = [score(each, weights) for each in one.examples]
    worst = scores.index(max(scores))
    return [(1, COST if number == worst else 0.0) for number in range(len(scores))]


def score(one: Example, weights: Sequence[float]) -> float:
    """How much a sentence reads like poison."""
    total = 0.0
    for column, value in zip(one.columns, one.values, strict=True):
        total += weights[column] * value
    return total


FOLDS = 5


def fold_of(group: str) -> int:
    """The part that all surfaces of one source or server fall into."""
    return hashlib.sha256(group.encode()).digest()[0] % FOLDS


def thresholds(bags: Sequence[Bag], size: int) -> Thresholds:
    """From the scores of real servers by weights that were not learnt from them.

    Honest texts written by hand have no say: they are made to be mistaken, as no honest server is.
    """
    highest: list[float] = []
    for fold in range(FOLDS):
        weights = fit([one for one in bags if fold_of(one.surface.group) != fold], size)
        for one in bags:
            if fold_of(one.surface.group) == fold and one.surface.tier == corpora.REAL and one.examples:
                scores = [score(each, weights) for each in one.examples if each.weighed]
                highest.append(max(scores, default=-inf) - crowd(len(scores)))
    highest.sort(reverse=True)
    return Thresholds(*(_between(highest, share) for share in (POSSIBLE_SHARE, PROBABLE_SHARE)))


def _between(highest: Sequence[float], share: float) -> float:
    """Half-way between the last server that may reach it and the first that may not."""
    count = int(len(highest) * share)
    return (highest[count - 1] + highest[count]) / 2


def model(weights: Sequence[float], columns: Columns, limits: Thresholds) -> Model:
    return Model(*_rounded(weights, columns), limits)


def _rounded(weights: Sequence[float], columns: Columns) -> tuple[Mapping[str, float], Sequence[int], float]:
    named = {name: round(weights[number] * features.value(name), 4) for name, number in sorted(columns.numbers.items())}
    kept = {name: weight for name, weight in named.items() if abs(weight) >= LIGHTEST or name == "bias"}
    hashed = [max(-127, min(127, round(weight / SCALE))) for weight in weights[: features.BUCKETS]]
    return kept, hashed, SCALE


def bags_of(surfaces: Iterable[Surface], columns: Columns) -> list[Bag]:
    return [bag(one, columns) for one in surfaces if not one.poisoned or one.tier in TIERS or one.spans]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "rules" / "judgement")
    given = parser.parse_args()
    columns = Columns()
    bags = bags_of(corpora.read(given.corpus), columns)
    size = features.BUCKETS + len(columns.numbers)
    found = thresholds(bags, size)
    named, hashed, scale = _rounded(fit(bags, size), columns)
    about = {
        "about": "Learnt by benchmarks/train_judgement.py; docs/judgement.md tells what the numbers mean.",
        "scale": scale,
        "thresholds": {"possible": round(found.possible, 3), "probable": round(found.probable, 3)},
        "named": named,
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "weights.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (given.out / "words.bin").write_bytes(array("b", hashed).tobytes())
    poisoned = sum(one.surface.poisoned for one in bags)
    sentences = sum(len(one.examples) for one in bags)
    print(f"{poisoned} poisoned and {len(bags) - poisoned} honest surfaces, {sentences} sentences")
    print(f"{len(named)} named weights, thresholds {about['thresholds']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
