"""JSON documents as text: deterministic, ASCII, without anything that a terminal would obey."""

from __future__ import annotations

import json
from itertools import islice
from typing import Final

from driftseal.canonical import show
from driftseal.model.item import Json
from driftseal.regexes import regex

_TOKENS_AT_ONCE: Final = 10_000
_SURROGATE: Final = regex("[\ud800-\udfff]")


def write(document: Json) -> str:
    r"""The document, indented, one line feed at the end.

    A lone surrogate, which no UTF-8 and few JSON readers can carry, is written as the text ``\u{…}``.
    """
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        document = _carriable(document)
    tokens = json.JSONEncoder(indent=2, ensure_ascii=True, allow_nan=False).iterencode(document)
    # Each token takes several times the memory of its letters, so they are not all held until the last is there.
    return "".join(iter(lambda: "".join(islice(tokens, _TOKENS_AT_ONCE)), "")) + "\n"


def _carriable(value: Json) -> Json:
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub(lambda found: show(found[0]), value)
    if isinstance(value, dict):
        return {str(_carriable(key)): _carriable(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_carriable(child) for child in value]
    return value
