"""Words inside identifiers, and the verb that a tool's name or description leads with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.regexes import regex

_PART: Final = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
_LEAD: Final = regex(
    # One quantifier for blanks and marks: two side by side would try every way of sharing a run of blanks.
    r"[\W_]*(?:(?:this|the) tool(?: will| can| is used to)?\s+)?(?:[a-z]{1,30}ly\s+)?([A-Za-z]+)",
    re.IGNORECASE,
)


def split(identifier: str) -> tuple[str, ...]:
    """The words of ``snake_case``, ``camelCase``, ``kebab-case`` and ``dotted.names``, in lower case."""
    return tuple(part.lower() for part in _PART.findall(identifier))


def lemma(word: str) -> tuple[str, ...]:
    """A verb as it stands in a sentence, then what it may be without its ending: ``deletes`` → ``delete``."""
    word = word.lower()
    forms = [word]
    for ending, instead in (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e")):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            forms.append(stem + instead)
            if ending in {"ing", "ed"} and not instead and stem[-1] == stem[-2]:
                forms.append(stem[:-1])
    return tuple(forms)


@cache
def vocabulary(name: str, group: str) -> frozenset[str]:
    """One group of words of ``rules/lists/<name>.yaml``, in lower case.

    Raises:
        RuleError: the list has no such group.
    """
    given = rulebook.load_list(name)
    words = given.get(group) if isinstance(given, Mapping) else None
    if not isinstance(words, list):
        raise RuleError(f"rules/lists/{name}.yaml has no list of words {group!r}")
    return frozenset(str(word).lower() for word in words)


GROUPS: Final = ("reads", "writes", "destroys", "sends", "executes", "spends")


@cache
def _verbs() -> Mapping[str, str]:
    return {verb: group for group in GROUPS for verb in vocabulary("actions", group)}


def action(words: Sequence[str]) -> tuple[str, str]:
    """The first verb among a name's words and its group of ``actions.yaml``; two empty texts where there is none."""
    verbs = _verbs()
    for at, word in enumerate(words):
        if word in verbs and not _is_taken(words, at):
            about = _asks_about(words[:at]) or _is_noun(word, words[at + 1 : at + 2])
            return ("", "") if about else (word, verbs[word])
    return "", ""


def _asks_about(before: Sequence[str]) -> bool:
    """Whether words say that what follows is asked about, not done: ``would_install``, ``can_delete``."""
    return not vocabulary("actions", "asking").isdisjoint(before)


def _is_taken(words: Sequence[str], at: int) -> bool:
    """Whether a word is what the verb before it takes: ``download_email``."""
    before = words[at - 1 : at] if at else ()
    return words[at] in vocabulary("actions", "things") and not vocabulary("actions", "takes").isdisjoint(before)


def _is_noun(verb: str, after: Sequence[str]) -> bool:
    """Whether a word that may be a verb is what another one is of: ``run_history``, ``commit_count``."""
    return verb in vocabulary("actions", "verbs_and_nouns") and not vocabulary("actions", "of_nouns").isdisjoint(after)


def lead(description: str) -> tuple[str, str, tuple[int, int]]:
    """The verb that a description starts with, its group, and where it stands.

    ``Deletes a file``, ``This tool deletes a file`` and ``Delete a file`` all lead with ``delete``.
    """
    found = _LEAD.match(description)
    if found is None:
        return "", "", (0, 0)
    verbs = _verbs()
    # ``Published versions of a package``: nobody publishes anything there.
    forms = lemma(found[1])[:1] if found[1].lower().endswith("ed") else lemma(found[1])
    for form in forms:
        if form in verbs:
            return form, verbs[form], found.span(1)
    return "", "", (0, 0)
