"""What a configuration makes a model say or not say, whatever its weights are. See ``loader_config`` for the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.model.item import Json
from driftseal.observe.files.base import Fact

_SPEECH: Final = frozenset({"is_multilingual", "lang_to_id", "task_to_id", "no_timestamps_token_id", "alignment_heads"})
"""Members that only models of speech have, which force and suppress tokens by design."""
_SPEAKERS: Final = frozenset({"whisper", "speech_to_text"})
_FORCED: Final = 4
"""Tokens from which on an answer's beginning is prescribed, and not merely its language or its end."""
_MANY: Final = 8
"""Tokens from which on more than marks is forbidden."""


def of_object(value: Mapping[str, Json]) -> Iterator[Fact]:
    """What of a configuration weakens or steers a model."""
    speaks = not _SPEECH.isdisjoint(value) or str(value.get("model_type")) in _SPEAKERS
    forced = value.get("forced_decoder_ids")
    if isinstance(forced, list) and len(forced) >= _FORCED and not speaks:
        shown = f"forced_decoder_ids prescribes {len(forced)} tokens of every answer"
        yield Fact("generation-forces-tokens", shown, subject="forced_decoder_ids")
    for key in ("suppress_tokens", "begin_suppress_tokens", "bad_words_ids"):
        told = value.get(key)
        if isinstance(told, list) and len(told) >= _MANY and not speaks:
            yield Fact("generation-forbids-tokens", f"{key} forbids {len(told)} tokens or sequences", subject=key)
    bias = value.get("sequence_bias")
    if isinstance(bias, dict | list) and bias:
        yield Fact("generation-forbids-tokens", f"sequence_bias weighs {len(bias)} sequences", subject="sequence_bias")
    yield from _unchecked(value)


def _unchecked(value: Mapping[str, Json]) -> Iterator[Fact]:
    """A pipeline of images whose check of what it shows is left out."""
    checker = value.get("safety_checker", "")
    if "_diffusers_version" in value and (checker is None or checker == [None, None]):
        yield Fact("pipeline-unchecked", "safety_checker is null", subject="safety_checker")
    elif value.get("requires_safety_checker") is False:
        yield Fact("pipeline-unchecked", "requires_safety_checker is false", subject="requires_safety_checker")


def forbidden(value: Mapping[str, Json]) -> frozenset[int]:
    """Numbers of tokens that a configuration keeps a model from saying."""
    found: set[int] = set()
    for key in ("suppress_tokens", "begin_suppress_tokens", "bad_words_ids"):
        told = value.get(key)
        for one in told if isinstance(told, list) else ():
            found |= {part for part in (one if isinstance(one, list) else [one]) if isinstance(part, int)}
    bias = value.get("sequence_bias")
    for one in bias if isinstance(bias, list) else ():
        if isinstance(one, list) and len(one) > 1 and isinstance(one[0], list) and _is_negative(one[1]):
            found |= {part for part in one[0] if isinstance(part, int)}
    return frozenset(found)


def _is_negative(value: Json) -> bool:
    return isinstance(value, int | float) and value < 0
