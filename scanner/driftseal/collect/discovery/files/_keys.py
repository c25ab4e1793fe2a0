"""Keys of configurations that hold models, by ``rules/inventory/settings.yaml``."""

from __future__ import annotations

import re
from dataclasses import field
from functools import cache
from typing import Any, Final

from driftseal.collect.discovery import _tables
from driftseal.errors import RuleError
from driftseal.records import dataclass

_MARKS: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Keys:
    """The whole list; see its comments."""

    strong: frozenset[str]
    weak: frozenset[str]
    endings: tuple[str, ...]
    inner: frozenset[str]
    providers: frozenset[str]
    choices: frozenset[str]
    used: frozenset[str]
    shared_words: frozenset[str]
    datasets: frozenset[str]
    addresses: frozenset[str]
    examples: frozenset[str]
    weights: frozenset[str]
    passed: frozenset[str]
    context: Any = field(repr=False)
    """Any of the words as one compiled RE2."""

    def speaks(self, text: str) -> bool:
        """Whether a text speaks of models as AI has them: one word may be about anything, two are not."""
        first = self.context.search(text)
        if first is None:
            return False
        told = first[1].casefold()
        return any(found[1].casefold() != told for found in self.context.finditer(text))

    def is_weak(self, key: str) -> bool:
        """Whether a plain key may hold a model."""
        return key in self.weak or (key.endswith(self.endings) and key not in self.strong)

    def is_held(self, key: str) -> bool:
        """Whether a plain key holds a model, surely or perhaps."""
        return key in self.strong or self.is_weak(key)


def plain(key: str) -> str:
    """A key as keys are compared."""
    return _MARKS.sub("", key.casefold()) if len(key) <= _LONGEST else ""


@cache
def load() -> Keys:
    """The list, checked.

    Raises:
        RuleError: it is malformed.
    """
    import re2

    given = _tables.read("settings")
    if not isinstance(given, dict):
        raise RuleError("rules/inventory/settings.yaml: a mapping")

    def words(name: str) -> tuple[str, ...]:
        listed = given.get(name)
        if not isinstance(listed, list):
            raise RuleError(f"rules/inventory/settings.yaml: {name} is a list")
        return tuple(str(word) for word in listed)

    sets = (
        "strong",
        "weak",
        "inner",
        "providers",
        "choices",
        "used",
        "shared_words",
        "datasets",
        "addresses",
        "examples",
        "weights",
        "passed",
    )
    told = {name: frozenset(words(name)) for name in sets}
    one_of = "|".join(map(re.escape, words("context")))
    # Nothing around a word is a part of it: one character may be all there is between two.
    context = re2.compile(rf"(?i)\b({one_of})\b")
    return Keys(**told, endings=words("endings"), context=context)
