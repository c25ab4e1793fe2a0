"""What a text speaks of, however it puts it, in twelve languages: ``topics`` of ``rules/lists/claims.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.narrow import object_or_empty
from driftseal.observe.text.patterns import Pattern

_LIST: Final = "claims"
_ACCENTED: Final = "[0-9A-Z_a-z\u00c0-\u024f]"
_LETTERS: Final[Mapping[str, str]] = {"en": r"\w", "ru": "[0-9A-Z_a-z\u0400-\u04ff]"}
"""RE2 takes ``\\w`` for ASCII; here it means a letter of the language."""
_REMEMBERED: Final = 1 << 12


def speaks_of(topic: str, text: str) -> bool:
    """Whether a text has a word of this topic.

    Raises:
        RuleError: there is no such topic, or its list is malformed.
    """
    return _topic(topic).search(text)


@lru_cache(_REMEMBERED)
def shows(group: str, text: str) -> bool:
    """Whether a text meets a plain list of patterns of the same file: paths, calls, hosts, statements."""
    return bool(text) and _group(group).search(text)


@cache
def _topic(name: str) -> Pattern:
    about = object_or_empty(object_or_empty(rulebook.load_list(_LIST)).get("topics")).get(name)
    if not isinstance(about, dict):
        raise RuleError(f"rules/lists/{_LIST}.yaml has no topic {name!r}")
    parts = [
        line.replace(r"\w", _LETTERS.get(language, _ACCENTED))
        for language, lines in about.items()
        for line in _lines(lines, f"topics: {name}: {language}")
    ]
    return Pattern(f"(?i)(?:{'|'.join(parts)})", f"{_LIST}.{name}")


@cache
def _group(name: str) -> Pattern:
    lines = _lines(object_or_empty(rulebook.load_list(_LIST)).get(name), name)
    return Pattern("|".join(f"(?:{line})" for line in lines), f"{_LIST}.{name}")


def _lines(given: Json, where: str) -> Sequence[str]:
    if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
        raise RuleError(f"rules/lists/{_LIST}.yaml: {where}: a list of patterns")
    return [str(line) for line in given]
