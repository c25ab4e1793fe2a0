"""Tokens across the files of one model: what a configuration forbids, and numbers that two files give otherwise.

Facts:

- ``generation-forbids-refusals``: words by which the model would refuse are forbidden (subject: they).
- ``tokenizer-files-differ``: one number stands for different tokens in two files (subject: the number).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.canonical import parse_json
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe.files import _decoding
from driftseal.observe.files.base import Fact
from driftseal.observe.loading.base import File, Files, Told

_CONFIGURATIONS: Final = ("generation_config.json", "config.json")
_TOKENIZER: Final = "tokenizer_config.json"
_FEWEST: Final = 2
"""Words of refusal from which on it is no accident that they are forbidden."""
_TOLD: Final = 20


def find(files: Files, limits: Limits) -> Iterator[Told]:
    """See the module."""
    refusing = {word: number for file in files.values() for word, number in _stated(file, "refusals").items()}
    tokens = {posixpath.dirname(file.name): _stated(file, "tokens") for file in files.values() if _has(file, "tokens")}
    for file in files.values():
        base = posixpath.basename(file.name)
        if base in _CONFIGURATIONS and refusing:
            yield from _forbidden(file, refusing, limits)
        elif base == _TOKENIZER and posixpath.dirname(file.name) in tokens:
            yield from _numbers(file, tokens[posixpath.dirname(file.name)], limits)


def _forbidden(file: File, refusing: Mapping[str, Json], limits: Limits) -> Iterator[Told]:
    numbers = _decoding.forbidden(_document(file, limits))
    said = sorted(word for word, number in refusing.items() if number in numbers)
    if len({word.strip("\u2581\u0120 ").lower() for word in said}) >= _FEWEST:
        shown = ", ".join(said[:_TOLD])
        yield Told(file.name, Fact("generation-forbids-refusals", f"forbids the words: {shown}", subject=shown))


def _numbers(file: File, tokens: Mapping[str, Json], limits: Limits) -> Iterator[Told]:
    decoder = _document(file, limits).get("added_tokens_decoder")
    by_number = {str(number): content for content, number in tokens.items()}
    count = 0
    for number, one in decoder.items() if isinstance(decoder, dict) else ():
        content = one.get("content") if isinstance(one, dict) else None
        if isinstance(content, str) and by_number.get(number, content) != content and count < _TOLD:
            count += 1
            shown = f"{number} is {content!r} here, and {by_number[number]!r} in tokenizer.json"
            yield Told(file.name, Fact("tokenizer-files-differ", shown, subject=number))


def _has(file: File, name: str) -> bool:
    return any(one.name == name and not one.path for one in file.reading.properties)


def _stated(file: File, name: str) -> Mapping[str, Json]:
    if file.reading.format != "loader_config":
        return {}
    told = next((one.value for one in file.reading.properties if one.name == name and not one.path), None)
    return told if isinstance(told, dict) else {}


def _document(file: File, limits: Limits) -> Mapping[str, Json]:
    try:
        value = parse_json(file.text, file.name, limits).value if file.text else None
    except TargetError:
        return {}  # told by its analyser
    return value if isinstance(value, dict) else {}
