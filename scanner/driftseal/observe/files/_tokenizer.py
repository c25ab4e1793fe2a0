"""What a tokenizer does to texts besides cutting them into tokens. See ``loader_config`` for the facts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe import words
from driftseal.observe.files.base import Fact, Property, Seen
from driftseal.observe.text import confusables

_STEPS: Final = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
_NAMED: Final = tuple(f"{name}_token" for name in ("bos", "eos", "unk", "sep", "pad", "cls", "mask"))
_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/]{3}|\bwww\.[\w-]{2,}\.[a-z]{2}", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")
_PLAIN: Final = re.compile(r"[a-z]{3,40}")
_USUAL: Final = frozenset({"pad", "unk", "eos", "bos", "mask", "sep", "cls", "blank", "none"})
_SENTENCE: Final = 6
"""Words from which on a token is a sentence."""
_INSERTED: Final = 2
"""Words from which on something is said that a tokenizer adds to every text."""
_LONGEST: Final = 2000
_SPECIAL: Final = 3
"""Letters from which on two tokens can be taken for one another."""
_POINTS: Final = ".,:;!?\"'"
_BLANKS: Final = "\u2581\u0120"
"""Marks that vocabularies put where a word begins."""


def of_object(value: Mapping[str, Json], limits: Limits) -> Iterator[Seen]:
    """What a tokenizer's file, or its configuration, shows."""
    tokens = list(islice(_tokens(value), limits.stated_entries))
    yield from islice(_of_tokens(tokens), limits.file_facts)
    for name in _NAMED:
        told = _content(value.get(name))
        if _PLAIN.fullmatch(told) and told not in _USUAL:
            yield Fact("tokenizer-special-is-word", f"{name} is the word {told!r}", subject=told)
    for step in _STEPS:
        yield from islice(_of_step(step, value.get(step)), limits.file_facts)
    model = value.get("model")
    if isinstance(model, dict) and tokens:
        yield Property("tokens", {content: number for content, number in tokens if number >= 0})
        yield from _refusals(model.get("vocab"))


def _tokens(value: Mapping[str, Json]) -> Iterator[tuple[str, int]]:
    """Tokens that were added, with their numbers; -1 where none is told."""
    added = value.get("added_tokens")
    for one in added if isinstance(added, list) else ():
        if isinstance(one, dict):
            yield _content(one), _number(one.get("id"))
    decoder = value.get("added_tokens_decoder")
    for number, one in decoder.items() if isinstance(decoder, dict) else ():
        yield _content(one), int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1  # noqa: PLR2004  # digits of a number of 32 bits
    further = value.get("additional_special_tokens")
    for one in further if isinstance(further, list) else ():
        yield _content(one), -1


def _content(value: Json) -> str:
    told = value.get("content") if isinstance(value, dict) else value
    return told[:_LONGEST] if isinstance(told, str) else ""


def _number(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _of_tokens(tokens: list[tuple[str, int]]) -> Iterator[Fact]:
    by_shape: dict[str, str] = {}
    by_number: dict[int, str] = {}
    for content, number in dict.fromkeys(tokens):
        if _ADDRESS.search(content):
            yield Fact("tokenizer-token-address", f"an added token holds an address: {content}", subject=content)
        if len(_WORD.findall(content)) >= _SENTENCE:
            yield Fact("tokenizer-token-sentence", f"an added token is a sentence: {content}", subject=content)
        if _is_hidden(content):
            shown = f"an added token holds signs that nobody sees: {content!a}"
            yield Fact("tokenizer-token-hidden", shown, subject=content)
        other = by_number.setdefault(number, content) if number >= 0 else content
        if other != content:
            yield Fact("tokenizer-id-shared", f"{other!r} and {content!r} have the number {number}", subject=content)
        if content.isascii() and content not in by_shape:
            by_shape[content] = content
    for content, _ in dict.fromkeys(tokens):
        like = None if content.isascii() or len(_LETTERS.findall(content)) == 0 else by_shape.get(_shape(content))
        if like is not None:
            shown = f"{content!a} looks like the token {like!r}"
            yield Fact("tokenizer-tokens-alike", shown, subject=f"{content} {like}")


def _is_hidden(content: str) -> bool:
    """Whether signs that nobody sees stand in a token that people read; scripts that need such signs are left out."""
    if content.isascii():
        return False
    hidden = any(unicodedata.category(char) == "Cf" for char in content)
    return hidden and len(re.findall("[A-Za-z]", content)) >= _SPECIAL


def _shape(content: str) -> str:
    seen = "".join(char for char in content if unicodedata.category(char) != "Cf")
    return confusables.fold(seen)


def _of_step(step: str, value: Json) -> Iterator[Fact]:
    """Replacements and insertions within one step, however deep in sequences."""
    open_: list[Json] = [value]
    while open_:
        node = open_.pop()
        if isinstance(node, list):
            open_ += node
        elif isinstance(node, dict):
            open_ += [part for part in node.values() if isinstance(part, dict | list)]
            if node.get("type") == "Replace":
                yield from _replacement(step, node)
            elif node.get("type") == "TemplateProcessing":
                yield from _insertions(step, node.get("special_tokens"))
            elif node.get("type") == "Prepend":
                yield from _insertion(step, _content(node.get("prepend")))


def _replacement(step: str, node: Mapping[str, Json]) -> Iterator[Fact]:
    pattern = node.get("pattern")
    told = next((part for part in pattern.values() if isinstance(part, str)), "") if isinstance(pattern, dict) else ""
    content = _content(node.get("content"))
    if _LETTERS.search(content) or _ADDRESS.search(content) or (not content.strip() and _WORD.fullmatch(told)):
        shown = f"{step} replaces {told[:200]!r} by {content[:200]!r}"
        name = "tokenizer-writes-address" if _ADDRESS.search(content) else "tokenizer-rewrites-text"
        yield Fact(name, shown, subject=f"{told} {content}")


def _insertions(step: str, tokens: Json) -> Iterator[Fact]:
    for one in tokens.values() if isinstance(tokens, dict) else ():
        inserted = one.get("tokens") if isinstance(one, dict) else None
        if isinstance(inserted, list):
            yield from _insertion(step, " ".join(str(part) for part in inserted))


def _insertion(step: str, content: str) -> Iterator[Fact]:
    plain = content.translate(dict.fromkeys(map(ord, _BLANKS), " "))
    said = [word for word in plain.split() if _WORD.fullmatch(word.strip(_POINTS))]
    if _ADDRESS.search(plain) or len(said) >= _INSERTED:
        yield Fact("tokenizer-inserts-text", f"{step} adds {plain.strip()[:200]!r} to every text", subject=plain)


def _refusals(vocabulary: Json) -> Iterator[Property]:
    """Numbers of words by which a model refuses, so that a configuration that forbids them can be told."""
    refusing = words.vocabulary("refusals", "words")
    pairs: Iterator[tuple[Json, Json]]
    if isinstance(vocabulary, dict):
        pairs = iter(vocabulary.items())
    elif isinstance(vocabulary, list):
        pairs = ((one[0], number) for number, one in enumerate(vocabulary) if isinstance(one, list) and one)
    else:
        return
    marks = f"{_BLANKS} "
    found = {
        token: number for token, number in pairs if isinstance(token, str) and token.strip(marks).lower() in refusing
    }
    if found:
        yield Property("refusals", dict(sorted(found.items())))
